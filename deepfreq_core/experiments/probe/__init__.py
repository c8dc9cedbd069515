"""A network that somebody else trains, as a `Probe` in his own loop sees it."""
