"""What assurance keeps, and what its rules work on."""

from corridor.assurance.records.answers import Answer, Defeater, DefeaterAnswer, Level, Stand
from corridor.assurance.records.outcomes import STATES, Found, State, TreeResult
from corridor.assurance.records.queries import FIGURES, End, EvidenceKind, Query
from corridor.assurance.records.tiers import HIGHEST, TITLES, Domain, RiskTier, Tier
from corridor.assurance.records.trees import Context, Goal, Leaf, Node, Strategy, Tree, said

__all__ = [
    "FIGURES",
    "HIGHEST",
    "STATES",
    "TITLES",
    "Answer",
    "Context",
    "Defeater",
    "DefeaterAnswer",
    "Domain",
    "End",
    "EvidenceKind",
    "Found",
    "Goal",
    "Leaf",
    "Level",
    "Node",
    "Query",
    "RiskTier",
    "Stand",
    "State",
    "Strategy",
    "Tier",
    "Tree",
    "TreeResult",
    "said",
]
