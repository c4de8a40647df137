"""`corridor evaluate reproduce`: make evidence again, and say within what it agrees."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from corridor.core.errors import Unavailable
from corridor.edge.terminal import AsJson, out, runtime_of, show_json
from corridor.evaluation.commands.runs import carry_out
from corridor.evaluation.records import Evaluation, Parity
from corridor.evaluation.rules.agreement import Agreement
from corridor.evaluation.rules.caps import Caps
from corridor.evaluation.service import Runs
from corridor.evaluation.service.reproducing import (
    Repeatable,
    agreement_of,
    check_alike,
    repeatable_named,
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
        first = repeatable_named(view, record)
        plan = runs.plan(view, wanted_to_repeat(runs, view, first, provider, folder))
    check_alike(plan, first)
    made = [each.record for each in carry_out(runtime, plan, Caps(calls=max_calls))]
    second = next((each for each in made if isinstance(each, type(first))), None)
    if second is None:
        raise Unavailable("Too few items were answered to compare anything.")
    _show(first, second, agreement_of(runs, plan, first, second), as_json)


def _show(first: Repeatable, second: Repeatable, found: Agreement, as_json: bool) -> None:
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
                "parity": [_dumped(each) for each in (_parity(first), _parity(second))],
            }
        )
        return
    out.print(
        f"{first.model} on {first.suite} in {first.language}: {_value(first):.3f} in record "
        f"{first.id[:12]}, {_value(second):.3f} now, in record {second.id[:12]}.",
        highlight=False,
    )
    out.print(found.finding, highlight=False)
    if (then := _parity(first)) is not None:
        _show_parity(then, _parity(second))
    if found.identical is None:
        out.print("The full log of one of them is not here, so the texts were not compared.")
    else:
        out.print(f"The texts are the same to the letter for {found.identical} of {found.items}.")


def _show_parity(then: Parity, now: Parity | None) -> None:
    if now is None:
        out.print(f"It has no parity now: measure {then.against} first, in the same way.")
        return
    for what, one, two in (
        ("Information parity", then.information, now.information),
        ("Token premium", then.token_premium, now.token_premium),
    ):
        out.print(f"{what}: {one.value:.3f} in the record, {two.value:.3f} now.", highlight=False)


def _value(record: Repeatable) -> float:
    return record.score.value if isinstance(record, Evaluation) else record.figure.value


def _parity(record: Repeatable) -> Parity | None:
    return None if isinstance(record, Evaluation) else record.parity


def _dumped(parity: Parity | None) -> dict[str, object] | None:
    return None if parity is None else parity.model_dump(mode="json")
