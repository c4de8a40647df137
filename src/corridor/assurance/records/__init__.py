"""What assurance keeps, and what its rules work on."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.assurance.records.answers import Answer, Defeater, DefeaterAnswer, Level, Stand
    from corridor.assurance.records.lowering import LoweringConfirmed, TierLowering
    from corridor.assurance.records.outcomes import STATES, Found, State, TreeResult
    from corridor.assurance.records.queries import FIGURES, End, EvidenceKind, Query
    from corridor.assurance.records.tier_rules import Effect, Inherited, TierRule, TierRules
    from corridor.assurance.records.tiers import (
        DOMAINS,
        HIGHEST,
        TITLES,
        Act,
        Domain,
        RiskTier,
        Tier,
    )
    from corridor.assurance.records.trees import Context, Goal, Leaf, Node, Strategy, Tree, said

__getattr__ = door_of(__name__)

__all__ = [
    "DOMAINS",
    "FIGURES",
    "HIGHEST",
    "STATES",
    "TITLES",
    "Act",
    "Answer",
    "Context",
    "Defeater",
    "DefeaterAnswer",
    "Domain",
    "Effect",
    "End",
    "EvidenceKind",
    "Found",
    "Goal",
    "Inherited",
    "Leaf",
    "Level",
    "LoweringConfirmed",
    "Node",
    "Query",
    "RiskTier",
    "Stand",
    "State",
    "Strategy",
    "Tier",
    "TierLowering",
    "TierRule",
    "TierRules",
    "Tree",
    "TreeResult",
    "said",
]
