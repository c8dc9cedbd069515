"""What can be run: one folder an experiment, and the catalogue of them."""
