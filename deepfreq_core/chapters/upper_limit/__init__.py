"""How fast high frequencies may decay: the upper limit (arXiv:2105.11675)."""
