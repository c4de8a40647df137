"""Which item a probe asks next: each one once before any is asked again, and in a loss the same as before it.

Of an item that is asked in a loss the answer of what is lost does not count: it was on its way before
the gateway had noticed. Its turn comes again after the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from corridor.core.errors import Invalid
from corridor.drills.records.rehearsals import ALL


def items_in(text: str) -> int:
    """Read how many items are to be asked of each language: a number, or `all`.

    Raises:
        Invalid: if it is neither.
    """
    if text == "all":
        return ALL
    if not text.isdecimal() or not 1 <= int(text[:8]) <= ALL:
        raise Invalid(f"{text[:40]!r} is no number of items.", hint="Say `all`, or one from 1 on.")
    return int(text)


def items_text(items: int) -> str:
    """Return a number of items as `items_in` reads it."""
    return "all" if items == ALL else str(items)


@dataclass(slots=True)
class Turns:
    """Whose turn it is among the items of one probe, by their places."""

    items: int
    """How many there are; where there are none, the one question that is asked instead has place 0."""
    _due: Sequence[int] = ()
    _counted: dict[int, int] = field(default_factory=dict[int, int])
    """By place: how many answers counted ..."""
    _tried: dict[int, int] = field(default_factory=dict[int, int])
    """... and how often it was asked; both since the loss, once there is one."""
    _is_lost: bool = False

    def __post_init__(self) -> None:
        self._due = range(max(1, self.items))

    def lose(self) -> None:
        """From now on ask those again that were asked before, in the same order."""
        if not self._is_lost:
            asked = [place for place in self._due if self._counted.get(place)]
            self._due, self._is_lost = asked or self._due, True
            self._counted, self._tried = {}, {}

    def next(self) -> int:
        """Return whose turn it is, and take note that it is asked."""
        found = min(self._due, key=lambda at: (self._counted.get(at, 0), self._tried.get(at, 0)))
        self._tried[found] = self._tried.get(found, 0) + 1
        return found

    def count(self, place: int) -> None:
        """Take note that what became of one counts."""
        self._counted[place] = self._counted.get(place, 0) + 1
