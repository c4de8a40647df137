"""What the gateway did, as Prometheus reads it.

Each process counts for itself, from its start on; Prometheus adds up. What several workers counted is
shown `together`, each under a label of its own. No label holds words of a
caller: services, providers and currencies are of the node's own records, all else is of fixed lists.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from corridor.gateway.ports import Outcome

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
REASONS = (
    ("timeout", "timeout"),
    ("withdrawn", "suspended"),
    ("suspended", "suspended"),
    ("refused", "connection"),
    ("broken", "connection"),
    ("circuit open", "circuit_open"),
    ("it asked for a pause", "rests"),
    ("it said no to us", "objected"),
    ("status 429", "status_429"),
    ("status 4", "status_4xx"),
    ("status 5", "status_5xx"),
    ("stream", "stream"),
    ("answer", "answer"),
    ("event", "stream"),
    ("no credential", "not_ready"),
)
"""How a reason begins, and which label it gets; all others are `other`."""
MILLION = 1_000_000

KeyT = TypeVar("KeyT")
ChildT = TypeVar("ChildT")


@dataclass(frozen=True, slots=True)
class Standing:
    """How one process stands at the moment in which it is asked."""

    in_flight: int
    """Requests that wait for a provider's answer, and streams on their way."""
    waiting: int
    """Requests that wait for their turn."""
    backlog: int
    """Requests that are over and not yet written into the account."""
    shed_below: int
    """Requests of a priority below it are turned away, for the event loop is late."""
    open_circuits: Mapping[str, bool]
    """By provider."""
    suspended: Mapping[str, bool]
    """By provider."""
    refused: Mapping[str, int]
    """By code, since the start: how many were turned away by a limit."""


@dataclass(slots=True)
class Metrics:
    """Count what one process does."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    requests: Counter = field(init=False)
    seconds: Histogram = field(init=False)
    first_byte: Histogram = field(init=False)
    tokens: Counter = field(init=False)
    cost: Counter = field(init=False)
    unknown: Counter = field(init=False)
    failures: Counter = field(init=False)
    gauges: dict[str, Gauge] = field(init=False)
    refused: Counter = field(init=False)
    _told: dict[str, int] = field(default_factory=dict[str, int])
    _settled: dict[tuple[str, str | None, str], Callable[[Outcome], None]] = field(
        default_factory=dict[tuple[str, str | None, str], Callable[[Outcome], None]]
    )
    _failed: dict[tuple[str, str], Counter] = field(default_factory=dict[tuple[str, str], Counter])

    def __post_init__(self) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"corridor_gateway_{name}", text, labels, registry=self.registry)

        def histogram(name: str, text: str) -> Histogram:
            full = f"corridor_gateway_{name}"
            return Histogram(full, text, ("service",), buckets=SECONDS, registry=self.registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"corridor_gateway_{name}", text, labels, registry=self.registry)

        self.requests = counter(
            "requests", "Requests that are over.", "service", "provider", "outcome"
        )
        self.seconds = histogram("request_seconds", "How long requests took to their end.")
        self.first_byte = histogram("first_byte_seconds", "How long answers took to begin.")
        self.tokens = counter(
            "tokens", "Tokens, as providers say.", "service", "provider", "direction"
        )
        self.cost = counter(
            "cost", "Cost in smallest units of the currency.", "service", "provider", "currency"
        )
        self.unknown = counter(
            "unknown_usage", "Answers of which tokens or cost are not known.", "provider", "what"
        )
        self.failures = counter(
            "failed_attempts", "Attempts at providers that failed.", "provider", "reason"
        )
        self.refused = counter("limited", "Requests turned away by a limit.", "code")
        self.gauges = {
            "in_flight": gauge("in_flight_requests", "Requests and streams on their way."),
            "waiting": gauge("waiting_requests", "Requests that wait for their turn."),
            "backlog": gauge("account_backlog_requests", "Requests not yet in the account."),
            "shed_below": gauge("shed_below_priority", "Lower priorities are turned away."),
            "open_circuits": gauge("circuit_open", "1: not asked for a while.", "provider"),
            "suspended": gauge("provider_suspended", "1: suspended.", "provider"),
        }

    def settled(self, handled: Outcome) -> None:
        """Count a request that is over."""
        key = (handled.target, handled.provider, handled.outcome)
        count = self._settled.get(key)
        if count is None:
            count = self._settled[key] = self._counting(*key)
        count(handled)

    def attempted(self, provider: str, reason: str) -> None:
        """Count an attempt that failed."""
        label = next((label for begins, label in REASONS if reason.startswith(begins)), "other")
        child = self._failed.get((provider, label))
        if child is None:
            child = self._failed[provider, label] = self.failures.labels(provider, label)
        child.inc()

    def exposition(self, standing: Standing) -> bytes:
        """Return all of it as Prometheus reads it."""
        for name in ("in_flight", "waiting", "backlog", "shed_below"):
            self.gauges[name].set(getattr(standing, name))
        for name in ("open_circuits", "suspended"):
            self.gauges[name].clear()
            for provider, holds in getattr(standing, name).items():
                self.gauges[name].labels(provider).set(int(holds))
        for code, count in standing.refused.items():
            self.refused.labels(code).inc(count - self._told.get(code, 0))
            self._told[code] = count
        return generate_latest(self.registry)

    def _counting(
        self, service: str, provider: str | None, outcome: str
    ) -> Callable[[Outcome], None]:
        """Return what counts requests of one service, provider and outcome, its labels looked up."""
        who = provider or "none"
        requests = self.requests.labels(service, who, outcome)
        seconds, first = self.seconds.labels(service), self.first_byte.labels(service)
        if provider is None:

            def only(handled: Outcome) -> None:
                requests.inc()
                seconds.observe(handled.seconds)

            return only
        into = self.tokens.labels(service, who, "in")
        out_of = self.tokens.labels(service, who, "out")
        untold = self.unknown.labels(who, "tokens")
        unpriced = self.unknown.labels(who, "cost")
        costs: dict[str, Counter] = {}

        def count(handled: Outcome) -> None:
            requests.inc()
            seconds.observe(handled.seconds)
            if handled.first_byte_seconds is not None:
                first.observe(handled.first_byte_seconds)
            if handled.tokens_in is None or handled.tokens_out is None:
                untold.inc()
            else:
                into.inc(handled.tokens_in)
                out_of.inc(handled.tokens_out)
            if handled.cost is None or handled.currency is None:
                unpriced.inc()
                return
            child = costs.get(handled.currency)
            if child is None:
                child = costs[handled.currency] = self.cost.labels(service, who, handled.currency)
            child.inc(handled.cost / MILLION)

        return count


def together(texts: Mapping[int, str | None]) -> bytes:
    """Return what several workers counted, by process id, each sample with the label `worker`.

    `corridor_gateway_worker_up` is 0 for a worker that did not say what it counted.
    """
    registry = CollectorRegistry()
    registry.register(_Told(texts))
    return generate_latest(registry)


@dataclass(frozen=True, slots=True, eq=False)
class _Told(Collector):
    """What workers told, as families of all of them."""

    texts: Mapping[int, str | None]

    def collect(self) -> Iterable[Metric]:
        """Return the families."""
        up = GaugeMetricFamily(
            "corridor_gateway_worker_up", "1: it said what it counted.", labels=["worker"]
        )
        families: dict[str, Metric] = {}
        for pid, text in self.texts.items():
            up.add_metric([str(pid)], int(text is not None))
            for family in text_string_to_metric_families(text or ""):
                own = Metric(family.name, family.documentation, family.type)
                merged = families.setdefault(family.name, own)
                for each in family.samples:
                    merged.add_sample(each.name, {**each.labels, "worker": str(pid)}, each.value)
        return [up, *families.values()]
