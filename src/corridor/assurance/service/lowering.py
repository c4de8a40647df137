"""What one can ask where a tier is to be lowered: propose it, and agree, as two persons of two organisations.

Who somebody is, and whether they may, is for whoever calls; here it is kept that both did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from corridor.assurance.errors import NoSuchLowering, NotAnother, NotLower
from corridor.assurance.records import Domain, LoweringConfirmed, Tier, TierLowering
from corridor.assurance.rules.tiering.lowered import why_not_confirmed
from corridor.assurance.service.evidence import check_evidence
from corridor.assurance.service.ratings import Assurance
from corridor.catalogue import Catalogue
from corridor.core.clock import Clock
from corridor.core.errors import Conflict
from corridor.core.records import RecordId
from corridor.core.store import Kept, Transaction, View

USUAL_DAYS, MOST_DAYS = 180, 731


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs: a person, and the organisation that they are of."""

    name: str
    organisation: str


@dataclass(frozen=True, slots=True)
class LoweringStanding:
    """A proposal to lower a tier, and what became of it."""

    issuer: str
    proposal: TierLowering
    sha256: str
    """Of the signed proposal: what is confirmed."""
    confirmations: tuple[tuple[str, LoweringConfirmed], ...]
    """Those that count, by the node that stated them."""
    is_over: bool

    @property
    def lowers(self) -> bool:
        """Whether it lowers the tier now, if nothing else was said since."""
        return bool(self.confirmations) and not self.is_over


@dataclass(frozen=True, slots=True)
class Lowering:
    """Lower a tier, by two persons of different organisations, till a day."""

    clock: Clock
    catalogue: Catalogue
    assurance: Assurance

    def propose(
        self,
        tx: Transaction,
        model: str,
        tier: Tier,
        reasons: str,
        by: Signatory,
        *,
        domain: Domain,
        days: int = USUAL_DAYS,
        evidence: Sequence[RecordId] = (),
        sha256: str | None = None,
    ) -> TierLowering:
        """Propose a lower tier for a model in a domain. It lowers nothing yet.

        Raises:
            UnknownModel: if nobody has stated a model of this name, and no digest is given.
            NotFound: if a record named as evidence is not known here.
            NotLower: if it is of that tier, or a lower one, in every language.
            Conflict: if it would hold for no time, or too long.
        """
        name, digest = self.catalogue.meant(tx, model, sha256)
        if not 0 < days <= MOST_DAYS:
            raise Conflict(f"A tier is lowered for 1 to {MOST_DAYS} days.", hint="Use --days.")
        for record in evidence:
            check_evidence(tx, record)
        found = self.assurance.standing(tx, digest)
        [present] = [each for each in found.domains if each.domain == domain]
        if tier >= present.tier:
            raise NotLower(f"It is of tier {present.tier} in {domain}, by {present.why}.")
        now = self.clock()
        proposal = TierLowering(
            made_at=now,
            visibility="partners",
            model=name,
            model_sha256=digest,
            domain=domain,
            tier=tier,
            reasons=reasons,
            evidence=tuple(evidence),
            proposed_by=by.name,
            organisation=by.organisation,
            until=now + timedelta(days=days),
        )
        tx.append(proposal)
        tx.audit("tier.lower", name, sha256=digest, tier=tier, domain=domain, by=by.name)
        return proposal

    def confirm(
        self, tx: Transaction, lowering_id: str, by: Signatory, *, sha256: str, reasons: str
    ) -> LoweringConfirmed:
        """Agree to a proposal, this node's or a partner's, on its very bytes.

        Raises:
            NoSuchLowering: if there is none, or it is over.
            NotAnother: if it is not by another person of another organisation.
            Conflict: if other bytes were seen than it has.
        """
        kept = self.proposal(tx, lowering_id)
        if kept.entry.sha256 != sha256:
            raise Conflict(
                "The proposal is another than the one that was seen.",
                hint="`corridor assurance lowerings` shows it, with its digest.",
            )
        confirmation = LoweringConfirmed(
            made_at=self.clock(),
            visibility="partners",
            lowering_issuer=kept.entry.issuer,
            lowering_id=kept.record.id,
            lowering_sha256=sha256,
            confirmed_by=by.name,
            organisation=by.organisation,
            reasons=reasons,
        )
        why = why_not_confirmed(kept, confirmation, tx.identity.name)
        if why:
            raise NotAnother(f"This is no second word: {why}.")
        tx.append(confirmation)
        tx.audit("tier.confirm", lowering_id, issuer=kept.entry.issuer, by=by.name)
        return confirmation

    def proposal(self, view: View, lowering_id: str) -> Kept[TierLowering]:
        """Return a proposal that can be confirmed.

        Raises:
            NoSuchLowering: if there is none, or it is over.
        """
        for kept in view.every(TierLowering):
            if kept.record.id == lowering_id and self.clock() < kept.record.until:
                return kept
        raise NoSuchLowering(f"There is no proposal {lowering_id[:64]!r} that can be confirmed.")

    def lowerings(self, view: View) -> list[LoweringStanding]:
        """Return all proposals, this node's and partners', and what became of each."""
        words = list(view.every(LoweringConfirmed))
        now = self.clock()
        return [
            LoweringStanding(
                kept.entry.issuer,
                kept.record,
                kept.entry.sha256,
                tuple(
                    (word.entry.issuer, word.record)
                    for word in words
                    if not why_not_confirmed(kept, word.record, word.entry.issuer)
                ),
                now >= kept.record.until,
            )
            for kept in view.every(TierLowering)
        ]
