"""Labelled configs times seeds: planned, launched, collected, judged."""
