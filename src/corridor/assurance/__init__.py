"""Assurance: what the evidence adds up to: assurance trees, and the risk tier of a model.

A tier belongs to the digest of a file, never to a name. A model that nobody rated is of the highest. What a tree
shows of a model is a reading of the evidence, with its bounds, and no approval of anybody.
"""

from corridor.assurance.records import (
    HIGHEST,
    TITLES,
    Answer,
    Defeater,
    DefeaterAnswer,
    Domain,
    RiskTier,
    Tier,
    Tree,
    TreeResult,
)
from corridor.assurance.rules import newest, tier_of
from corridor.assurance.service import Assurance, Reviews, Trees
from corridor.core.records import Record

KINDS: tuple[type[Record], ...] = (
    RiskTier,
    Tree,
    Answer,
    Defeater,
    DefeaterAnswer,
    TreeResult,
)
"""Every kind of record of assurance."""

__all__ = [
    "HIGHEST",
    "KINDS",
    "TITLES",
    "Answer",
    "Assurance",
    "Defeater",
    "DefeaterAnswer",
    "Domain",
    "Reviews",
    "RiskTier",
    "Tier",
    "Tree",
    "TreeResult",
    "Trees",
    "newest",
    "tier_of",
]
