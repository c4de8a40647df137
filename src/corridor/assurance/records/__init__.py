"""What assurance keeps, and what its rules work on."""

from corridor.assurance.records.queries import FIGURES, End, EvidenceKind, Query
from corridor.assurance.records.tiers import HIGHEST, TITLES, Domain, RiskTier, Tier

__all__ = [
    "FIGURES",
    "HIGHEST",
    "TITLES",
    "Domain",
    "End",
    "EvidenceKind",
    "Query",
    "RiskTier",
    "Tier",
]
