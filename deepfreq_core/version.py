"""The version of DeepFreq, one line to change."""

__version__ = "0.1.0"
