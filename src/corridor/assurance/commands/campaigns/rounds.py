"""`corridor assurance campaign read`, `write` and `run`: what models do, and what is done to one."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from corridor.assurance.commands.campaigns.beginning import CampaignName
from corridor.assurance.commands.campaigns.steps import By
from corridor.assurance.records.campaigns import Attempt
from corridor.assurance.service import Batch, Rounds
from corridor.core.errors import Invalid, NotFound
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, errors, out, runtime_of, show_json
from corridor.evaluation import Caps, Category

commands = typer.Typer()

MaxCalls = Annotated[
    int | None, typer.Option("--max-calls", min=1, help="End after so many calls.")
]
MOST_BYTES = 4 * 1024 * 1024


@commands.command("read")
def read(
    context: typer.Context,
    name: CampaignName,
    document: Annotated[Path, typer.Argument(help="A text in UTF-8.")],
    category: Annotated[Category, typer.Option(help="What its requirements are about.")],
    count: Annotated[int, typer.Option(min=1, max=100, help="At most so many a part.")] = 10,
    max_calls: MaxCalls = None,
    as_json: AsJson = False,
) -> None:
    """Let the campaign's model find what a document requires; each waits for a person's review.

    Example: corridor assurance campaign read helpline-2026 policy.txt --category leakage
    """
    if not document.is_file():
        raise NotFound(f"There is no file {document}.")
    if document.stat().st_size > MOST_BYTES:
        raise Invalid(f"{document.name} has more than {MOST_BYTES // 1024 // 1024} MiB.")
    try:
        text = document.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(f"{document.name} is no text in UTF-8: byte {error.start}.") from error
    runtime = runtime_of(context)
    rounds = runtime.service(Rounds)
    with runtime.store.view() as view:
        session = rounds.session(view, name, "requirements")
    caps = Caps(calls=max_calls)
    batches = rounds.read(session, (document.name, text), category, count, caps)
    _tell(asyncio.run(keep(runtime, "parts", batches)), "requirements", as_json=as_json)


@commands.command("write")
def write(
    context: typer.Context,
    name: CampaignName,
    count: Annotated[int, typer.Option(min=1, max=50, help="For a requirement and language.")] = 3,
    max_calls: MaxCalls = None,
    as_json: AsJson = False,
) -> None:
    """Let the campaign's model write attacks on accepted requirements, in each language; each waits for a review.

    Example: corridor assurance campaign write helpline-2026 --count 3
    """
    runtime = runtime_of(context)
    rounds = runtime.service(Rounds)
    with runtime.store.view() as view:
        session = rounds.session(view, name, "attacks")
    batches = rounds.write(session, count, Caps(calls=max_calls))
    found = asyncio.run(keep(runtime, "requirements in languages", batches))
    _tell(found, "attacks", as_json=as_json)


@commands.command("run")
def run(
    context: typer.Context,
    name: CampaignName,
    by: By,
    times: Annotated[int, typer.Option(min=1, max=1000, help="How often each is made.")] = 3,
    max_calls: MaxCalls = None,
    as_json: AsJson = False,
) -> None:
    """Make the accepted attacks, judge what comes back, and keep what came of each. Goes on where it was cut off.

    Example: corridor assurance campaign run helpline-2026 --by meena --times 5
    """
    runtime = runtime_of(context)
    rounds = runtime.service(Rounds)
    with runtime.store.view() as view:
        session = rounds.attacking(view, name, by)
    todo = session.board.to_try(times)
    batches = rounds.run(session, by, todo, times, Caps(calls=max_calls))
    _tell(asyncio.run(keep(runtime, "attacks", batches)), "attempts", as_json=as_json)


async def keep(runtime: Runtime, what: str, batches: AsyncGenerator[Batch]) -> list[Batch]:
    """Sign each batch as it comes, and show how far the round has come."""
    found: list[Batch] = []
    rounds = runtime.service(Rounds)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        bar = progress.add_task(what, total=None)
        async for batch in batches:
            with runtime.store.transaction("operator") as tx:
                rounds.keep(tx, batch)
            found.append(batch)
            progress.update(bar, completed=batch.done, total=batch.total)
    return found


def _tell(found: list[Batch], what: str, *, as_json: bool) -> None:
    made = [step for batch in found for step in batch.steps]
    left_out = sum(batch.left_out for batch in found)
    conducts: Counter[str] = Counter()
    for step in made:
        if isinstance(step, Attempt):
            conducts.update(step.conducts)
    if as_json:
        ids = [step.id for step in made]
        show_json({"made": ids, "left_out": left_out, "conducts": dict(conducts)})
        return
    said = ", ".join(f"{count} {conduct}" for conduct, count in sorted(conducts.items()))
    out.print(f"{len(made)} {what}{f': {said}' if said else ''}.", highlight=False)
    if left_out:
        out.print(f"{left_out} lines were not in the form that was asked for.", highlight=False)
