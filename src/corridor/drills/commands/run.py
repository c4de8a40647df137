"""`corridor drill run`: hold a drill on the running node."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from corridor.access import Decider
from corridor.core.errors import Invalid
from corridor.drills.commands.showing import Folder, show
from corridor.drills.records import Tripwire
from corridor.drills.rules.running import duration
from corridor.drills.rules.stages import stages_in
from corridor.drills.service import Conducting, Loss, Wanted
from corridor.drills.service.holding import default_stages
from corridor.edge.terminal import AsJson, errors, runtime_of

commands = typer.Typer()


@commands.command("run")
def run(
    context: typer.Context,
    withdraw: Annotated[str, typer.Option(help="The supplier to withdraw.")],
    lasting: Annotated[str, typer.Option("--for", help="For how long: 30s, 5m, 1h.")] = "30s",
    service: Annotated[str | None, typer.Option(help="Only this service.")] = None,
    stages: Annotated[
        str, typer.Option(help="In place of --for: shadow:10s,canary:30s@10%,full:60s.")
    ] = "",
    most_failed: Annotated[
        float, typer.Option(min=0, max=1, help="It ends if so many more live requests fail ...")
    ] = 0.05,
    most_slower: Annotated[
        float, typer.Option(min=1, help="... or take so many times as long as before.")
    ] = 10.0,
    second_key: Annotated[
        Path | None,
        typer.Option(help="A file with the personal key of a second person, who agrees."),
    ] = None,
    report: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Withdraw a supplier for a while, measure what continues, restore it, write the report.

    What it will leave is foretold first, and kept; where it measures otherwise, that is raised.
    Ctrl-C, `corridor drill abort`, and limits on what live requests suffer end it before its time.

    Example: corridor drill run --withdraw overseas-vendor --stages shadow:10s,canary:30s@10%
    """
    runtime = runtime_of(context)
    length = duration(lasting)
    wanted = Wanted(
        stages_in(stages) if stages else tuple(default_stages(length)),
        Tripwire(failed=most_failed, slower=most_slower),
        _secret_in(second_key) if second_key else "",
    )
    store = runtime.store
    with store.view() as view:
        runtime.service(Decider).refresh(view)  # no follower is in this process
    conducting, loss = runtime.service(Conducting), Loss(withdraw, service=service)
    conducted = asyncio.run(conducting.conduct(store, loss, wanted, _told))
    show(runtime, conducted.result, report, as_json=as_json)
    for each in conducted.contradictions:
        errors.print(
            f"[bold red]CONTRADICTS[/] what was foretold: {each.service} in {each.language}: {each.why}. "
            "The model or the evidence is wrong."
        )


def _told(text: str) -> None:
    errors.print(text, markup=False)


def _secret_in(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} cannot be read.", hint="Give a file with one key in it.") from error
