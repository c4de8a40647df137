"""When an embargo ends, and what is to be made public then."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from corridor.assurance.records.reports import (
    Disclosure,
    Finding,
    FindingUpdate,
    Sighting,
    State,
)
from corridor.assurance.records.views import Followed


@dataclass(frozen=True, slots=True)
class Standing:
    """A finding, what became of it, and what partners know."""

    finding: Finding
    updates: tuple[FindingUpdate, ...] = ()
    disclosure: Disclosure | None = None
    published: bool = False
    sighted: Sighting | None = None
    """How often it was seen; None where nothing counts that."""

    @property
    def state(self) -> State | None:
        """What became of it; None: nobody has looked yet."""
        return self.updates[-1].state if self.updates else None

    @property
    def rejected(self) -> bool:
        """Whether it was found to be none."""
        return self.state == "rejected"

    def may_see(self, partner: str, now: datetime) -> bool:
        """Tell whether a partner may have the whole finding now."""
        if self.disclosure is None:
            return False
        return partner in self.disclosure.to or now >= self.disclosure.embargo_until


def standing_of(
    finding: Finding,
    updates: Iterable[FindingUpdate],
    disclosures: Iterable[Disclosure],
    published: frozenset[str],
    sightings: Iterable[Sighting] = (),
) -> Standing:
    """Return how a finding stands, from records in the order of their arrival; the last disclosure counts."""
    told = [each for each in disclosures if each.finding == finding.id]
    return Standing(
        finding,
        tuple(each for each in updates if each.finding == finding.id),
        told[-1] if told else None,
        any(each.id in published for each in told),
        next((each for each in reversed(list(sightings)) if each.finding == finding.id), None),
    )


def due(standings: Iterable[Standing], now: datetime) -> list[Standing]:
    """Return the findings whose embargo has ended and that are not public yet; what was rejected stays."""
    return [
        each
        for each in standings
        if each.disclosure is not None
        and now >= each.disclosure.embargo_until
        and not each.published
        and not each.rejected
    ]


def followed(standing: Standing) -> Followed:
    """Return a finding, and what became of it, as doors show it."""
    return Followed(
        finding=standing.finding,
        state=standing.state,
        updates=list(standing.updates),
        disclosure=standing.disclosure,
        published=standing.published,
        sighted=standing.sighted,
    )
