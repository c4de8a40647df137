"""What evidence says to queries, and how tiers add up. Pure functions."""

from corridor.assurance.rules.queries import Figure, Finding, Found, Held, Piece, answered, keys
from corridor.assurance.rules.tiers import newest, tier_of

__all__ = [
    "Figure",
    "Finding",
    "Found",
    "Held",
    "Piece",
    "answered",
    "keys",
    "newest",
    "tier_of",
]
