"""What is read off a network in training: one folder an instrument, and the catalogue of them."""
