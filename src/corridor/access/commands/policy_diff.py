"""`corridor access diff`: what a change of policies would have meant for the decisions of late."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from corridor.access.commands.policies import texts_in
from corridor.access.errors import NoSuchPolicy
from corridor.access.ports import PolicySet
from corridor.access.rules.policy_replay import Change, Changes
from corridor.access.service.policies import SHORTEST_VERSION, Policies
from corridor.access.service.policy_replay import MOST, Replay
from corridor.core.store import View
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

NOW = "now"
DIGITS = frozenset("0123456789abcdef")
WHICH = f"`{NOW}`, a version, or a Cedar file or folder that is added to those in force."


def diff(
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help=WHICH)],
    new: Annotated[str, typer.Argument(metavar="NEW", help=WHICH)],
    days: Annotated[float, typer.Option(min=0.01, max=731, help="So far back.")] = 7,
    most: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = MOST,
    as_json: AsJson = False,
) -> None:
    """Replay past decisions under other policies: who would gain, and who would lose.

    Example: corridor access diff now night-shift.cedar --days 7
    """
    runtime = runtime_of(context)
    policies = runtime.service(Policies)
    with runtime.store.view() as view:
        before, after = (_chosen(policies, view, which) for which in (old, new))
        changes = runtime.service(Replay).changes(view, before, after, timedelta(days=days), most)
    if as_json:
        show_json({"decisions": changes.decisions, **asdict(changes)})
        return
    _show(changes)
    if changes.decisions == most:
        out.print(f"Only the newest {most} decisions were replayed; --most takes more.")


def _chosen(policies: Policies, view: View, which: str) -> PolicySet:
    if which == NOW:
        return policies.in_force(view)
    path = Path(which)
    if path.exists():
        return policies.with_added(view, texts_in([path]))
    if len(which) >= SHORTEST_VERSION and set(which) <= DIGITS:
        return policies.at_version(view, which)
    raise NoSuchPolicy(f"{which!r} is no file, no folder and no version.", hint=f"Give {WHICH}")


def _show(changes: Changes) -> None:
    _show_side("Would gain access", changes.gain, closed="before")
    _show_side("Would lose access", changes.lose, closed="after")
    for title, counts in (("open", changes.reasons_gone), ("close", changes.reasons_new)):
        for reason, count in counts.items():
            out.print(f"{reason} would {title} {count}", highlight=False)
    gained, lost = (sum(each.decisions for each in side) for side in (changes.gain, changes.lose))
    out.print(
        f"Of {changes.decisions} decisions {gained} would be gained, {lost} lost, "
        f"{changes.same} come out the same.",
        highlight=False,
    )


def _show_side(title: str, found: Sequence[Change], *, closed: str) -> None:
    show_table(
        title,
        ("who", "of", "organisation", "model", "purpose", "surface", "decisions", "reasons"),
        [
            (
                each.who[:12],
                each.home,
                each.organisation,
                each.model,
                each.purpose,
                each.surface,
                each.decisions,
                ", ".join(each.before if closed == "before" else each.after),
            )
            for each in found
        ],
    )
