"""Which of several pieces of evidence counts."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

AHEAD = timedelta(days=1)
"""Evidence that claims to be made later than this does not count: its maker's clock is wrong."""


class Stated(Protocol):
    """Evidence, as far as it is asked whether it counts."""

    @property
    def issuer(self) -> str:
        """Whose word it is."""
        ...

    @property
    def made_at(self) -> datetime:
        """When, by the issuer's clock."""
        ...


StatedT = TypeVar("StatedT", bound=Stated)


def that_counts(found: Iterable[StatedT], now: datetime, first: str = "") -> StatedT | None:
    """Return what counts of evidence on one file in one language: the newest, or None.

    It is given what stands, that is not taken back and by those whose word is believed. The word of
    `first`, a node, comes before any other's.
    """
    standing = (each for each in found if each.made_at < now + AHEAD)
    return max(standing, key=lambda each: (each.issuer == first, each.made_at), default=None)
