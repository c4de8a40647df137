"""What became of live requests while something was lost, from the gateway's account. Pure functions.

docs/guides/first-drill.md says what is counted as what.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from corridor.core.records import RecordId
from corridor.drills.records import (
    Amount,
    Answerer,
    Figure,
    Live,
    Pace,
    Spent,
    Taker,
    Timeline,
)
from corridor.gateway import Handled

PROBE_LABEL = "drill"
"""Of the key that a drill's own probes show."""
BEFORE_SECONDS = 300.0
"""Requests that were over so long before the withdrawal tell how it was before."""
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800)
MOST_STEPS = 60
TOLD = ("served", "moved", "failed")
"""What the gateway refused, and whose caller left, says nothing of a supplier."""
Place = tuple[str, str]
"""A service and a language."""
Places = Mapping[Place, Sequence[Handled]]


@dataclass(frozen=True, slots=True)
class Account:
    """Requests to the services that a drill watched."""

    handled: Sequence[Handled]
    others: Mapping[str, Sequence[str]]
    """By service: the providers of which something was left."""
    withdrawn: float
    restored: float
    partly: Collection[str] = ()
    """Those of them of which a part was lost."""

    @property
    def before(self) -> list[Handled]:
        """Live requests that were over in the five minutes before the withdrawal."""
        since = self.withdrawn - BEFORE_SECONDS
        return [each for each in self._live if since <= each.at < self.withdrawn]

    @property
    def during(self) -> list[Handled]:
        """Live requests that were on their way at any moment of the loss."""
        return [
            each for each in self._live if each.at >= self.withdrawn and began(each) < self.restored
        ]

    @property
    def _live(self) -> Iterable[Handled]:
        return (e for e in self.handled if e.outcome in TOLD and e.caller != PROBE_LABEL)

    def detected(self, handled: Iterable[Handled]) -> float | None:
        """Return the seconds from the withdrawal to the first request that asked another at once.

        Such a request began after the withdrawal, would have asked a lost provider first, and did not:
        its one attempt was another's, or there was none. Its beginning counts, and the drill's probes
        count too; so this is how soon it could be seen, by requests as they came.
        """
        found = [
            began(each) - self.withdrawn
            for each in handled
            if self.withdrawn <= began(each) < self.restored and self._passed_by(each)
        ]
        return min(found, default=None)

    def _passed_by(self, one: Handled) -> bool:
        """Tell whether a request went past a lost provider without asking it."""
        others, first = self.others.get(one.target, ()), one.first_choice
        if one.outcome not in TOLD or first is None:
            return False
        if first in others and first not in self.partly:
            return False
        by_another = one.provider in others and one.provider != first
        return one.attempts == 0 or (one.attempts == 1 and by_another)


def began(one: Handled) -> float:
    """Return when a request came, in seconds since the epoch."""
    return one.at - one.seconds


def is_worse(continuity: Figure) -> bool:
    """Tell whether a provider is worse than what answered before, beyond noise."""
    return continuity.high is not None and continuity.high < 1.0


def live_of(handled: Sequence[Handled], takers: Iterable[Taker] = ()) -> Live:
    """Count what became of live requests; `takers` say which of those who answered are worse.

    A request that moved is degraded if the evidence says of whoever answered it, in its language,
    that it is worse beyond noise: the 95 % interval of its quality over the quality of what answered
    before lies below 1. Where no evidence can be compared it moved, and is unmeasured.
    """
    known = {taker.provider: taker for taker in takers}
    became = Counter(each.outcome for each in handled)
    moved = [known.get(each.provider or "") for each in handled if each.outcome == "moved"]
    degraded = sum(each is not None and each.worse for each in moved)
    return Live(
        sent=len(handled),
        served=became["served"],
        moved=len(moved) - degraded,
        degraded=degraded,
        failed=became["failed"],
        unmeasured=sum(each is None or each.continuity.value is None for each in moved),
    )


def together(parts: Iterable[Live]) -> Live:
    """Return the sum of counts."""
    found = list(parts)
    return Live.model_validate(
        {name: sum(getattr(each, name) for each in found) for name in Live.model_fields}
    )


def pace_of(handled: Iterable[Handled]) -> Pace:
    """Return how long those requests took that were answered."""
    took = sorted(each.seconds for each in handled if each.outcome != "failed")
    if not took:
        return Pace(answered=0, median_seconds=None, p95_seconds=None)
    rank = math.ceil(0.95 * len(took))
    return Pace(answered=len(took), median_seconds=median(took), p95_seconds=took[rank - 1])


def spent_on(handled: Iterable[Handled]) -> Spent:
    """Return what those requests cost that were answered, as the account has it."""
    answered = [each for each in handled if each.outcome != "failed"]
    sums: defaultdict[str, list[int]] = defaultdict(list)
    for each in answered:
        if each.cost is not None and each.currency is not None:
            sums[each.currency].append(each.cost)
    return Spent(
        answered=len(answered),
        amounts=tuple(
            Amount(currency=currency, millionths=sum(costs), answers=len(costs))
            for currency, costs in sorted(sums.items())
        ),
        unpriced=len(answered) - sum(map(len, sums.values())),
        price_ids=tuple(
            RecordId(each) for each in sorted({e.price_id for e in answered if e.price_id})
        ),
    )


def by_place(handled: Iterable[Handled]) -> dict[Place, list[Handled]]:
    """Return requests by service and language."""
    found: dict[Place, list[Handled]] = {}
    for each in handled:
        found.setdefault((each.target, each.language), []).append(each)
    return found


def timeline(handled: Iterable[Handled], start: float, end: float) -> Timeline:
    """Return who answered how many requests in each step from start to end, probes apart."""
    step = next((each for each in STEPS if (end - start) / each <= MOST_STEPS), STEPS[-1])
    steps = max(1, math.ceil((end - start) / step))
    counts: dict[tuple[bool, str], list[int]] = {}
    for each in handled:
        if each.outcome in TOLD and start <= each.at <= end:
            who = "" if each.outcome == "failed" else each.provider or ""
            row = counts.setdefault((each.caller == PROBE_LABEL, who), [0] * steps)
            row[min(steps - 1, int((each.at - start) / step))] += 1
    rows = tuple(
        Answerer(provider=who or None, probes=probes, counts=tuple(row))
        for (probes, who), row in sorted(counts.items())
    )
    return Timeline(step_seconds=step, rows=rows)


def takers_of(handled: Iterable[Handled]) -> list[tuple[str, int]]:
    """Return who answered requests in the place of the first choice, and how many, most first."""
    moved = Counter(e.provider for e in handled if e.outcome == "moved" and e.provider)
    return [(str(name), count) for name, count in moved.most_common()]


def beyond(places: Places, lines: Collection[Place]) -> list[Handled]:
    """Return the requests in a language of no line."""
    return [each for place, found in places.items() if place not in lines for each in found]
