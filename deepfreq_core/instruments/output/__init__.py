"""The function itself: what the network gives, beside its target."""
