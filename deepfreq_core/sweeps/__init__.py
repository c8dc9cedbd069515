"""Depth sweeps: networks of several depths, seeds and one more setting, started together."""
