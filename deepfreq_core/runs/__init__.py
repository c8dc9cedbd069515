"""Runs as processes: the store, the dispatcher, the worker, the launchers."""
