"""Every kind of record of assurance."""

from corridor.assurance.records.answers import Answer, Defeater, DefeaterAnswer
from corridor.assurance.records.campaigns import Attack, Attempt, Campaign, Requirement, Review
from corridor.assurance.records.lowering import LoweringConfirmed, TierLowering
from corridor.assurance.records.outcomes import TreeResult
from corridor.assurance.records.reports import (
    Disclosure,
    Finding,
    FindingUpdate,
    Publication,
    Sighting,
)
from corridor.assurance.records.tier_rules import TierRules
from corridor.assurance.records.tiers import RiskTier
from corridor.assurance.records.trees import Tree
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
