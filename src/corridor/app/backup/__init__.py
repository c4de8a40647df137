"""Backups: made while the node runs, verified without it, restored into either kind of database."""
