"""Response frequencies: which frequencies of the target a network has learned, and when."""
