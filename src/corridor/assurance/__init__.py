"""Assurance: what the evidence adds up to: assurance trees, and the risk tier of a model by rules and persons.

A tier belongs to the digest of a file, never to a name. What is not known is of the highest. What a tree
shows of a model is a reading of the evidence, with its bounds, and no approval of anybody.
"""

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
from corridor.assurance.records.campaigns import Attack, Attempt, Campaign, Requirement, Review
from corridor.assurance.records.reports import (
    Circumstances,
    Disclosure,
    Finding,
    FindingUpdate,
    Nature,
    Publication,
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
    Reviews,
    Rounds,
    Rulebook,
    Signatory,
    Trees,
)
from corridor.core.records import Record

KINDS: tuple[type[Record], ...] = (
    RiskTier,
    TierRules,
    TierLowering,
    LoweringConfirmed,
    Tree,
    Answer,
    Defeater,
    DefeaterAnswer,
    TreeResult,
    Campaign,
    Requirement,
    Attack,
    Review,
    Attempt,
    Finding,
    FindingUpdate,
    Sighting,
    Disclosure,
    Publication,
)
"""Every kind of record of assurance."""

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
