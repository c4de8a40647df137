"""Whose turn it is: a queue for each caller, served in turn by what their requests weigh.

Deficit round robin (Shreedhar and Varghese, 1995): each turn gives a caller a quantum; it may send
requests while their weight is covered, and keeps what is left. Over any stretch of time callers who
all wait get the same weight through, within one quantum and one largest request.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

WaiterT = TypeVar("WaiterT")

QUANTUM = 2048
"""Tokens, as they are estimated."""
HEAVIEST = 64 * QUANTUM
"""A request that weighs more counts as this, so that finding a turn takes few rounds."""


@dataclass(slots=True)
class Line(Generic[WaiterT]):
    """The requests of one caller, oldest first."""

    waiters: deque[tuple[int, int, WaiterT]] = field(
        default_factory=deque[tuple[int, int, WaiterT]]
    )
    """Weight, priority, and who waits."""
    deficit: int = 0


@dataclass(slots=True)
class FairQueue(Generic[WaiterT]):
    """Requests that wait for a place, of many callers."""

    size: int = 0
    _lines: OrderedDict[str, Line[WaiterT]] = field(default_factory=OrderedDict[str, Line[WaiterT]])
    """By caller; the first one's turn it is."""

    def put(self, caller: str, weight: int, priority: int, waiter: WaiterT) -> None:
        """Let a request wait behind those of the same caller."""
        line = self._lines.get(caller)
        if line is None:
            line = self._lines[caller] = Line()
        line.waiters.append((max(1, min(weight, HEAVIEST)), priority, waiter))
        self.size += 1

    def take(self) -> WaiterT | None:
        """Return the request whose turn it is, or None if none waits."""
        while self._lines:
            caller, line = next(iter(self._lines.items()))
            weight, _, waiter = line.waiters[0]
            if line.deficit < weight:
                line.deficit += QUANTUM
                if line.deficit < weight:
                    self._lines.move_to_end(caller)
                    continue
            line.deficit -= weight
            line.waiters.popleft()
            self.size -= 1
            if not line.waiters:
                del self._lines[caller]
            elif line.deficit < line.waiters[0][0]:
                self._lines.move_to_end(caller)
            return waiter
        return None

    def remove(self, caller: str, waiter: WaiterT) -> bool:
        """Let a request wait no longer; say whether it did."""
        line = self._lines.get(caller)
        for place, (_, _, found) in enumerate(line.waiters if line else ()):
            if found is waiter and line is not None:
                del line.waiters[place]
                self.size -= 1
                if not line.waiters:
                    del self._lines[caller]
                return True
        return False

    def least(self) -> tuple[int, str, WaiterT] | None:
        """Return who is to be turned away first: priority, caller and request.

        The lowest priority; among equals the last of the longest line.
        """
        chosen: tuple[int, int, str, WaiterT] | None = None
        for caller, line in self._lines.items():
            lowest = min(priority for _, priority, _ in line.waiters)
            length = len(line.waiters)
            if chosen is None or (lowest, -length) < (chosen[0], -chosen[1]):
                last = next(w for _, p, w in reversed(line.waiters) if p == lowest)
                chosen = (lowest, length, caller, last)
        return None if chosen is None else (chosen[0], chosen[2], chosen[3])
