"""Deciding with fewer calls: intervals that hold however often one looks, and when to stop.

What is bounded is the wealth of a fair game (Ville's inequality: it exceeds 1 / error with at most that
chance, at any time). `plans` says in which order items are asked and what is known of them before,
`games` how the game goes, `decisions` when a question is settled, `sequences` holds
intervals for items that are drawn from more than a suite. The service `deciding` asks by them.
"""

from corridor.evaluation.rules.statistics.sequential.decisions import (
    Claim,
    Decision,
    Question,
    bounds,
    decide,
    settled,
)
from corridor.evaluation.rules.statistics.sequential.plans import Plan, plan
from corridor.evaluation.rules.statistics.sequential.sequences import betting, empirical_bernstein

__all__ = [
    "Claim",
    "Decision",
    "Plan",
    "Question",
    "betting",
    "bounds",
    "decide",
    "empirical_bernstein",
    "plan",
    "settled",
]
