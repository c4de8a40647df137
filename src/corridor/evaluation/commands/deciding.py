"""`corridor evaluate decide`: settle one question, and stop as soon as it is settled."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, errors, out, runtime_of, show_json, show_table
from corridor.evaluation.commands.gaps import all_readings
from corridor.evaluation.records import Inquiry, Position, Style
from corridor.evaluation.rules.caps import Caps
from corridor.evaluation.service.deciding import Asked, Come, Settled, settle
from corridor.evaluation.service.inquiring import concluded, inquiries, publish
from corridor.evaluation.service.meant import Meant
from corridor.evaluation.service.questions import asked_of
from corridor.evaluation.service.runs import Runs

commands = typer.Typer()
ANSWERS = {"yes": "Yes.", "no": "No.", "open": "It is open."}


@commands.command("decide")
def decide_on(
    context: typer.Context,
    language: Annotated[str, typer.Option(help="In which language.")],
    provider: Annotated[str | None, typer.Argument(help="A provider of the catalogue.")] = None,
    model: Annotated[
        str | None, typer.Option(help="A model of the catalogue, whose file is opened here.")
    ] = None,
    suite: Annotated[str, typer.Option(help="On which items.")] = "parallel-facts",
    gap_under: Annotated[
        float | None, typer.Option(min=0, max=1, help="Is it behind --against by less than this?")
    ] = None,
    against: Annotated[str, typer.Option(help="The other language.")] = "en",
    better_than: Annotated[
        str | None,
        typer.Option(help="Is it better than this other provider (with --model: model)?"),
    ] = None,
    at_least: Annotated[
        float | None, typer.Option(min=0, max=1, help="Is its score at least this?")
    ] = None,
    error: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="How often the answer may be wrong.")
    ] = 0.05,
    style: Annotated[Style | None, typer.Option(help="How to ask, not by the rule.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where the data are.")] = None,
    max_calls: Annotated[int | None, typer.Option(min=1, help="End after so many.")] = None,
    seed: Annotated[int, typer.Option(help="Of the order in which items are asked.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Settle one question about a model with as few calls as it takes, and sign what came of it.

    The answer is of what a full run of the suite would say, and wrong at most as often as --error says,
    whenever it stops. What was asked is not asked again by `corridor evaluate run`. It is no evidence,
    and opens no door.

    Example: corridor evaluate decide own --language hi --gap-under 0.05 --suite corridor-kinds
    """
    runtime = runtime_of(context)
    meant = Meant(
        language=language,
        provider=provider or "",
        model=model or "",
        suite=suite,
        gap_under=gap_under,
        against=against,
        better_than=better_than or "",
        at_least=at_least,
        error=error,
        style=style,
        folder=folder,
        seed=seed,
    )
    runs, known = runtime.service(Runs), all_readings(runtime)
    with runtime.store.view() as view:
        asked = asked_of(runs, view, meant, known)
    began = runs.clock()
    found = _settled(runtime, asked, seed, Caps(calls=max_calls))
    made = concluded(runs, asked, meant, found, began)
    with runtime.store.transaction("evaluator") as tx:
        made = publish(tx, made)
    if as_json:
        show_json(made.model_dump(mode="json"))
        return
    _show(meant, made)


@commands.command("decisions")
def list_decisions(context: typer.Context, as_json: AsJson = False) -> None:
    """List the questions that were asked, and what came of each; partners' included.

    `corridor evaluate show RECORD` says all of one. Example: corridor evaluate decisions
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = inquiries(view)
    if as_json:
        show_json(
            [
                {
                    "entry": kept.entry.model_dump(mode="json"),
                    "decision": kept.record.model_dump(mode="json"),
                }
                for kept in found
            ]
        )
        return
    show_table(
        "Questions",
        ("issuer", "question", "answer", "items", "calls", "record"),
        [
            (
                kept.entry.issuer,
                kept.record.question,
                kept.record.answer,
                f"{kept.record.n} of {kept.record.of}",
                f"{kept.record.calls} of {kept.record.full}",
                kept.record.id[:12],
            )
            for kept in found
        ],
    )


def inquiry_rows(record: Inquiry) -> Iterator[tuple[str, str]]:
    """Yield all that the record of a question says, in words."""
    yield "question", record.question
    yield "answer", f"{record.answer}; {record.verdict}, because {_why(record)}"
    yield "what is bounded", _bounded(record)
    yield "looked at", f"{record.n} of {record.of} items, {record.calls} of {record.full} calls"
    yield "wrong at most", f"{record.error:g} of the times, whenever it stops"
    yield from _position("about", record.side)
    if record.base is not None:
        yield from _position("against", record.base)
    yield "suite", f"{record.suite} {record.suite_version}"
    yield "decided by", record.method
    yield "seeds", f"{record.seed}; of the order {record.order_seed}"
    yield "began", f"{record.began_at:%Y-%m-%d %H:%M} by {record.by}, at {record.where}"
    yield "with", record.harness
    yield "full log", f"SHA-256 {record.log_sha256}, for {record.log_visibility}"


def _why(record: Inquiry) -> str:
    return "its bounds leave no other answer" if record.stopped == "settled" else record.stopped


def _bounded(record: Inquiry) -> str:
    what = "the score" if record.base is None else "the other's score less its own"
    return f"{what}, from {record.at_least:+.2f} to {record.at_most:+.2f}"


def _position(what: str, position: Position) -> Iterator[tuple[str, str]]:
    yield what, f"{position.model} in {position.language}, asked through {position.provider}"
    yield "its file", f"SHA-256 {position.model_sha256}"
    yield "its items", f"SHA-256 {position.suite_sha256}"
    yield "asked", position.method
    if position.rests_on:
        yield "known from", position.rests_on


def _settled(runtime: Runtime, asked: Asked, seed: int, caps: Caps) -> Settled:
    with Progress(console=errors) as progress:
        bar = progress.add_task("asking", total=None)

        def told(come: Come) -> None:
            label = f"{come.asked} of {come.of} items, {come.calls} calls"
            progress.update(bar, description=label, completed=come.asked, total=come.of)

        return asyncio.run(settle(runtime.service(Runs), asked, seed, caps, told))


def _show(meant: Meant, made: Inquiry) -> None:
    what = {"gap": "the gap is", "better": "the other one is ahead by", "at least": "the score is"}
    bounds = f"{made.at_least:+.2f} to {made.at_most:+.2f}"
    out.print(f"{made.question} {ANSWERS[made.answer]}", highlight=False)
    ended = "Settled" if made.verdict == "settled" else "Not settled"
    out.print(
        f"{ended} after {made.n} of {made.of} items, with {made.calls} calls where a "
        f"full run needs {made.full}: {what[meant.kind]} {bounds}.",
        highlight=False,
    )
    if made.verdict != "settled":
        out.print(f"It ended because {made.stopped}.", highlight=False)
    out.print(f"Record {made.id}", highlight=False)
