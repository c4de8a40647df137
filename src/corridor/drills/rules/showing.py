"""What is seen of a drill while it runs: plain values, written down by the drill and read by whoever watches.

A board takes each probe in once, however long the drill is. Its continuity is from the counts of items
that were asked both before the withdrawal and since, of each the first answer; the result's own interval, from the
same items by pairs, is narrower as a rule.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

from corridor.drills.ports import Probed
from corridor.drills.records import DrillStarted, Figure
from corridor.drills.rules.figures import UNKNOWN, figure_of, ratio
from corridor.drills.rules.running import others_of
from corridor.evaluation import wilson

Place = tuple[str, str]
"""A service and a language."""


class Continuity(TypedDict):
    """How well items are answered since the withdrawal, over how well they were before."""

    value: float | None
    low: float | None
    high: float | None
    items: int
    """So many were asked both before and since."""


class Live(TypedDict):
    """What became of live requests that began since the withdrawal."""

    served: int
    """By whoever is asked first."""
    moved: int
    """By another."""
    failed: int


class Row(TypedDict):
    """One service in one language."""

    service: str
    language: str
    order: list[str]
    """Whom the route asks there, one after the other."""
    answering: str
    """Who answered the last probe; empty if nobody did."""
    before: int
    """How many probes were answered before the withdrawal ..."""
    kept: int
    """... how many since, by whom was asked first before ..."""
    moved: int
    """... and by others ..."""
    failed: int
    """... and how many were not answered since."""
    switched: float | None
    """Seconds from the withdrawal to the first answer of another provider."""
    live: Live
    continuity: Continuity
    asked: int
    """How many items were asked, before the withdrawal or again since ..."""
    of: int
    """... of how many that are to be; 0 where that is not said."""


class ProviderRow(TypedDict):
    """A provider that the watched services may reach."""

    provider: str
    supplier: str
    lost: bool
    """Whether the drill withdraws it now, for all requests or for some."""
    probes: int
    """How many probes it answered since the withdrawal."""
    circuits: dict[str, str]
    """How its circuit is, by the process that says so; empty while none does."""


class Showing(TypedDict):
    """A drill as it is seen while it runs."""

    drill: str
    scenario: str
    """Its name and parameters; empty where a supplier withdraws."""
    lost: list[str]
    stage: str
    since: float
    """Seconds since the stage began."""
    services: list[Row]
    providers: list[ProviderRow]


@dataclass(frozen=True, slots=True)
class Ways:
    """How the watched services reach models, and what is known of the providers on the way."""

    orders: Mapping[Place, Sequence[str]] = field(default_factory=dict[Place, Sequence[str]])
    suppliers: Mapping[str, str] = field(default_factory=dict[str, str])
    """By provider."""
    lost: Collection[str] = ()
    """The providers that the drill withdraws now."""
    circuits: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """By process, then by provider."""
    live: Mapping[Place, Counter[str]] = field(default_factory=dict[Place, Counter[str]])
    """What became of live requests since the withdrawal."""


@dataclass(slots=True)
class Seen:
    """What was seen of probes of one service in one language."""

    answering: str = ""
    before: Counter[str] = field(default_factory=Counter[str])
    """By provider: probes before the withdrawal."""
    became: Counter[str] = field(default_factory=Counter[str])
    switched_at: float | None = None
    right: dict[str, bool] = field(default_factory=dict[str, bool])
    """By item that was asked before the withdrawal: whether its first answer was right ..."""
    right_since: dict[str, bool] = field(default_factory=dict[str, bool])
    """... and the same of those asked since."""

    @property
    def usual(self) -> str | None:
        """Who answered most probes before the withdrawal."""
        return max(self.before, key=lambda name: self.before[name], default=None)

    def asked(self, items: int, *, is_lost: bool) -> tuple[int, int]:
        """Return how many items were asked, of how many, where so many are to be asked before a loss and again in it."""
        if not is_lost:
            return len(self.right), items
        return sum(item in self.right_since for item in self.right), min(items, len(self.right))

    def continuity(self) -> Continuity:
        """Return how well items are answered now, over how well they were before."""
        both = [item for item in self.right if item in self.right_since]
        found: Figure = UNKNOWN
        if both:
            then, now = (
                figure_of(wilson(sum(right[item] for item in both), len(both)))
                for right in (self.right, self.right_since)
            )
            found = ratio(now, then)
        return Continuity(value=found.value, low=found.low, high=found.high, items=len(both))


@dataclass(slots=True)
class Board:
    """What was seen of a drill's probes so far."""

    reached: Mapping[str, Sequence[str]]
    """By service: the providers of its route."""
    parts: Mapping[str, float]
    """By provider: which part of it is lost."""
    lines: dict[Place, Seen] = field(default_factory=dict[Place, Seen])
    answered: Counter[str] = field(default_factory=Counter[str])
    """By provider: probes since the withdrawal."""
    _taken: int = 0

    def take(
        self, probed: Sequence[Probed], withdrawn: datetime | None, restored: datetime | None
    ) -> None:
        """Take in the probes that are over since the last time."""
        began = withdrawn.timestamp() if withdrawn else float("inf")
        over = restored.timestamp() if restored else float("inf")
        for each in probed[self._taken :]:
            seen = self.lines.setdefault((each.service, each.language), Seen())
            seen.answering = each.provider or ""
            if each.ended < began:
                seen.before.update([each.provider] if each.provider else [])
                if each.item:
                    seen.right.setdefault(each.item, bool(each.right))
            elif began <= each.began < over:
                self._since(seen, each)
        self._taken = len(probed)

    def shown(
        self,
        started: DrillStarted,
        ways: Ways,
        *,
        stage: str,
        since: float,
        withdrawn: datetime | None,
    ) -> Showing:
        """Return what is seen of the drill now."""
        return Showing(
            drill=started.id,
            scenario="" if started.scenario is None else str(started.scenario),
            lost=[str(each) for each in started.taken],
            stage=stage,
            since=round(since, 1),
            services=[
                _row(place, each, ways, withdrawn, started.items)
                for place, each in sorted(self.lines.items())
            ],
            providers=self._providers(ways),
        )

    def _since(self, seen: Seen, one: Probed) -> None:
        """Take in a probe that began during the loss."""
        reached, usual = self.reached.get(one.service, ()), seen.usual
        moved = one.provider in others_of(reached, self.parts, usual)
        seen.became["failed" if one.provider is None else "moved" if moved else "kept"] += 1
        if one.provider is not None:
            self.answered[one.provider] += 1
        if moved and seen.switched_at is None:
            seen.switched_at = one.ended
        left = one.provider is None or one.provider in others_of(reached, self.parts)
        if one.item and left:  # an answer of what is lost was on its way before the gateway noticed
            seen.right_since.setdefault(one.item, bool(one.right))

    def _providers(self, ways: Ways) -> list[ProviderRow]:
        names = dict.fromkeys(name for order in ways.orders.values() for name in order)
        return [
            ProviderRow(
                provider=name,
                supplier=ways.suppliers.get(name, ""),
                lost=name in ways.lost,
                probes=self.answered[name],
                circuits={
                    process: states[name]
                    for process, states in ways.circuits.items()
                    if name in states
                },
            )
            for name in names
        ]


def _row(place: Place, seen: Seen, ways: Ways, withdrawn: datetime | None, items: int) -> Row:
    began = withdrawn.timestamp() if withdrawn else 0.0
    asked, of = seen.asked(items, is_lost=withdrawn is not None)
    live = ways.live.get(place, Counter[str]())
    switched = seen.switched_at
    return Row(
        service=place[0],
        language=place[1],
        order=list(ways.orders.get(place, ())),
        answering=seen.answering,
        before=seen.before.total(),
        kept=seen.became["kept"],
        moved=seen.became["moved"],
        failed=seen.became["failed"],
        switched=None if switched is None else round(switched - began, 3),
        live=Live(served=live["served"], moved=live["moved"], failed=live["failed"]),
        continuity=seen.continuity(),
        asked=asked,
        of=of,
    )


def asked_in_words(row: Row) -> str:
    """Return how many items were asked; the page says it in the same words."""
    return f"{row['asked']} of {row['of']}" if row["of"] else str(row["asked"])


def continuity_in_words(found: Continuity) -> str:
    """Return a continuity with its interval as people read it; the page says it in the same words."""
    if found["value"] is None or found["low"] is None:
        return "unknown"
    high = "no limit" if found["high"] is None else f"{found['high']:.2f}"
    return f"{found['value']:.2f} ({found['low']:.2f} to {high}), {found['items']} items"


def circuit_in_words(circuits: Mapping[str, str]) -> str:
    """Return how a circuit is in all processes that say so; the page says it in the same words."""
    if not circuits:
        return "not told yet"
    counts = Counter(circuits.values())
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{state} in {n} of {len(circuits)}" for state, n in counts.most_common())
