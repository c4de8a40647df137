"""Judge what came of an item, by the rule for how it was asked."""

from corridor.evaluation.records.datasets import Item
from corridor.evaluation.rules.answers import Judged, judge
from corridor.evaluation.rules.likely import judge_likely
from corridor.evaluation.service.plans import Plan


def judged(plan: Plan, item: Item, text: str) -> Judged:
    """Return what an answer to an item is worth; its verdict counts, but for graded answers."""
    rule = judge_likely if plan.asking.style == "likelihood" else judge
    return rule(text, item, plan.dataset.kind)
