"""Proposing drills to partners, and answering theirs. What is agreed on begins nothing by itself here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from corridor.catalogue import Catalogue
from corridor.core.clock import Clock
from corridor.core.errors import Invalid, NotFound
from corridor.core.store import Transaction, View
from corridor.drills.errors import BeyondProposal, NotYours, PartBegan
from corridor.drills.records import (
    AgreedLoss,
    Agreement,
    DrillAnswered,
    DrillProposed,
    ProposalWithdrawn,
    Terms,
)
from corridor.drills.rules.agreements import check_moment, check_open, check_terms, lasting
from corridor.drills.rules.stages import checked
from corridor.drills.service.agreements import Agreements, name_of, scenario_of
from corridor.federation import Federation
from corridor.gateway import Gateway
from corridor.supply_chain import UnknownScenario, digest, library


@dataclass(frozen=True, slots=True)
class Proposing:
    """Propose drills to partners, answer theirs, and take back what was said."""

    clock: Clock
    agreements: Agreements
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
            UnknownScenario: if the library has no scenario of this name.
            BadScenario: if its parameters do not fit.
            NoStages: if the stages contradict each other.
            Invalid: if a field does not fit.
            OutsideWindow: if the window is over before this node's part would be.
        """
        for name in to:
            self.federation.active(tx, name)
        lost = _pinned(lost)
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
        check_moment(terms, begins, until, self._items_seconds)
        tx.append(proposed)
        tx.audit("drill.propose", str(lost), to=" ".join(to), id=proposed.id, why=why)
        found = self.agreements.agreement(tx, f"{tx.identity.name}/{proposed.id}")
        check_open(found, lasting(terms, self._items_seconds), self.clock())
        return found

    def accept(
        self, tx: Transaction, name: str, terms: Terms | None = None, lost: AgreedLoss | None = None
    ) -> Agreement:
        """Accept a partner's proposal, with this node's own limits; if none are said, stages and items are those proposed.

        `lost` is what this node rehearses as lost, where that is not called, or asked from, as the proposer
        has it. If nothing is said, a scenario is asked from anywhere abroad: the proposer's home is its own.

        Raises:
            NoSuchProposal, NotYours, PartBegan: as `refuse`.
            NoPart, OutsideWindow: if it was withdrawn, or cannot be held in its window any more.
            BeyondProposal: if these limits go further than what was proposed.
            NotFound: if this node knows no such supplier, or a service that is left out is none.
            OtherScenario: if this node has not the scenario that the proposer means.
            NoStages: if the stages contradict each other.
        """
        found = self._asked(tx, name)
        proposed = found.proposed
        terms = terms or Terms(stages=proposed.terms.stages, items=proposed.terms.items)
        lost = _pinned(lost) if lost else _at_home_nowhere(proposed.lost)
        check_open(found, lasting(terms, self._items_seconds), self.clock())
        check_terms(terms, proposed, self._items_seconds)
        if lost.scenario not in (None, proposed.lost.scenario):
            raise BeyondProposal(
                f"Another scenario was proposed: {proposed.lost.scenario or 'none'}."
            )
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
        found = self.agreements.agreement(tx, name)
        if found.proposal.issuer != tx.identity.name:
            raise NotYours(f"{found.proposal.issuer} proposed this drill, not this node.")
        proposal_id = found.proposal.record_id
        tx.append(
            ProposalWithdrawn(
                made_at=self.clock(), visibility="partners", proposal_id=proposal_id, why=why
            )
        )
        tx.audit("drill.withdraw", proposal_id, why=why)
        return self.agreements.agreement(tx, name_of(found))

    @property
    def _items_seconds(self) -> float:
        return self.agreements.settings.items_seconds

    def _asked(self, view: View, name: str) -> Agreement:
        """Return a proposal that this node may answer."""
        found, own = self.agreements.agreement(view, name), view.identity.name
        if found.proposal.issuer == own:
            raise NotYours("This node proposed this drill itself.")
        self.agreements.check_partner(view, found)
        if found.part(own).started is not None:
            raise PartBegan("This node's part has begun before.")
        return found

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
        return self.agreements.agreement(tx, name_of(found))

    def _check_own(self, view: View, lost: AgreedLoss, terms: Terms) -> None:
        """Check that this node knows what it is to lose and to leave out."""
        checked(terms.stages)
        if (scenario := scenario_of(lost)) is not None:
            scenario.filled(lost.parameters)
        for name in terms.without:
            self.gateway.service(view, name)
        if lost.supplier is not None and lost.supplier not in self.catalogue.suppliers(view):
            raise NotFound(
                f"This node knows no supplier {lost.supplier!r}.",
                hint="--withdraw NAME says what it is called here; `corridor catalogue list`.",
            )


def _pinned(lost: AgreedLoss) -> AgreedLoss:
    """Return what is lost with the digest of the scenario as this node has it."""
    if lost.scenario is None:
        return lost
    known = library()
    if lost.scenario not in known:
        raise UnknownScenario(f"The library has no scenario {lost.scenario!r}.")
    return lost.model_copy(update={"scenario_sha256": digest(known[lost.scenario])})


def _at_home_nowhere(lost: AgreedLoss) -> AgreedLoss:
    return lost.model_copy(update={"home": None})
