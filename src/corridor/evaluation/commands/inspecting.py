"""`corridor evaluate inspect`: any task of Inspect, over a provider of the catalogue."""

import asyncio
import json
from typing import Annotated

import typer

from corridor.core.errors import Invalid
from corridor.edge.terminal import AsJson, errors, out, runtime_of, show_json
from corridor.evaluation.commands.evidence import show_evidence
from corridor.evaluation.commands.imports import published, show, told
from corridor.evaluation.rules.caps import Caps
from corridor.evaluation.service.inspect_runs import InspectTask, carry_out, whom_of
from corridor.evaluation.service.runs import Runs

commands = typer.Typer()


@commands.command("inspect")
def inspect_task(
    context: typer.Context,
    task: Annotated[str, typer.Argument(help="file.py@name, or a registered name.")],
    provider: Annotated[str, typer.Option(help="A provider of the catalogue.")],
    argument: Annotated[
        list[str] | None, typer.Option("-T", help="NAME=VALUE, for the task; may be repeated.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many samples.")] = None,
    language: Annotated[str, typer.Option(help="Of samples that do not say it: ta-Taml.")] = "",
    score: Annotated[str, typer.Option(help="Which one, where the task has several.")] = "",
    parallel: Annotated[
        bool, typer.Option(help="State that an item's name means the same item in every language.")
    ] = False,
    max_calls: Annotated[int | None, typer.Option(min=1, help="End after so many.")] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="End after so many.")] = None,
    max_cost: Annotated[
        float | None, typer.Option(min=0, help="End after so much of the price's currency.")
    ] = None,
    max_hours: Annotated[float | None, typer.Option(min=0, help="End after so many.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run a task of Inspect over a provider and publish what follows; needs the extra `evaluation`.

    A task is a program of its own: run only those that you would run anyway. One that was cut off goes
    on when the same command is given again; Inspect's log is kept, and `inspect view` opens it.

    Example: corridor evaluate inspect tasks.py@capitals --provider own --language hi-Deva
    """
    runtime = runtime_of(context)
    runs = runtime.service(Runs)
    arguments = dict(_pair(each) for each in argument or ())
    wanted = InspectTask(task, arguments, limit, language, score, parallel)
    with runtime.store.view() as view:
        whom = whom_of(runs, view, provider)
    errors.print(f"Inspect runs {task} over {provider}.", markup=False)
    caps = Caps(max_calls, max_tokens, max_cost, max_hours)
    ran = asyncio.run(carry_out(runs, whom, wanted, caps))
    signed = published(runtime, ran.found, provider=provider, endpoint=ran.endpoint)
    if as_json:
        show_json({**told(ran.found, signed), "log": str(ran.log)})
        return
    show(ran.found)
    show_evidence(signed, as_json)
    out.print(f"Inspect's log: {ran.log}", markup=False, soft_wrap=True)


def _pair(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise Invalid(f"{text[:80]!r} is no NAME=VALUE.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
