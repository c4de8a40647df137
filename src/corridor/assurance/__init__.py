"""Assurance: what the evidence adds up to: assurance trees, and the risk tier of a model by rules and persons.

A tier belongs to the digest of a file, never to a name. What is not known is of the highest. What a tree
shows of a model is a reading of the evidence, with its bounds, and no approval of anybody.
"""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.assurance.records import (
        DOMAINS,
        HIGHEST,
        TITLES,
        Answer,
        Defeater,
        DefeaterAnswer,
        Domain,
        LoweringConfirmed,
        RiskTier,
        Tier,
        TierLowering,
        TierRules,
        Tree,
        TreeResult,
    )
    from corridor.assurance.records.kinds import KINDS
    from corridor.assurance.records.reports import (
        Circumstances,
        Finding,
        Nature,
        Severity,
        Sighting,
    )
    from corridor.assurance.rules.tiering import KINDS as TIERS_REST_ON
    from corridor.assurance.rules.tiering import Book, Standing, tier_in
    from corridor.assurance.rules.tiering import book_of as tier_book
    from corridor.assurance.rules.tiering import changes_all as changes_all_tiers
    from corridor.assurance.rules.tiering import learned as tiers_learned
    from corridor.assurance.rules.tiering import standing as tier_standing
    from corridor.assurance.service import (
        Assurance,
        Campaigns,
        Findings,
        Lowering,
        LoweringStanding,
        Membership,
        Reviews,
        Rounds,
        Rulebook,
        Signatory,
        Trees,
    )

__getattr__ = door_of(__name__)

__all__ = [
    "DOMAINS",
    "HIGHEST",
    "KINDS",
    "TIERS_REST_ON",
    "TITLES",
    "Answer",
    "Assurance",
    "Book",
    "Campaigns",
    "Circumstances",
    "Defeater",
    "DefeaterAnswer",
    "Domain",
    "Finding",
    "Findings",
    "Lowering",
    "LoweringConfirmed",
    "LoweringStanding",
    "Membership",
    "Nature",
    "Reviews",
    "RiskTier",
    "Rounds",
    "Rulebook",
    "Severity",
    "Sighting",
    "Signatory",
    "Standing",
    "Tier",
    "TierLowering",
    "TierRules",
    "Tree",
    "TreeResult",
    "Trees",
    "changes_all_tiers",
    "tier_book",
    "tier_in",
    "tier_standing",
    "tiers_learned",
]
