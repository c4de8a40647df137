"""How a drill that several nodes hold stands, by what each of them stated. Pure functions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from corridor.core.store import Kept
from corridor.drills.errors import BeyondProposal, NoPart, OutsideWindow, PartBegan
from corridor.drills.records import (
    AgreedLoss,
    Agreement,
    Cited,
    DrillProposed,
    DrillsJoined,
    PartSeen,
    Stage,
    Terms,
)
from corridor.drills.rules.parts import SETTLED, Reach, Said, cited, part_of

GRACE = timedelta(minutes=2)
"""So long after the window a result is still waited for: a part probes before its stages and after them."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """Of what a drill is a part, and the limits that its node set for it beside its settings."""

    proposal: Cited
    ceiling: float = 1.0
    without: tuple[str, ...] = ()


def agreements(said: Said, reach: Reach, now: datetime) -> Iterator[Agreement]:
    """Yield the proposals that concern this node, oldest first, each as it stands."""
    for kept in said.proposals:
        if reach.own in (kept.entry.issuer, *kept.record.to):
            yield _agreement(kept, said, reach, now)


def length(stages: Sequence[Stage]) -> timedelta:
    """Return how long all stages are together."""
    return timedelta(seconds=sum(each.seconds for each in stages))


def lasting(terms: Terms, items_seconds: float) -> timedelta:
    """Return how long a part lasts at most: its stages, and what its items take before them and beyond the last.

    What a part without items probes before its stages is not in it: that takes seconds.
    """
    extra = 2 * items_seconds if terms.items else 0.0
    return length(terms.stages) + timedelta(seconds=extra)


def check_terms(terms: Terms, proposed: DrillProposed, items_seconds: float) -> None:
    """Check that a part goes no further than was asked for.

    Raises:
        BeyondProposal: if a stage concerns more requests, all of them last longer, or more items are asked.
        OutsideWindow: if it begins by itself when the window has not begun, or too late.
    """
    most = proposed.terms.stages
    if max(each.share for each in terms.stages) > max(each.share for each in most):
        raise BeyondProposal("It would concern a larger share of requests than was proposed.")
    if length(terms.stages) > length(most):
        raise BeyondProposal("It would last longer than was proposed.")
    if terms.items > proposed.terms.items:
        raise BeyondProposal("It would ask more items than was proposed.")
    check_moment(terms, proposed.begins, proposed.until, items_seconds)


def check_moment(terms: Terms, begins: datetime, until: datetime, items_seconds: float) -> None:
    """Check that a part which a node begins by itself fits into the window.

    Raises:
        OutsideWindow: if it is not.
    """
    at = terms.begins_at
    if at is not None and not begins <= at <= until - lasting(terms, items_seconds):
        raise OutsideWindow(f"At {at:%Y-%m-%d %H:%M:%S %Z} its part would not fit into the window.")


def check_open(agreement: Agreement, lasting: timedelta, now: datetime) -> None:
    """Check that a part of some length still fits into the window of a proposal, reckoned from now.

    Raises:
        NoPart: if the proposal was withdrawn.
        OutsideWindow: if they do not.
    """
    proposed = agreement.proposed
    if agreement.state == "withdrawn":
        raise NoPart(f"The proposal was withdrawn: {agreement.why}.")
    if max(now, proposed.begins) + lasting > proposed.until:
        raise OutsideWindow(
            f"Its window is over at {proposed.until:%Y-%m-%d %H:%M:%S %Z}, and it would take "
            f"{lasting.total_seconds():.0f} s at most."
        )


def check_part(
    agreement: Agreement, own: str, now: datetime, items_seconds: float
) -> tuple[AgreedLoss, Terms]:
    """Return what this node loses in its part and how far it goes, if that may begin now.

    Raises:
        NoPart: if this node has not accepted, nobody else has, or the proposal was withdrawn.
        PartBegan: if the part was begun before: one acceptance is for one part.
        OutsideWindow: if the window has not begun, or the part does not fit into it any more.
    """
    agreed = agreement.terms(own)
    if agreed is None:
        raise NoPart("This node has not accepted the proposal.")
    if agreement.part(own).started is not None:
        raise PartBegan("This node's part has begun before; one acceptance is for one part.")
    if not any(answer.accepted for answer in agreement.answers.values()):
        raise NoPart("Nobody has accepted the proposal.")
    check_open(agreement, lasting(agreed[1], items_seconds), now)
    begins = agreement.proposed.begins
    if now < begins:
        raise OutsideWindow(f"Its window begins at {begins:%Y-%m-%d %H:%M:%S %Z}.")
    return agreed


def to_join(agreement: Agreement, own: str) -> tuple[PartSeen, tuple[PartSeen, ...]] | None:
    """Return what this node has to sign of a drill: its own part and the others'.

    None before its own part is over, and where what it signed last says the same.
    """
    mine = agreement.part(own)
    if mine.started is None or mine.state not in SETTLED:
        return None
    others = tuple(each for each in agreement.parts if each.node != own)
    last = agreement.joined
    if last is not None and last.own.result == mine.result:
        before = {each.node: each for each in last.others}
        if not any(_tells_more(each, before.get(each.node)) for each in others):
            return None
    return mine, others


def is_asked(agreement: Agreement, own: str) -> bool:
    """Tell whether a proposal of another node waits for this one's answer."""
    return agreement.state == "open" and agreement.part(own).state == "unanswered"


def is_open(agreement: Agreement, own: str) -> bool:
    """Tell whether a part of this node has begun, and not all is known of the others'."""
    others = [each for each in agreement.parts if each.node != own]
    return agreement.part(own).started is not None and any(
        each.state in ("awaited", "running") for each in others
    )


def is_waited_for(joined: DrillsJoined) -> bool:
    """Tell whether a result of another node may still come."""
    return any(each.state in ("awaited", "running") for each in joined.others)


def _tells_more(part: PartSeen, before: PartSeen | None) -> bool:
    """Tell whether a part is worth a newer record; that a silent one is heard of again is not."""
    if before is None or part.result != before.result:
        return True
    return part.state in SETTLED and part.state != before.state


def _agreement(kept: Kept[DrillProposed], said: Said, reach: Reach, now: datetime) -> Agreement:
    proposal = cited(kept.entry)
    answers = {
        each.entry.issuer: each
        for each in said.answers
        if each.record.proposal == proposal and each.entry.issuer in kept.record.to
    }
    withdrawn = [
        each.record.why
        for each in said.withdrawals
        if (each.entry.issuer, each.record.proposal_id) == (proposal.issuer, proposal.record_id)
    ]
    over, gone = now >= kept.record.until, now >= kept.record.until + GRACE
    parts = tuple(
        part_of(node, proposal, answers.get(node), said, reach, over=gone)
        for node in (proposal.issuer, *kept.record.to)
    )
    mine = [each for each in said.joined if each.proposal == proposal]
    return Agreement(
        proposal=proposal,
        proposed=kept.record,
        state="withdrawn" if withdrawn else "over" if over else "open",
        why=withdrawn[-1] if withdrawn else "",
        answers={node: each.record for node, each in answers.items()},
        parts=parts,
        joined=mine[-1] if mine else None,
    )
