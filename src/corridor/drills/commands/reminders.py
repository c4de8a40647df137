"""`corridor drill reminders`: what is to be rehearsed again."""

import typer

from corridor.drills.service import Reminding
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer()


@commands.command("reminders")
def reminders(context: typer.Context, as_json: AsJson = False) -> None:
    """Show what changed since it was last rehearsed, or never was, with a drill that would show it.

    Example: corridor drill reminders
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Reminding).reminders(view)
    if as_json:
        show_json([each.model_dump(mode="json") for each in found])
        return
    if not found:
        out.print("Nothing that services rest on waits to be rehearsed.")
        return
    show_table(
        "To be rehearsed",
        ("what", "of", "why", "since", "last drill"),
        [
            (
                f"{each.what} {each.name}",
                ", ".join(each.services),
                f"{', '.join(each.changed)} changed" if each.last_drill else "never rehearsed",
                f"{each.changed_at:%Y-%m-%d %H:%M}",
                f"{each.last_drill[:12]} of {each.last_at:%Y-%m-%d}"
                if each.last_drill and each.last_at
                else "none",
            )
            for each in found
        ],
    )
    out.print("A drill for each:")
    for command in dict.fromkeys(each.command for each in found):
        out.print(f"  {command}", highlight=False)
