"""What one subject used: a sliding minute of requests and tokens, and what it spends.

A minute is counted in cells of a quarter of a second. A cell counts until none of it is inside the
last sixty seconds, so a window never holds more than its limit, and at most a cell's use is counted
a quarter of a second too long. Memory is at most `CELLS` numbers, whatever is asked.

Where several processes share a limit, each holds a part of it (`cap`), which `split` computes from
what the others hold; the parts never add up to more than the limit.
"""

from collections import deque
from dataclasses import dataclass, field

CELL_SECONDS = 0.25
MINUTE_CELLS = 240
CELLS = MINUTE_CELLS + 1


@dataclass(slots=True)
class Window:
    """The sum over the last sixty seconds, by a clock that only goes forward."""

    total: int = 0
    _cells: deque[list[int]] = field(default_factory=deque[list[int]])
    """Number of the cell, and its sum; oldest first."""

    def used(self, now: float) -> int:
        """Return the sum, cells that are inside the window in part included."""
        first = int(now / CELL_SECONDS) - MINUTE_CELLS
        cells = self._cells
        while cells and cells[0][0] < first:
            self.total -= cells.popleft()[1]
        return self.total

    def add(self, now: float, amount: int) -> int:
        """Add to the present cell; return its number, by which the amount can be put right."""
        self.used(now)
        cell = int(now / CELL_SECONDS)
        if self._cells and self._cells[-1][0] >= cell:
            self._cells[-1][1] += amount
            cell = self._cells[-1][0]
        else:
            self._cells.append([cell, amount])
        self.total += amount
        return cell

    def give_back(self, cell: int, amount: int) -> None:
        """Take an amount out of the cell that it was added to, if that still counts."""
        for found in reversed(self._cells):
            if found[0] == cell:
                found[1] -= amount
                self.total -= amount
                return
            if found[0] < cell:
                return

    def seconds_until_empty(self, now: float) -> float:
        """Return after how long nothing counts any more, if nothing is added."""
        for cell, amount in reversed(self._cells):  # the newest is enough, nearly always
            if amount > 0:
                return max((cell + CELLS) * CELL_SECONDS - now, 0.0)
        return 0.0

    def seconds_until(self, now: float, room: int) -> float:
        """Return after how long the sum is at most `room`, if nothing is added."""
        left = self.used(now) - room
        if room == 0:
            return self.seconds_until_empty(now)
        for cell, amount in self._cells:
            if left <= 0:
                break
            left -= amount
            wait = (cell + CELLS) * CELL_SECONDS - now
            if left <= 0:
                return max(wait, 0.0)
        return 0.0 if left <= 0 else MINUTE_CELLS * CELL_SECONDS


def split(most: int, base: int, others: int, workers: int, wanted: int) -> int:
    """Return how much one of several processes may use until its next look.

    `base` is what it keeps of what it held, `others` all that the others hold. It takes an even
    part of what is free, or what waiting requests want; all together never passes `most`.
    """
    free = max(0, most - base - others)
    return base + min(free, max(-(-free // max(workers, 1)), wanted))


@dataclass(slots=True)
class Purse:
    """What a subject spent in a currency today and this month, in millionths of smallest units."""

    day: str = ""
    """The day of UTC that it is, `2026-11-30`."""
    today: int = 0
    """What this process settled today."""
    month: int = 0
    """What it settled this month, today included."""
    others_today: int = 0
    others_month: int = 0
    """As the other processes, and earlier ones, wrote it last."""
    reserved: int = 0
    """What requests that are on their way may cost."""

    def turn_to(self, day: str) -> None:
        """Begin a new day, and a new month with its first; a day that is past is not begun again."""
        if day <= self.day:
            return
        if day[:7] != self.day[:7]:
            self.month = self.others_month = 0
        self.day, self.today, self.others_today = day, 0, 0

    def settle(self, day: str, reserved: int, cost: int) -> None:
        """Put what a request did cost in the place of what was reserved for it."""
        self.turn_to(day)
        self.reserved -= reserved
        self.today += cost
        self.month += cost

    def spent(self, *, monthly: bool) -> int:
        """Return what is spent or reserved, as far as this process knows."""
        if monthly:
            return self.month + self.others_month + self.reserved
        return self.today + self.others_today + self.reserved
