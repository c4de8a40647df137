"""What becomes of live requests while a drill runs, read from the account as it grows."""

from collections import Counter, deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from corridor.core.clock import Steady
from corridor.core.store import View
from corridor.gateway import Gateway, Handled

BEFORE = timedelta(minutes=5)
"""Requests that were over so long before a drill tell how it was before."""
OFTEN, OFTEN_REQUESTS = timedelta(seconds=5), 3
"""Callers ask often if so many requests were over in so long."""
LATEST = 5_000
"""So many requests are held against each other, the latest; however long a drill is."""


def _latest() -> deque[Handled]:
    return deque(maxlen=LATEST)


@dataclass(slots=True)
class Tally:
    """Live requests. Each line of the account is read once; moments are the drill's own."""

    gateway: Gateway
    clock: Steady
    probes: str
    """The label of the key by which the drill itself asks."""
    before: deque[Handled] = field(default_factory=_latest)
    """Over before the withdrawal."""
    during: deque[Handled] = field(default_factory=_latest)
    """Begun since."""
    lines: dict[tuple[str, str], Counter[str]] = field(
        default_factory=dict[tuple[str, str], Counter[str]]
    )
    """By service and language: what became of all that began since."""
    _line: int | None = None

    def read(self, view: View, services: Collection[str], withdrawn: float | None) -> None:
        """Take in what was written since the last time of some services."""
        last, line = self.gateway.last_line(view), self._line
        if line is None:
            now = self.clock()
            found = self.gateway.traffic(view, now - BEFORE, now, 0, services)
        else:
            found = self.gateway.written(view, line, services) if last != line else []
        self._line = last
        for each in found:
            if each.target in services and each.caller != self.probes:
                self._take(each, withdrawn)

    def asks_often(self, places: Iterable[tuple[str, str]]) -> bool:
        """Tell whether callers asked each service in each language some times in the last seconds."""
        since = (self.clock() - OFTEN).timestamp()
        asked = Counter[tuple[str, str]]()
        for each in reversed(self.before):
            if self.clock.told(each.at) < since:
                break
            asked[each.target, each.language] += 1
        return all(asked[place] >= OFTEN_REQUESTS for place in places)

    def _take(self, one: Handled, withdrawn: float | None) -> None:
        at = self.clock.told(one.at)
        if withdrawn is None or at < withdrawn:
            self.before.append(one)
        elif at - one.seconds >= withdrawn:
            self.during.append(one)
            self.lines.setdefault((one.target, one.language), Counter())[one.outcome] += 1
