"""What every layer sees: two principal components of its output, and its smoothed labels."""
