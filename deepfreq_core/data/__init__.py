"""Data sets, each behind one small interface: x (n, d) and y (n, c)."""
