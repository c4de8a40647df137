"""Readers, one for each layout that data sets are published in."""
