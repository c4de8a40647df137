"""What evidence says to queries, and how tiers are reckoned. Pure functions."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.assurance.rules.queries import Figure, Finding, Found, Held, Piece, answered, keys
    from corridor.assurance.rules.tiers import newest

__getattr__ = door_of(__name__)

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
