"""A second instrument, for tests: how far the weights of a network have gone, epoch by epoch."""
