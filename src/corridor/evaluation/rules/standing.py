"""Which evidence counts on one file in one language: the one question of access, gateway and drills.

Valid is what its issuer has not taken back, is dated at most a day ahead, and is the word of somebody who
is believed. Of what is valid, the newest counts. Who is believed, and whether one's word comes before
the others', is for whoever asks:

- access believes this node, and the partners whose evidence the grant itself rests on; none comes first,
  for it asks how old the evidence is.
- gateway and drills believe this node and the partners with which records are exchanged; this node's
  own evidence comes first, so that no partner can put its word in its place.

Before all that, evidence must be of a kind that opens doors (`may_open`), whoever asks.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from corridor.evaluation.records import Evaluation, Measure, SafetyEvaluation

AHEAD = timedelta(days=1)
"""Evidence that claims to be made later than this does not count: its maker's clock is wrong."""
Believes = Callable[[str], bool]
"""Tells whether the word of an issuer is believed."""


class Stated(Protocol):
    """Evidence on one file, as far as it is asked whether it counts."""

    @property
    def issuer(self) -> str:
        """Whose word it is."""
        ...

    @property
    def language(self) -> str:
        """In which language."""
        ...

    @property
    def made_at(self) -> datetime:
        """When, by the issuer's clock."""
        ...

    @property
    def withdrawn(self) -> bool:
        """Whether its issuer has taken it back."""
        ...


StatedT = TypeVar("StatedT", bound=Stated)


def may_open(record: Evaluation, suite: str = "") -> bool:
    """Tell whether evidence may open a door.

    Its issuer asked the model itself, one of the data sets that Corridor reads, by Corridor's rules. Where
    the suite is named by whoever asks, the answers to any task of that name count that its issuer asked
    for; answers that were read from a log never do.
    """
    if suite not in ("", record.suite) or was_read(record):
        return False
    return record.taken is None or bool(suite)


def was_read(record: Evaluation | Measure | SafetyEvaluation) -> bool:
    """Tell whether answers were only read from another harness's log: nobody here saw who gave them."""
    return record.taken is not None and record.taken.endpoint is None


def believed(found: Iterable[StatedT], now: datetime, believes: Believes) -> Iterator[StatedT]:
    """Yield what is said by those who are believed, also what they have taken back since."""
    return (each for each in found if believes(each.issuer) and each.made_at < now + AHEAD)


def that_counts(
    found: Iterable[StatedT], language: str, now: datetime, believes: Believes, first: str = ""
) -> StatedT | None:
    """Return what counts in a language of the evidence on one file: the newest valid, or None.

    The word of `first`, a node, comes before any other's.
    """
    valid = (
        each
        for each in believed(found, now, believes)
        if each.language == language and not each.withdrawn
    )
    return max(valid, key=lambda each: (each.issuer == first, each.made_at), default=None)
