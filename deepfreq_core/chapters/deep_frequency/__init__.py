"""Why deeper learning is faster: the deep frequency principle (arXiv:2007.14313)."""
