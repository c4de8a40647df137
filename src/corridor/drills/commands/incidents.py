"""`corridor drill incidents`: what was lost in earnest."""

import typer

from corridor.drills.commands.showing import figure_in_line
from corridor.drills.records import IncidentEnded, IncidentOpened
from corridor.drills.service import Losing
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer()


@commands.command("incidents")
def incidents(context: typer.Context, as_json: AsJson = False) -> None:
    """List what was lost in earnest: what was foretold to continue, and what did.

    Example: corridor drill incidents --json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Losing).incidents(view)
    if as_json:
        show_json(
            [
                {
                    "opened": opened.model_dump(mode="json"),
                    "ended": ended and ended.model_dump(mode="json"),
                }
                for opened, ended in found
            ]
        )
        return
    if not found:
        out.print("Nothing was lost in earnest yet.")
    for opened, ended in found:
        _show(opened, ended)


def _show(opened: IncidentOpened, ended: IncidentEnded | None) -> None:
    over = f"to {ended.ended_at:%Y-%m-%d %H:%M:%S}" if ended else "and lasts"
    title = f"{opened.id[:12]}: {opened.cause}, from {opened.began_at:%Y-%m-%d %H:%M:%S} {over}"
    if opened.note:
        out.print(f"{title}. Nothing was foretold: {opened.note}", highlight=False, markup=False)
        return
    endured = {(e.service, e.language): e for e in ended.lines} if ended else {}
    rows = [
        (
            each.service,
            each.language,
            figure_in_line(each.continuity),
            figure_in_line(known.measured) if known else "",
            "CONTRADICTS" if known and known.contradicts else "",
        )
        for each in opened.lines
        for known in (endured.get((each.service, each.language)),)
    ]
    show_table(title, ("service", "language", "foretold", "measured", ""), rows)
