"""What a person may do where a tier is to be lowered: propose it, or be the second who agrees.

Who somebody is, of which organisation, and whether they may is known here; what it comes to is for
`assurance`. Both have to be approvers, verified as the tier asks that the model has now.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from corridor.access.records import Principal
from corridor.access.service.cases import Cases
from corridor.assurance import (
    Domain,
    Lowering,
    LoweringConfirmed,
    LoweringStanding,
    Signatory,
    Tier,
    TierLowering,
)
from corridor.core.records import RecordId
from corridor.core.store import Transaction, View


@dataclass(frozen=True, slots=True)
class Lowerings:
    """Let two persons of different organisations lower a tier."""

    cases: Cases
    lowering: Lowering

    def propose(
        self,
        tx: Transaction,
        person: Principal,
        model: str,
        tier: Tier,
        reasons: str,
        *,
        domain: Domain,
        days: int,
        evidence: Sequence[RecordId] = (),
        sha256: str | None = None,
    ) -> TierLowering:
        """Propose a lower tier for a model in a domain. It lowers nothing yet.

        Raises:
            NotAllowed: if this principal is no approver, or not verified as the tier now asks.
            UnknownModel: if nobody has stated a model of this name, and no digest is given.
            NotFound: if a record named as evidence is not known here.
            NotLower: if it is of that tier already, or of a lower one.
            Conflict: if it would hold for no time, or too long.
        """
        name, digest = self.cases.catalogue.meant(tx, model, sha256)
        self._check_may(tx, person, (), digest)
        return self.lowering.propose(
            tx,
            name,
            tier,
            reasons,
            Signatory(person.name, person.organisation),
            domain=domain,
            days=days,
            evidence=evidence,
            sha256=digest,
        )

    def confirm(
        self, tx: Transaction, person: Principal, lowering_id: str, *, sha256: str, reasons: str
    ) -> LoweringConfirmed:
        """Agree to a proposal, this node's or a partner's, on its very bytes.

        Raises:
            NoSuchLowering: if there is none, or it is over.
            SelfApproval: if this is the person who proposed it, under whichever account.
            NotAllowed: if this principal is no approver, or not verified as the tier now asks.
            NotAnother: if both are of one organisation.
            Conflict: if other bytes were seen than it has.
        """
        kept = self.lowering.proposal(tx, lowering_id)
        own = kept.entry.issuer == tx.identity.name
        concerned = (kept.record.proposed_by,) if own else ()
        self._check_may(tx, person, concerned, kept.record.model_sha256)
        by = Signatory(person.name, person.organisation)
        return self.lowering.confirm(tx, lowering_id, by, sha256=sha256, reasons=reasons)

    def all(self, view: View) -> list[LoweringStanding]:
        """Return all proposals, this node's and partners', and what became of each."""
        return self.lowering.lowerings(view)

    def _check_may(
        self, tx: Transaction, person: Principal, concerned: Sequence[str], digest: str
    ) -> None:
        """Check that somebody may, by the tier that the model has now where its language is not known."""
        tier, _ = self.cases.assurance.tier(tx, digest)
        self.cases.files(tx).check_may(person, concerned, tier)
