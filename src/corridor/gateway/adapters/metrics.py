"""What the gateway did, as Prometheus reads it.

Each process counts for itself, from its start on; Prometheus adds up. What several workers counted is
shown `together`, each under a label of its own. No label holds words of a
caller: services, providers and currencies are of the node's own records, all else is of fixed lists.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from corridor.gateway.adapters.tallies import Tallies
from corridor.gateway.ports import Outcome

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
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
    tallies: Tallies = field(default_factory=Tallies)
    failures: Counter = field(init=False)
    gauges: dict[str, Gauge] = field(init=False)
    refused: Counter = field(init=False)
    _told: dict[str, int] = field(default_factory=dict[str, int])
    _failed: dict[tuple[str, str], Counter] = field(default_factory=dict[tuple[str, str], Counter])

    def __post_init__(self) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"corridor_gateway_{name}", text, labels, registry=self.registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"corridor_gateway_{name}", text, labels, registry=self.registry)

        self.registry.register(self.tallies)
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
        self.tallies.note(handled)

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
