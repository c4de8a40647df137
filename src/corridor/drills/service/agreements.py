"""Drills that several nodes hold: proposed, answered, and joined at their end.

All that is known of another node is what its log says. It suspends nothing here: this node's part
is a drill of its own, begun by its own operator or by a time that they set, within its own limits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import ValidationError

from corridor.catalogue import Catalogue
from corridor.core.clock import Clock
from corridor.core.errors import Invalid, NotFound
from corridor.core.records import Record
from corridor.core.store import Kept, Store, Transaction, View
from corridor.drills.errors import NoSuchProposal, NotYours, PartBegan
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
    Terms,
)
from corridor.drills.rules.agreements import (
    agreements,
    check_open,
    check_part,
    check_terms,
    is_open,
    length,
    to_join,
)
from corridor.drills.rules.parts import Reach, Said
from corridor.drills.rules.stages import checked
from corridor.drills.settings import DrillSettings
from corridor.federation import Federation
from corridor.gateway import Gateway

RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True, slots=True)
class Glance:
    """What was there at a look, so that the next one need not read it again."""

    head: int
    """Of the log."""
    waits: bool
    """Whether time alone may change something: a partner falls silent, a window is over."""


@dataclass(frozen=True, slots=True)
class Agreements:
    """Propose drills to partners, answer theirs, and sign what became of both."""

    settings: DrillSettings
    clock: Clock
    federation: Federation
    catalogue: Catalogue
    gateway: Gateway

    def propose(
        self,
        tx: Transaction,
        to: Sequence[str],
        lost: AgreedLoss,
        window: tuple[datetime, datetime],
        terms: Terms,
        why: str,
    ) -> Agreement:
        """Propose a drill to partners: what is lost, in which stages, and when.

        Raises:
            NoSuchPartner, WrongStanding: if nothing is exchanged with one of them.
            NotFound: if this node knows no such supplier, or a service that it leaves out is none.
            NoStages: if the stages contradict each other.
            Invalid: if a field does not fit.
            OutsideWindow: if the window is over before the stages would be.
        """
        for name in to:
            self.federation.active(tx, name)
        self._check_own(tx, lost, terms)
        begins, until = window
        fields = {"begins": begins, "until": until, "terms": terms, "why": why}
        try:
            proposed = DrillProposed.model_validate(
                {
                    "made_at": self.clock(),
                    "visibility": "partners",
                    "to": tuple(to),
                    "lost": lost,
                    **fields,
                }
            )
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise Invalid(f"The proposal is wrong: {first['msg']}.") from error
        tx.append(proposed)
        tx.audit("drill.propose", str(lost), to=" ".join(to), id=proposed.id, why=why)
        found = self.agreement(tx, f"{tx.identity.name}/{proposed.id}")
        check_open(found, length(terms.stages), self.clock())
        return found

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

    def accept(
        self, tx: Transaction, name: str, terms: Terms | None = None, lost: AgreedLoss | None = None
    ) -> Agreement:
        """Accept a partner's proposal, with this node's own limits; none but those proposed if not said.

        `lost` is what this node rehearses as lost, where it calls that by another name.

        Raises:
            NoSuchProposal, NotYours, PartBegan: as `refuse`.
            NoPart, OutsideWindow: if it was withdrawn, or cannot be held in its window any more.
            BeyondProposal: if these limits go further than what was proposed.
            NotFound: if this node knows no such supplier, or a service that is left out is none.
            NoStages: if the stages contradict each other.
        """
        found = self._asked(tx, name)
        proposed = found.proposed
        terms = terms or Terms(stages=proposed.terms.stages)
        lost = lost or proposed.lost
        check_open(found, length(terms.stages), self.clock())
        check_terms(terms, proposed)
        self._check_own(tx, lost, terms)
        return self._answer(tx, found, accepted=True, terms=terms, lost=lost)

    def refuse(self, tx: Transaction, name: str, why: str) -> Agreement:
        """Refuse a partner's proposal, or take an acceptance back before the part has begun.

        Raises:
            NoSuchProposal: if there is none.
            NotYours: if it was not proposed to this node, or by a node that is no partner now.
            PartBegan: if this node's part has begun.
        """
        found = self._asked(tx, name)
        return self._answer(tx, found, accepted=False, why=why)

    def withdraw(self, tx: Transaction, name: str, why: str) -> Agreement:
        """Withdraw a proposal of this node: no part begins any more where that is known.

        Raises:
            NoSuchProposal: if there is none.
            NotYours: if it is another node's.
        """
        found = self.agreement(tx, name)
        if found.proposal.issuer != tx.identity.name:
            raise NotYours(f"{found.proposal.issuer} proposed this drill, not this node.")
        proposal_id = found.proposal.record_id
        tx.append(
            ProposalWithdrawn(
                made_at=self.clock(), visibility="partners", proposal_id=proposal_id, why=why
            )
        )
        tx.audit("drill.withdraw", proposal_id, why=why)
        return self.agreement(tx, _name(found))

    def part(self, view: View, name: str) -> tuple[Agreement, AgreedLoss, Terms]:
        """Return what this node holds as its part, if it may begin now.

        Raises:
            NoSuchProposal: if there is none.
            NotYours: if a node proposed it that is no partner now.
            NoPart, PartBegan, OutsideWindow: if it may not begin now.
        """
        found, own = self.agreement(view, name), view.identity.name
        self._check_partner(view, found)
        check_part(found, own, self.clock())
        lost, terms = found.terms(own) or (found.proposed.lost, found.proposed.terms)
        return found, lost, terms

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
        """Sign what is to be joined since the last look.

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
                    self.join(tx, _name(each))
        return Glance(head, waits=any(is_open(each, own) for each in found))

    def _asked(self, view: View, name: str) -> Agreement:
        """Return a proposal that this node may answer."""
        found, own = self.agreement(view, name), view.identity.name
        if found.proposal.issuer == own:
            raise NotYours("This node proposed this drill itself.")
        self._check_partner(view, found)
        if found.part(own).started is not None:
            raise PartBegan("This node's part has begun before.")
        return found

    def _check_partner(self, view: View, found: Agreement) -> None:
        issuer = found.proposal.issuer
        partners = {each.name for each in self.federation.active(view)}
        if issuer not in (view.identity.name, *partners):
            raise NotYours(f"{issuer} is no partner now.")

    def _answer(
        self,
        tx: Transaction,
        found: Agreement,
        *,
        accepted: bool,
        terms: Terms | None = None,
        lost: AgreedLoss | None = None,
        why: str = "",
    ) -> Agreement:
        answered = DrillAnswered(
            made_at=self.clock(),
            visibility="partners",
            proposal=found.proposal,
            accepted=accepted,
            terms=terms,
            lost=lost,
            why=why,
        )
        tx.append(answered)
        act = "drill.accept" if accepted else "drill.refuse"
        tx.audit(act, found.proposal.record_id, issuer=found.proposal.issuer, why=why)
        return self.agreement(tx, _name(found))

    def _check_own(self, view: View, lost: AgreedLoss, terms: Terms) -> None:
        """Check that this node knows what it is to lose and to leave out."""
        checked(terms.stages)
        for name in terms.without:
            self.gateway.service(view, name)
        if lost.supplier is not None and lost.supplier not in self.catalogue.suppliers(view):
            raise NotFound(
                f"This node knows no supplier {lost.supplier!r}.",
                hint="--withdraw NAME says what it is called here; `corridor catalogue list`.",
            )

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


def _name(found: Agreement) -> str:
    return f"{found.proposal.issuer}/{found.proposal.record_id}"


def _long_ago(at: datetime | None, now: datetime, seconds: float) -> bool:
    return at is None or (now - at).total_seconds() > seconds
