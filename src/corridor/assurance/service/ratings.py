"""What one can ask about tiers: rate a model, and say what it is rated."""

from collections.abc import Sequence
from dataclasses import dataclass

from corridor.assurance.errors import SameTier
from corridor.assurance.records import Domain, RiskTier, Tier
from corridor.assurance.rules.tiers import newest, tier_of
from corridor.catalogue import Catalogue
from corridor.core.clock import Clock
from corridor.core.records import RecordId
from corridor.core.store import Transaction, View
from corridor.evaluation import Evaluation


@dataclass(frozen=True, slots=True)
class Assurance:
    """Say how risky a model is held to be, by whom and why."""

    clock: Clock
    catalogue: Catalogue

    def rate(
        self,
        tx: Transaction,
        model: str,
        tier: Tier,
        reasons: str,
        *,
        domain: Domain = "general",
        framework: str = "own judgement",
        evidence: Sequence[RecordId] = (),
        sha256: str | None = None,
    ) -> RiskTier:
        """Set the tier of a model in a domain; the newest word counts. The account says who set it.

        Raises:
            UnknownModel: if nobody has stated a model of this name, and no digest is given.
            NotFound: if a record named as evidence is no evaluation that is known here.
            SameTier: if it has this tier already.
        """
        digest = sha256 or self.catalogue.stated_digest(tx, model)
        for record in evidence:
            tx.find(Evaluation, record)
        present = newest(tx.own(RiskTier)).get((digest, domain))
        if present is not None and present.tier == tier:
            raise SameTier(f"{present.model} is of tier {tier} in {domain} already.")
        rating = RiskTier(
            made_at=self.clock(),
            visibility="partners",
            model=model,
            model_sha256=digest,
            domain=domain,
            tier=tier,
            framework=framework,
            reasons=reasons,
            evidence=tuple(evidence),
        )
        tx.append(rating)
        tx.audit("tier.set", model, sha256=digest, tier=tier, domain=domain)
        return rating

    def tiers(self, view: View) -> list[RiskTier]:
        """Return what counts of this node's word on each file in each domain."""
        return list(newest(view.own(RiskTier)).values())

    def tier(self, view: View, model_sha256: str) -> tuple[Tier, bool]:
        """Return the tier of a file, and whether anyone here set it; unknown is the highest."""
        return tier_of(each for each in self.tiers(view) if each.model_sha256 == model_sha256)
