"""A month in counts that hide small groups: what is shown, and what is hidden beside it.

A group is small if it has fewer than five people or fewer than five decisions. A list is the parts
of one shown total, so a single hidden part could be computed from the others: then more parts are
hidden, until those that are hidden are at least two and together no small group. Hidden parts are
not named, so they cannot be told from what did not happen; only what they are together is shown.
The sum of both sides is shown only where both sides are. No total over several nodes is ever
shown, and no decision is in two parts of a list; so lists give nothing of each other away.

It does not hide what somebody knows who is in a group, nor what all of a shown group have in common.
"""

import math
import re
from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from corridor.access.records.account import (
    Asking,
    Breakdown,
    Cell,
    Counted,
    Dimension,
    Report,
    Section,
    Side,
    Vouch,
)
from corridor.access.records.people import Account, Principal, VerifiedClaim
from corridor.access.rules.identities import person_of
from corridor.core.errors import Invalid
from corridor.core.proofs import ProofFails, check_consistency

SMALLEST = 5
"""Of people, and of decisions."""
DIMENSIONS: tuple[Dimension, ...] = ("reason", "tier", "purpose", "language", "day")
MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
SIDES: tuple[Side, ...] = ("allowed", "denied")


@dataclass(slots=True)
class Tally:
    """A count, and whose decisions were counted."""

    count: int = 0
    people: set[Hashable] = field(default_factory=set[Hashable])

    def add(self, person: Hashable) -> None:
        """Count one decision of a person."""
        self.count += 1
        self.people.add(person)

    @property
    def is_small(self) -> bool:
        """Whether it may not be told; of nobody, it may."""
        return self.count > 0 and (self.count < SMALLEST or len(self.people) < SMALLEST)


@dataclass(slots=True)
class Ledger:
    """The decisions of one section, tallied as they are read."""

    purposes: Container[str]
    """Those that requests may declare."""
    sides: dict[Side, Tally] = field(default_factory=lambda: {side: Tally() for side in SIDES})
    parts: dict[tuple[Dimension, Side], dict[str, Tally]] = field(
        default_factory=dict[tuple[Dimension, Side], dict[str, Tally]]
    )

    def add(self, person: Hashable, item: Counted) -> None:
        """Count a decision; `person` is equal for all whom one person answers for."""
        side: Side = "allowed" if item.allowed else "denied"
        self.sides[side].add(person)
        for dimension, label in labels(item, self.purposes).items():
            part = self.parts.setdefault((dimension, side), {})
            part.setdefault(label, Tally()).add(person)


@dataclass(frozen=True, slots=True)
class Settled:
    """A request for access that was decided upon."""

    person: Hashable
    granted: bool
    hours: float


def hidden(parts: Mapping[str, Tally]) -> set[str]:
    """Return which parts of a total are hidden: the small ones, and what would give them away."""
    small = {label for label, tally in parts.items() if tally.is_small}
    others = sorted(
        (label for label, tally in parts.items() if tally.count and label not in small),
        key=lambda label: (parts[label].count, label),
    )
    while small and others and not _is_safe([parts[label] for label in small]):
        small.add(others.pop(0))
    return small


def breakdown(by: Dimension, side: Side, parts: Mapping[str, Tally]) -> Breakdown:
    """Return the parts of a shown total: those that may be told, and what the rest are together."""
    closed = hidden(parts)
    return Breakdown(
        by=by,
        side=side,
        cells=tuple(
            Cell(label=label, count=tally.count)
            for label, tally in sorted(parts.items())
            if tally.count and label not in closed
        ),
        rest=sum(parts[label].count for label in closed),
    )


def labels(item: Counted, purposes: Container[str]) -> dict[Dimension, str]:
    """Return under what a decision is counted in each list; only a refusal has a reason.

    What a caller wrote freely is never a label.
    """
    found: dict[Dimension, str] = {
        "tier": str(item.tier),
        "purpose": item.purpose if item.purpose in purposes else "not listed",
        "language": item.language if LANGUAGE.fullmatch(item.language) else "other",
        "day": datetime.fromtimestamp(item.at, UTC).strftime("%Y-%m-%d"),
    }
    return found if item.allowed else {**found, "reason": item.reason or "none"}


def section(home: str, ledger: Ledger, settled: Sequence[Settled]) -> Section:
    """Return what is told of the decisions and requests that concern one node."""
    sides, parts = ledger.sides, ledger.parts
    allowed, denied, both = _pair(sides["allowed"], sides["denied"])
    return Section(
        home=home,
        decisions=both,
        allowed=allowed,
        denied=denied,
        breakdowns=tuple(
            breakdown(by, side, parts[by, side])
            for by in DIMENSIONS
            for side in SIDES
            if (by, side) in parts and not sides[side].is_small
        ),
        asking=asking(settled),
    )


def asking(settled: Sequence[Settled]) -> Asking:
    """Return what is told of requests for access: how many, and how long they waited."""
    tallies = {True: Tally(), False: Tally()}
    everyone = Tally()
    for each in settled:
        tallies[each.granted].add(each.person)
        everyone.add(each.person)
    granted, refused, both = _pair(tallies[True], tallies[False])
    if not everyone.count or everyone.is_small:
        return Asking(decided=both, granted=granted, refused=refused)
    hours = sorted(each.hours for each in settled)
    return Asking(
        decided=both,
        granted=granted,
        refused=refused,
        median_hours=quantile(hours, 0.5),
        p90_hours=quantile(hours, 0.9),
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return a quantile by the nearest rank, to a tenth."""
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 1)


def month_of(text: str) -> tuple[datetime, datetime]:
    """Return the first moment of a month written 2026-11, UTC, and that of the next.

    Raises:
        Invalid: if it is not so written.
    """
    if not MONTH.fullmatch(text):
        raise Invalid(f"{text[:20]!r} is no month.", hint="Write it as 2026-11.")
    begin = datetime(int(text[:4]), int(text[5:]), 1, tzinfo=UTC)
    year, month = divmod(begin.year * 12 + begin.month, 12)
    return begin, begin.replace(year=year, month=month + 1)


def vouch(report: Report, size: int | None, root: bytes, proof: Sequence[bytes]) -> Vouch:
    """Say whether a tree that this node cosigned begins with the audit log of a partner's report."""
    if size is None or size < report.audit_size:
        return Vouch(state="behind", cosigned_size=size)
    try:
        check_consistency(report.audit_size, bytes.fromhex(report.audit_root), size, root, proof)
    except ProofFails:
        return Vouch(state="not_proved", cosigned_size=size)
    return Vouch(state="covered", cosigned_size=size)


def people_behind(
    principals: Mapping[str, Principal],
    accounts: Iterable[Account],
    claims: Iterable[VerifiedClaim],
) -> dict[str, str]:
    """Return who is behind each principal: one name for all that is one natural person's.

    As in `identities.are_one_person`: by who answers for it, by shared accounts and by marks.
    """
    leads = {name: person_of(principals, name) for name in principals}

    def first(name: str) -> str:
        while (lead := leads.setdefault(name, name)) != name:
            name = lead
        return name

    owners: dict[str, str] = {}
    marks = [(each.principal, f"{each.issuer}\0{each.subject}") for each in accounts]
    marks += [(each.principal, each.same_person) for each in claims if each.same_person]
    for name, mark in marks:
        owner, other = first(owners.setdefault(mark, name)), first(name)
        leads[max(owner, other)] = min(owner, other)
    return {name: first(name) for name in principals}


def _is_safe(hidden_parts: Sequence[Tally]) -> bool:
    """Say whether the rest of a total, which anyone can compute, tells of no small group."""
    together = Tally(
        sum(part.count for part in hidden_parts),
        set[Hashable]().union(*(part.people for part in hidden_parts)),
    )
    return len(hidden_parts) > 1 and not together.is_small


def _pair(first: Tally, second: Tally) -> tuple[int | None, int | None, int | None]:
    """Return two counts and their sum, each None where it is hidden."""
    shown = [None if tally.is_small else tally.count for tally in (first, second)]
    both = None if None in shown else first.count + second.count
    return shown[0], shown[1], both
