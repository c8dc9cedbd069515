"""Train a network, and let instruments look at it at scheduled epochs."""
