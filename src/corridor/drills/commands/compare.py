"""`corridor drill compare`: two drills side by side."""

from typing import Annotated

import typer

from corridor.drills.commands.showing import figure_in_line
from corridor.drills.records.comparisons import Compared
from corridor.drills.service.comparing import compare
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer()
Record = Annotated[str, typer.Argument(help="A drill's id, or its beginning; a partner's too.")]


@commands.command("compare")
def compare_drills(
    context: typer.Context, first: Record, second: Record, as_json: AsJson = False
) -> None:
    """Show in which languages the second drill went better or worse, beyond noise.

    Example: corridor drill compare 3f2a 9b1c
    """
    with runtime_of(context).store.view() as view:
        found = compare(view, first, second)
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    for place, each in (("First", found.first), ("Second", found.second)):
        out.print(
            f"{place}: {each.cause} on {each.withdrawn_at:%Y-%m-%d %H:%M} "
            f"at {each.issuer}, {each.how}; record {each.record_id}.",
            highlight=False,
        )
    show_table(
        "The second against the first",
        ("service", "language", "first", "second", "difference", "continuity", "failed", "switch"),
        [_row(each) for each in found.lines],
    )
    for name, only in (("first", found.only_first), ("second", found.only_second)):
        if only:
            out.print(f"Only in the {name}: {', '.join(only)}.", highlight=False)
    for note in found.notes:
        out.print(f"Note: {note}.", highlight=False)


def _row(each: Compared) -> tuple[str, ...]:
    same = ", same evidence" if each.same_evidence else ""
    return (
        each.service,
        each.language,
        figure_in_line(each.first.continuity),
        figure_in_line(each.second.continuity),
        "unknown" if each.difference.value is None else f"{each.difference.value:+.2f}",
        f"{each.continuity}{same}",
        _failures(each),
        f"{_seconds(each.first.switch_seconds)} to {_seconds(each.second.switch_seconds)}",
    )


def _failures(each: Compared) -> str:
    before, after = _percent(each.first.failed.value), _percent(each.second.failed.value)
    return f"{before} to {after}: {each.failures}"


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.0%}"


def _seconds(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.2f} s"
