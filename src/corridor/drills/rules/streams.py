"""Requests that are alike, and whom they may ask."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stream:
    """Requests that are alike: one service, one language, one caller."""

    order: tuple[str, ...]
    """Whom they may ask, one after the other."""
    demand: float = 0.0
    """Requests in a minute; 0 where nobody knows, and then nothing is too much."""
