"""How a plan looks in the terminal."""

from collections.abc import Sequence

from corridor.edge.terminal import out, show_table
from corridor.supply_chain.records import Plan

SHOWN = 12
"""Unknown figures, the most worth first."""


def show_plan(plan: Plan) -> None:
    """Print a plan: what to do, how good that is, the stairs, and what to find out first."""
    what = "expected loss" if plan.aim == "expected" else "worst loss of a scenario"
    show_table(
        f"Plan within {plan.budget:,} {plan.currency}: {what} {plan.before:.2%} > {plan.after:.2%} "
        f"of service-days in {plan.horizon_days:g} days ({plan.reading})",
        ("measure", "title", "costs", "avoids alone", "left", "cost by"),
        [
            (
                s.measure,
                s.title,
                f"{s.cost_low or 0:,} to {s.cost_high or 0:,}",
                f"{s.avoids_alone:.2%}",
                f"{s.left:.2%}",
                s.cost_source,
            )
            for s in plan.steps
        ],
    )
    proof = (
        "proved: no plan leaves less"
        if plan.exact
        else f"not proved in {plan.seconds:g} s; no plan leaves less than {plan.bound:.3%}"
    )
    out.print(
        f"Step by step {plan.step_by_step:.3%}, best {plan.after:.3%}, bound {plan.bound:.3%}, "
        f"gap {plan.gap:.3%}: {proof}.",
        highlight=False,
    )
    show_table(
        "What is left, over the budget",
        ("budget", "left", "measures"),
        [(f"{s.budget:,}", f"{s.loss:.2%}", ", ".join(s.measures)) for s in plan.stairs],
    )
    show_table(
        "Scenarios",
        ("scenario", "weight", "without: mean", "bounds", "with it: mean", "bounds"),
        [
            (
                "/".join((s.scenario, *s.parameters.values())),
                f"{s.weight:.3g}",
                f"{s.before.mean:.2%}",
                f"{s.before.low:.0%} to {s.before.high:.0%}",
                f"{s.after.mean:.2%}",
                f"{s.after.low:.0%} to {s.after.high:.0%}",
            )
            for s in plan.scenarios
        ],
    )
    _show_unknown(plan)
    show_notes(plan.notes)


def _show_unknown(plan: Plan) -> None:
    if plan.unpriced:
        show_table(
            "Nobody has said what these cost, so they were not chosen",
            ("measure", "title", "avoids alone", "left beside the plan"),
            [(s.measure, s.title, f"{s.avoids_alone:.2%}", f"{s.left:.2%}") for s in plan.unpriced],
        )
    if plan.finding_out:
        open_ = [f for f in plan.finding_out if f.changes_plan or f.regret is None]
        show_table(
            "Worth finding out first",
            ("unknown figure", "from", "to", "plan leaves", "another would be better by"),
            [
                (
                    f.figure,
                    f.low,
                    f.high,
                    f"{f.loss_low:.2%} to {f.loss_high:.2%}",
                    f"at most {f.regret_at_most:.3%}" if f.regret is None else f"{f.regret:.3%}",
                )
                for f in open_[:SHOWN]
            ],
        )


def show_notes(notes: Sequence[str]) -> None:
    """Print what was assumed."""
    for each in notes:
        out.print(f"Note: {each}.", highlight=False)
