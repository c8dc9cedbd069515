"""Low and high part of what a network still misses, parted by a Gaussian filter on the inputs."""
