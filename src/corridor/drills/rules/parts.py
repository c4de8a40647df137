"""How one node's part of a drill of several stands, by what that node stated. Pure functions.

An answer and a part count where a node that the proposal names stated them, and where they name
the proposal with the digest of its envelope: what was said of another, or of one that was put right
since, says nothing of this one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from corridor.core.records import Entry, Record
from corridor.core.store import Kept
from corridor.drills.records import (
    Cited,
    DrillAnswered,
    DrillEnded,
    DrillProposed,
    DrillResult,
    DrillsJoined,
    DrillStarted,
    PartSeen,
    PartState,
    ProposalWithdrawn,
)

SETTLED: frozenset[PartState] = frozenset({"refused", "finished", "ended early", "silent"})
"""States in which nothing more is waited for."""
RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True, slots=True)
class Said:
    """What nodes stated of drills, each in the order of arrival."""

    proposals: Sequence[Kept[DrillProposed]] = ()
    withdrawals: Sequence[Kept[ProposalWithdrawn]] = ()
    answers: Sequence[Kept[DrillAnswered]] = ()
    started: Sequence[Kept[DrillStarted]] = ()
    ended: Sequence[Kept[DrillEnded]] = ()
    results: Sequence[Kept[DrillResult]] = ()
    joined: Sequence[DrillsJoined] = ()
    """This node's own."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known here of nodes' logs."""

    own: str
    entries: Mapping[str, int] = field(default_factory=dict[str, int])
    silent: frozenset[str] = frozenset()
    """Whose log cannot be read, and could not for a while."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a node stated of its part."""

    agreed: bool
    """It proposed the drill, or accepted it."""
    answer: Kept[DrillAnswered] | None
    started: Kept[DrillStarted] | None
    ended: Kept[DrillEnded] | None
    result: Kept[DrillResult] | None

    def state(self, *, gone: bool) -> PartState:
        """Return how the part stands; `gone` where no more is heard of the node, or in time."""
        if self.result is not None:
            return "finished" if self.result.record.how == "finished" else "ended early"
        if self.ended is not None and self.ended.record.how == "lapsed":
            return "ended early"  # whoever held it died: no result will come
        if self.started is None and not self.agreed:
            return "unanswered" if self.answer is None else "refused"
        if gone:
            return "silent"
        return "awaited" if self.started is None else "running"


def cited(entry: Entry) -> Cited:
    """Return how a record is named in others."""
    return Cited(
        issuer=entry.issuer,
        record_id=entry.record_id,
        position=entry.position,
        sha256=entry.sha256,
    )


def part_of(
    node: str,
    proposal: Cited,
    answer: Kept[DrillAnswered] | None,
    said: Said,
    reach: Reach,
    *,
    over: bool,
) -> PartSeen:
    """Return a node's part of a drill as it is seen here; `over` when no result is waited for any more."""
    found = _stated(node, proposal, answer, said)
    gone = node != reach.own and (over or node in reach.silent)
    last = found.result or found.ended
    return PartSeen(
        node=node,
        state=found.state(gone=gone),
        answer=_named(found.answer),
        started=_named(found.started),
        ended=_named(found.ended),
        result=_named(found.result),
        how=last and last.record.how,
        entries=reach.entries.get(node, 0),
    )


def _stated(node: str, proposal: Cited, answer: Kept[DrillAnswered] | None, said: Said) -> Stated:
    agreed = node == proposal.issuer or (answer is not None and answer.record.accepted)
    started = _first(
        each
        for each in said.started
        if (each.entry.issuer, each.record.proposal) == (node, proposal)
    )
    if started is None:
        return Stated(agreed, answer, None, None, None)
    drill = (node, started.entry.record_id)
    ended = _first(e for e in said.ended if (e.entry.issuer, e.record.drill_id) == drill)
    result = _first(
        each
        for each in said.results
        if (each.entry.issuer, each.record.drill_id) == drill and each.record.proposal == proposal
    )
    return Stated(agreed, answer, started, ended, result)


def _first(found: Iterable[Kept[RecordT]]) -> Kept[RecordT] | None:
    return next(iter(found), None)


def _named(kept: Kept[RecordT] | None) -> Cited | None:
    return None if kept is None else cited(kept.entry)
