"""What evidence says to queries, and how tiers are reckoned. Pure functions."""

from corridor.assurance.rules.queries import Figure, Finding, Found, Held, Piece, answered, keys
from corridor.assurance.rules.tiers import newest

__all__ = [
    "Figure",
    "Finding",
    "Found",
    "Held",
    "Piece",
    "answered",
    "keys",
    "newest",
]
