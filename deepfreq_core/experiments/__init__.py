"""What can be run: one file an experiment, and the catalogue of presets."""
