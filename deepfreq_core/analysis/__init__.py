"""Numbers read off measurements: orders of layers, frequencies, verdicts. NumPy only."""
