"""Corridor: partners build, test, share and serve AI together, and stay up when a supplier goes."""

__version__ = "0.1.0"
