"""`corridor evaluate reproduce`: make evidence again, and say within what it agrees."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from corridor.core.errors import Unavailable
from corridor.edge.terminal import AsJson, out, runtime_of, show_json
from corridor.evaluation.commands.runs import carry_out
from corridor.evaluation.records import Evaluation
from corridor.evaluation.rules.agreement import Agreement
from corridor.evaluation.rules.caps import Caps
from corridor.evaluation.service import Runs
from corridor.evaluation.service.reproducing import (
    agreement_of,
    check_alike,
    score_named,
    wanted_to_repeat,
)

commands = typer.Typer()


@commands.command("reproduce")
def reproduce(
    context: typer.Context,
    record: Annotated[str, typer.Argument(help="The id of evidence, or its beginning.")],
    provider: Annotated[
        str, typer.Option(help="Whom to ask; else the record's, or the model's file here.")
    ] = "",
    folder: Annotated[
        Path | None, typer.Option(help="Where the data are, in their published layout.")
    ] = None,
    max_calls: Annotated[int | None, typer.Option(min=1, help="End after so many.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make evidence again as its record says, sign it, and say within what both agree.

    Example: corridor evaluate reproduce 5f2c81 --folder ./sib200
    """
    runtime = runtime_of(context)
    runs = runtime.service(Runs)
    with runtime.store.view() as view:
        first = score_named(view, record)
        plan = runs.plan(view, wanted_to_repeat(runs, view, first, provider, folder))
    check_alike(plan, first)
    made = [each.record for each in carry_out(runtime, plan, Caps(calls=max_calls))]
    second = next((each for each in made if isinstance(each, Evaluation)), None)
    if second is None:
        raise Unavailable("Too few items were answered to compare anything.")
    _show(first, second, agreement_of(runs, plan, first, second), as_json)


def _show(first: Evaluation, second: Evaluation, found: Agreement, as_json: bool) -> None:
    if as_json:
        interval = found.difference.interval
        show_json(
            {
                "record": first.id,
                "reproduction": second.id,
                "agrees": found.agrees,
                "items": found.items,
                "same": found.same,
                "identical": found.identical,
                "difference": asdict(interval),
                "p": found.difference.p,
                "method": found.difference.method,
            }
        )
        return
    out.print(
        f"{first.model} on {first.suite} in {first.language}: {first.score.value:.3f} in record "
        f"{first.id[:12]}, {second.score.value:.3f} now, in record {second.id[:12]}.",
        highlight=False,
    )
    out.print(found.finding, highlight=False)
    if found.identical is None:
        out.print("The full log of one of them is not here, so the texts were not compared.")
    else:
        out.print(f"The texts are the same to the letter for {found.identical} of {found.items}.")
