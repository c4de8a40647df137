"""What a plan rests on, as it was read: lines of services and languages, and who may answer each."""

from collections.abc import Mapping
from dataclasses import dataclass

from corridor.catalogue import Provider
from corridor.core.store import Kept
from corridor.drills.rules.streams import Stream
from corridor.evaluation import Evaluation
from corridor.supply_chain import Graph


@dataclass(frozen=True, slots=True)
class Asked:
    """What is planned for, and how."""

    parameters: Mapping[str, str]
    home: str | None = None
    service: str | None = None
    seed: int = 0
    day: float | None = None
    """What is gone on this day of the scenario; None is all of it, at once."""


@dataclass(frozen=True, slots=True)
class Way:
    """A provider that a route leads to in a language."""

    provider: str
    why: str
    """Its place and score, or what keeps it from answering now."""
    barred: bool
    """Whether no request can go there, whatever is lost."""
    evidence: str | None = None
    """The record of its score; None where nothing is known that can be compared."""


@dataclass(frozen=True, slots=True)
class Line:
    """One service in one language."""

    service: str
    language: str
    traffic: float | None
    """Its share of the requests of this node; None where there were none lately."""
    streams: tuple[tuple[float, Stream], ...]
    """Its callers, each with its share of the requests, and whom its requests may go to."""
    route: tuple[Way, ...]

    @property
    def scores(self) -> Mapping[str, str]:
        """By provider the name of its score; one that nobody has measured names itself."""
        return {each.provider: each.evidence or f"? {each.provider}" for each in self.route}


@dataclass(frozen=True, slots=True)
class Ground:
    """All that plans rest on, read once."""

    lines: tuple[Line, ...]
    providers: Mapping[str, Provider]
    graph: Graph
    evidence: Mapping[str, Kept[Evaluation]]
    """By the record's id."""
    capacities: Mapping[str, float]
    """Requests in a minute by provider, where they are stated."""
    homes: tuple[str, ...]
    """The countries of those who run the providers of routes."""
    without_route: tuple[str, ...]
    notes: tuple[str, ...]
    """What was assumed of all of it."""
