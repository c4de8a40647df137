"""`corridor drill list` and `report`: the drills that were held."""

from typing import Annotated

import typer

from corridor.drills.adapters.report import answer_of
from corridor.drills.commands.showing import Folder, figure_in_line, show_report
from corridor.drills.service import Drills, Reminding, Reporting
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer()


@commands.command("list")
def list_drills(context: typer.Context, as_json: AsJson = False) -> None:
    """List the drills that were held. Example: corridor drill list --json."""
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Drills).results(view)
        changed = [] if as_json else runtime.service(Reminding).reminders(view)
    if as_json:
        show_json([answer_of(result) for result in found])
        return
    show_table(
        "Drills",
        ("record", "lost", "when", "requests", "failed", "worst continuity"),
        [
            (
                r.id[:12],
                r.cause,
                f"{r.withdrawn_at:%Y-%m-%d %H:%M:%S}",
                r.requests.sent,
                r.requests.failed,
                f"{figure_in_line(r.worst_case.continuity)} ({r.worst_case.language})"
                if r.worst_case
                else "unknown",
            )
            for r in found
        ],
    )
    if changed:
        what = f"{changed[0]}; {len(changed)} in all" if len(changed) > 1 else str(changed[0])
        out.print(f"To be rehearsed: {what}. `corridor drill reminders` shows it.", highlight=False)


@commands.command("report")
def report_again(
    context: typer.Context,
    record: Annotated[
        str, typer.Argument(help="The id of a drill's record, or its beginning; a partner's too.")
    ],
    report: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Write the report of an earlier drill again, from signed records.

    What to do first is worked out anew, by what the supply chain knows now.

    Example: corridor drill report 3f2a --report reports/spring
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Reporting).report(view, record)
    show_report(runtime, found, report, as_json=as_json)
