"""Scripts that speed claims are measured with."""
