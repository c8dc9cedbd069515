"""Low frequencies are learned first: the frequency principle (arXiv:1807.01251, 1901.06523)."""
