"""Assurance: what the evidence adds up to. So far: the risk tier of a model, set by a person.

A tier belongs to the digest of a file, never to a name. A model that nobody rated is of the highest.
"""

from corridor.assurance.records import HIGHEST, TITLES, Domain, RiskTier, Tier
from corridor.assurance.rules import newest, tier_of
from corridor.assurance.service import Assurance

__all__ = [
    "HIGHEST",
    "TITLES",
    "Assurance",
    "Domain",
    "RiskTier",
    "Tier",
    "newest",
    "tier_of",
]
