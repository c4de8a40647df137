"""Data sets as they are published: where their files are, and how to read them."""
