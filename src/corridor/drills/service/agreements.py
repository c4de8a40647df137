"""Drills that several nodes hold: how each part stands, and what is joined at its end.

All that is known of another node is what its log says. It suspends nothing here: this node's part
is a drill of its own, begun by its own operator or by a time that they set, within its own limits.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog

from corridor.core.clock import Clock
from corridor.core.records import Record
from corridor.core.store import Kept, Store, Transaction, View
from corridor.drills.errors import (
    NoPart,
    NoSuchProposal,
    NotYours,
    OtherScenario,
    OutsideWindow,
    PartBegan,
)
from corridor.drills.records import (
    AgreedLoss,
    Agreement,
    Cited,
    DrillAnswered,
    DrillEnded,
    DrillProposed,
    DrillResult,
    DrillsJoined,
    DrillStarted,
    ProposalWithdrawn,
)
from corridor.drills.rules.agreements import (
    Agreed,
    agreements,
    check_part,
    is_asked,
    is_open,
    to_join,
)
from corridor.drills.rules.loss import Loss
from corridor.drills.rules.parts import Reach, Said
from corridor.drills.service.holding import Wanted
from corridor.drills.settings import DrillSettings
from corridor.federation import Federation
from corridor.supply_chain import Scenario, digest, library

log = structlog.get_logger()
RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True, slots=True)
class Glance:
    """What was there at a look, so that the next one need not read it again."""

    head: int
    """Of the log."""
    waits: bool
    """Whether time alone may change something: a partner falls silent, a window is over."""
    asked: frozenset[str] = frozenset()
    """The proposals of others that wait for this node's answer."""


@dataclass(frozen=True, slots=True)
class OwnPart:
    """What this node holds as its part, and how."""

    name: str
    """Of the proposal: NODE/ID."""
    loss: Loss
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Agreements:
    """Know how drills with partners stand, and sign what became of this node's part and the others'."""

    settings: DrillSettings
    clock: Clock
    federation: Federation

    def agreements(self, view: View) -> list[Agreement]:
        """Return the proposals that concern this node, its own too, oldest first."""
        own = view.identity.name
        proposals = [
            kept
            for kept in view.every(DrillProposed)
            if own in (kept.entry.issuer, *kept.record.to)
        ]
        if not proposals:
            return []
        ids = dict.fromkeys(str(kept.record.id) for kept in proposals)
        said = Said(
            proposals,
            list(view.every(ProposalWithdrawn)),
            _naming(view, DrillAnswered, ids),
            _naming(view, DrillStarted, ids),
            list(view.every(DrillEnded)),
            _naming(view, DrillResult, ids),
            list(view.own(DrillsJoined)),
        )
        return list(agreements(said, self._reach(view), self.clock()))

    def agreement(self, view: View, name: str) -> Agreement:
        """Return one proposal, by its id or the beginning of that; or by `NODE/ID`.

        Raises:
            NoSuchProposal: if there is none, or more than one.
        """
        issuer, _, wanted = name.rpartition("/")
        found = [
            each
            for each in self.agreements(view)
            if wanted
            and each.proposal.record_id.startswith(wanted)
            and issuer in ("", each.proposal.issuer)
        ]
        if len(found) != 1:
            raise NoSuchProposal(f"{len(found)} proposals have an id like {name[:100]!r}.")
        return found[0]

    def part(self, view: View, name: str, second_key: str = "") -> OwnPart:
        """Return what this node holds as its part, if it may begin now.

        Raises:
            NoSuchProposal: if there is none.
            NotYours: if a node proposed it that is no partner now.
            NoPart, PartBegan, OutsideWindow: if it may not begin now.
            OtherScenario: if the library of this node has changed since.
        """
        return self._own_part(view, self.agreement(view, name), second_key)

    def due(self, view: View) -> list[OwnPart]:
        """Return the parts of this node that it begins by itself and that are to begin now."""
        found: list[OwnPart] = []
        for each in self.agreements(view):
            agreed = each.terms(view.identity.name)
            begins = agreed and agreed[1].begins_at
            if begins is not None and begins <= self.clock():
                with suppress(NotYours, NoPart, PartBegan, OutsideWindow, OtherScenario):
                    found.append(self._own_part(view, each))
        return found

    def check_partner(self, view: View, found: Agreement) -> None:
        """Check that a proposal is this node's own, or a partner's of now.

        Raises:
            NotYours: if it is not.
        """
        issuer = found.proposal.issuer
        partners = {each.name for each in self.federation.active(view)}
        if issuer not in (view.identity.name, *partners):
            raise NotYours(f"{issuer} is no partner now.")

    def join(self, tx: Transaction, name: str) -> DrillsJoined | None:
        """Sign what this node has of a drill now, if its part is over and that says more than before.

        Raises:
            NoSuchProposal: if there is none.
        """
        found = self.agreement(tx, name)
        parts = to_join(found, tx.identity.name)
        if parts is None:
            return None
        joined = DrillsJoined(
            made_at=self.clock(),
            visibility="partners",
            proposal=found.proposal,
            own=parts[0],
            others=parts[1],
        )
        tx.append(joined)
        others = " ".join(f"{each.node}:{each.state}" for each in joined.others)
        tx.audit("drill.join", found.proposal.record_id, others=others)
        return joined

    def joined(self, view: View, proposal: Cited) -> DrillsJoined | None:
        """Return what this node signed last of a drill of several; None if it did not yet."""
        found = [each for each in view.own(DrillsJoined) if each.proposal == proposal]
        return found[-1] if found else None

    def look(self, store: Store, last: Glance | None = None) -> Glance:
        """Sign what is to be joined since the last look, and log proposals that wait for an answer.

        Where no record has arrived since `last`, and nothing is waited for, nothing is read but the
        head of the log.
        """
        with store.view() as view:
            head, own = view.head(), view.identity.name
            if last is not None and last.head == head and not last.waits:
                return last
            found = self.agreements(view)
        for each in found:
            if to_join(each, own) is not None:
                with store.transaction("drill") as tx:
                    self.join(tx, name_of(each))
        asked = {name_of(each): each for each in found if is_asked(each, own)}
        for name in asked.keys() - (last.asked if last else frozenset()):
            proposed = asked[name].proposed
            until, lost = f"{proposed.until:%Y-%m-%d %H:%M:%S %Z}", str(proposed.lost)
            log.info("drill.proposal.waits", proposal=name, lost=lost, until=until)
        return Glance(head, any(is_open(each, own) for each in found), frozenset(asked))

    def _own_part(self, view: View, found: Agreement, second_key: str = "") -> OwnPart:
        self.check_partner(view, found)
        own, most = view.identity.name, self.settings.items_seconds
        lost, terms = check_part(found, own, self.clock(), most)
        agreed = Agreed(found.proposal, terms.ceiling, terms.without)
        wanted = Wanted(terms.stages, terms.tripwire, second_key, terms.items, agreed)
        return OwnPart(name_of(found), loss_of(lost), wanted)

    def _reach(self, view: View) -> Reach:
        known = self.federation.partners(view)
        now, patience = self.clock(), self.settings.silent_seconds
        silent = {
            each.name
            for each in known
            if each.standing != "active"
            or (each.last_error is not None and _long_ago(each.last_success, now, patience))
        }
        own = view.identity.name
        entries = {each.name: each.next_position for each in known}
        return Reach(own, {**entries, own: view.log_size()}, frozenset(silent))


def _naming(view: View, kind: type[RecordT], ids: Iterable[str]) -> list[Kept[RecordT]]:
    """Return the records of a kind that name one of the proposals; the others are not read."""
    return [kept for each in ids for kept in view.every(kind, naming=each)]


def scenario_of(lost: AgreedLoss) -> Scenario | None:
    """Return the scenario that is to be rehearsed; None where a supplier withdraws.

    Of the library alone: no name that a partner states opens a file here.

    Raises:
        OtherScenario: if the library of this node has none of this name, or another of that name.
    """
    if lost.scenario is None:
        return None
    found = library().get(lost.scenario)
    if found is None or digest(found) != lost.scenario_sha256:
        what = "no scenario" if found is None else "another scenario of the name"
        raise OtherScenario(f"The library of this node has {what} {lost.scenario!r}.")
    return found


def loss_of(lost: AgreedLoss) -> Loss:
    """Return what a drill takes away, of what was agreed on.

    Raises:
        OtherScenario: as `scenario_of`.
    """
    if lost.supplier is not None:
        return Loss(lost.supplier)
    return Loss(
        scenario=scenario_of(lost), parameters=lost.parameters, home=lost.home, worse=lost.worse
    )


def name_of(found: Agreement) -> str:
    """Return how a proposal is named without a doubt: NODE/ID."""
    return f"{found.proposal.issuer}/{found.proposal.record_id}"


def _long_ago(at: datetime | None, now: datetime, seconds: float) -> bool:
    return at is None or (now - at).total_seconds() > seconds
