"""Trees and rules of tiers in files; trees drawn."""
