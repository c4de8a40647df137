"""Assurance trees in files, and drawn."""
