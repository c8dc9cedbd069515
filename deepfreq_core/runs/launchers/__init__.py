"""Ways to start a worker somewhere: one protocol, one file each."""
