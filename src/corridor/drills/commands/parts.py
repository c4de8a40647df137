"""`corridor drill part`: hold this node's part of a drill that several nodes hold."""

import asyncio
import time
from pathlib import Path
from typing import Annotated

import typer

from corridor.access import Decider
from corridor.drills.adapters.control import post
from corridor.drills.commands.agreements import Proposal, part_in_words
from corridor.drills.commands.conducting import secret_in, show_begun, show_contradictions, told
from corridor.drills.commands.showing import Folder, show
from corridor.drills.records import DrillsJoined
from corridor.drills.rules.agreements import is_waited_for
from corridor.drills.rules.running import duration
from corridor.drills.service import Agreements, Conducting
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, runtime_of

commands = typer.Typer()
LOOK_SECONDS = 0.5


@commands.command("part")
def part(
    context: typer.Context,
    proposal: Proposal,
    wait: Annotated[
        str, typer.Option(help="How long to wait for the others' results at the end.")
    ] = "30s",
    second_key: Annotated[
        Path | None,
        typer.Option(help="A file with the personal key of a second person, who agrees."),
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Let the node that runs hold it; return at once.")
    ] = False,
    report: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Hold this node's part of a drill that was agreed on, and sign its result beside the others'.

    It is a drill of this node's own, within the limits that it set: whatever becomes of a partner,
    it goes on to its end and restores what it withdrew. What a partner's result adds later, the
    node signs when it arrives; `corridor drill report` shows it then.

    Example: corridor drill part 3f2a --wait 2m
    """
    runtime = runtime_of(context)
    patience = duration(wait).total_seconds()
    key = secret_in(second_key) if second_key else ""
    agreements, store = runtime.service(Agreements), runtime.store
    with store.view() as view:
        runtime.service(Decider).refresh(view)  # no follower is in this process
        own = agreements.part(view, proposal, key)
    if detach:
        _handed_over(runtime, own.name, key, as_json=as_json)
        return
    conducting = runtime.service(Conducting)
    conducted = asyncio.run(conducting.conduct(store, own.loss, own.wanted, told))
    joined = _joined(runtime, own.name, patience)
    show(runtime, conducted.result, report, as_json=as_json)
    for each in joined.others if joined else ():
        told(f"The part of {each.node}: {part_in_words(each)}.")
    show_contradictions(conducted.contradictions)


def _handed_over(runtime: Runtime, name: str, key: str, *, as_json: bool) -> None:
    """Let the node that runs hold the part; it is under way when this returns."""
    path = f"/drills/proposals/{name}/part"
    answer = post(runtime.address, runtime.operator_token, path, {"second_key": key})
    show_begun(answer, as_json=as_json)


def _joined(runtime: Runtime, name: str, patience: float) -> DrillsJoined | None:
    """Sign what there is, and wait a while for what others find."""
    agreements, end = runtime.service(Agreements), time.monotonic() + patience
    while True:
        agreements.look(runtime.store)
        with runtime.store.view() as view:
            joined = agreements.agreement(view, name).joined
        if joined is None or not is_waited_for(joined) or time.monotonic() > end:
            return joined
        time.sleep(LOOK_SECONDS)
