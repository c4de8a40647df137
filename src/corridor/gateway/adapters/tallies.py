"""Requests that are over, counted in plain numbers, and told to Prometheus when it asks.

Counting is on the way of every request and asking is rare, so nothing here is locked or looked up by
labels before somebody asks. One thread counts; another may ask meanwhile.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from corridor.gateway.ports import Outcome

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
LABELS = (*(str(float(bound)) for bound in SECONDS), "+Inf")
"""Of the cells, as Prometheus writes bounds."""
MILLION = 1_000_000
Kind = tuple[str, str | None, str]
"""Service, provider and outcome."""


def _none_in_cells() -> list[int]:
    return [0] * (len(SECONDS) + 1)


@dataclass(slots=True)
class Spread:
    """How durations are spread: how many fell into each cell, and their sum."""

    cells: list[int] = field(default_factory=_none_in_cells)
    """One for each bound of `SECONDS`, and one for what is above all."""
    total: float = 0.0

    def note(self, seconds: float) -> None:
        """Count a duration."""
        self.cells[bisect_left(SECONDS, seconds)] += 1
        self.total += seconds

    def add(self, other: "Spread") -> None:
        """Count all that another one has."""
        self.cells = [one + two for one, two in zip(self.cells, other.cells, strict=True)]
        self.total += other.total

    def buckets(self) -> list[tuple[str, float]]:
        """Return how many were no longer than each bound, as Prometheus has it."""
        found: list[tuple[str, float]] = []
        count = 0
        for label, inside in zip(LABELS, self.cells, strict=True):
            count += inside
            found.append((label, count))
        return found


@dataclass(slots=True)
class Tally:
    """What the requests of one kind came to."""

    requests: int = 0
    seconds: Spread = field(default_factory=Spread)
    first_byte: Spread = field(default_factory=Spread)
    tokens_in: int = 0
    tokens_out: int = 0
    untold: int = 0
    """Those of which tokens are not known."""
    unpriced: int = 0
    """Those of which the cost is not known."""
    costs: dict[str, int] = field(default_factory=dict[str, int])
    """By currency, in millionths of its smallest unit."""

    def note(self, handled: Outcome, *, provided: bool) -> None:
        """Count a request; `provided` is whether a provider answered it."""
        self.requests += 1
        self.seconds.note(handled.seconds)
        if not provided:
            return
        if handled.first_byte_seconds is not None:
            self.first_byte.note(handled.first_byte_seconds)
        tokens_in, tokens_out = handled.tokens_in, handled.tokens_out
        if tokens_in is None or tokens_out is None:
            self.untold += 1
        else:
            self.tokens_in += tokens_in
            self.tokens_out += tokens_out
        cost, currency = handled.cost, handled.currency
        if cost is None or currency is None:
            self.unpriced += 1
        else:
            self.costs[currency] = self.costs.get(currency, 0) + cost


@dataclass(slots=True, eq=False)
class Tallies(Collector):
    """All requests that one process settled, by service, provider and outcome."""

    _of: dict[Kind, Tally] = field(default_factory=dict[Kind, Tally])

    def note(self, handled: Outcome) -> None:
        """Count a request that is over."""
        kind = (handled.target, handled.provider, handled.outcome)
        tally = self._of.get(kind)
        if tally is None:
            tally = self._of[kind] = Tally()
        tally.note(handled, provided=kind[1] is not None)

    def collect(self) -> Iterable[Metric]:
        """Return what was counted, as families."""
        of = list(self._of.items())  # more may come meanwhile
        yield _counter(
            "requests",
            "Requests that are over.",
            ("service", "provider", "outcome"),
            (((service, who or "none", outcome), t.requests) for (service, who, outcome), t in of),
        )
        seconds = [(kind[0], tally.seconds) for kind, tally in of]
        yield _histogram("request_seconds", "How long requests took to their end.", seconds)
        first = [(kind[0], tally.first_byte) for kind, tally in of]
        yield _histogram("first_byte_seconds", "How long answers took to begin.", first)
        provided = [(kind[0], kind[1], tally) for kind, tally in of if kind[1] is not None]
        yield _counter(
            "tokens",
            "Tokens, as providers say.",
            ("service", "provider", "direction"),
            (
                ((service, who, way), count)
                for service, who, t in provided
                for way, count in (("in", t.tokens_in), ("out", t.tokens_out))
            ),
        )
        yield _counter(
            "cost",
            "Cost in smallest units of the currency.",
            ("service", "provider", "currency"),
            (
                ((service, who, currency), cost / MILLION)
                for service, who, t in provided
                for currency, cost in list(t.costs.items())
            ),
        )
        yield _counter(
            "unknown_usage",
            "Answers of which tokens or cost are not known.",
            ("provider", "what"),
            (
                ((who, what), count)
                for _, who, t in provided
                for what, count in (("tokens", t.untold), ("cost", t.unpriced))
            ),
        )


def _counter(
    name: str, text: str, labels: Sequence[str], found: Iterable[tuple[tuple[str, ...], float]]
) -> Metric:
    """Return a family of counters; what has the same labels is added up."""
    sums: defaultdict[tuple[str, ...], float] = defaultdict(float)
    for values, count in found:
        sums[values] += count
    family = CounterMetricFamily(f"corridor_gateway_{name}", text, labels=labels)
    for values, count in sums.items():
        family.add_metric(values, count)
    return family


def _histogram(name: str, text: str, found: Iterable[tuple[str, Spread]]) -> Metric:
    """Return a family of histograms, one for each service."""
    sums: defaultdict[str, Spread] = defaultdict(Spread)
    for service, spread in found:
        sums[service].add(spread)
    family = HistogramMetricFamily(f"corridor_gateway_{name}", text, labels=("service",))
    for service, spread in sums.items():
        family.add_metric((service,), spread.buckets(), spread.total)
    return family
