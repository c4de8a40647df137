"""`corridor evaluate show`: all that a record of evidence says, in words."""

from collections.abc import Iterator
from typing import Annotated

import typer

from corridor.core.corrections import Step
from corridor.core.records import Entry
from corridor.edge.terminal import AsJson, runtime_of, show_json, show_table
from corridor.evaluation.commands.deciding import inquiry_rows
from corridor.evaluation.commands.safety import safety_rows, show_items
from corridor.evaluation.records import (
    Estimate,
    Evaluation,
    Figures,
    Inquiry,
    Made,
    Measure,
    SafetyEvaluation,
    Taken,
)
from corridor.evaluation.service.inquiring import inquiry_named
from corridor.evaluation.service.reproducing import evidence_named

commands = typer.Typer()
Result = Evaluation | Measure | SafetyEvaluation


@commands.command("show")
def show(
    context: typer.Context,
    record: Annotated[str, typer.Argument(help="The id of evidence, or its beginning.")],
    items: Annotated[
        bool, typer.Option("--items", help="Of safety: item by item, the texts masked.")
    ] = False,
    reveal: Annotated[
        bool,
        typer.Option(
            "--reveal", help="Of safety: the texts too; the audit log notes that you read them."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show all that evidence, or the record of a question, says, and whether it still stands.

    What was asked and answered in a suite of safety is shown only with `--reveal`.

    Example: corridor evaluate show 5f2c81
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        kept = inquiry_named(view, record) or evidence_named(view, record)
        steps = view.history(kept.entry)
    if isinstance(kept.record, Inquiry):
        _show_question(kept.entry, kept.record, steps, as_json)
        return
    if items or reveal:
        show_items(runtime, kept.record, in_words=reveal, as_json=as_json)
        return
    if as_json:
        show_json(
            {
                "entry": kept.entry.model_dump(mode="json"),
                "evaluation": kept.record.model_dump(mode="json"),
                "history": [step.model_dump(mode="json") for step in steps],
            }
        )
        return
    rows = [*_what(kept.entry, kept.record), *_origin(kept.record), *_since(steps)]
    show_table(f"Evidence {kept.record.id}", ("what", ""), rows)


def _show_question(entry: Entry, record: Inquiry, steps: list[Step], as_json: bool) -> None:
    if as_json:
        show_json(
            {
                "entry": entry.model_dump(mode="json"),
                "decision": record.model_dump(mode="json"),
                "history": [step.model_dump(mode="json") for step in steps],
            }
        )
        return
    where = ("issuer", f"{entry.issuer}, entry {entry.position} of its log")
    rows = [where, *inquiry_rows(record), *_since(steps)]
    show_table(f"Question {record.id}", ("what", ""), rows)


def _what(entry: Entry, record: Result) -> Iterator[tuple[str, str]]:
    yield "issuer", f"{entry.issuer}, entry {entry.position} of its log"
    yield "model", f"{record.model}, SHA-256 {record.model_sha256}"
    yield "suite", f"{record.suite} {record.suite_version}, SHA-256 {record.suite_sha256}"
    yield "language", record.language
    if isinstance(record, SafetyEvaluation):
        yield from safety_rows(record)
    else:
        yield from _scored(record)
    yield "method", record.method
    yield "seed", str(record.seed)


def _scored(record: Evaluation | Measure) -> Iterator[tuple[str, str]]:
    yield from _figure(record)
    yield from _parity(record)
    if isinstance(record, Measure) and record.corpus is not None:
        told = record.corpus
        yield told.name, f"{_between(told.figure)}, all {told.n} together ({told.signature})"
    yield "answers", f"{record.n}{_verdicts(record)}"
    if record.unanswered:
        yield "never answered", ", ".join(record.unanswered)
    if record.judge:
        yield "judge", record.judge


def _figure(record: Evaluation | Measure) -> Iterator[tuple[str, str]]:
    score = record.figure if isinstance(record, Measure) else record.score
    name = record.metric if isinstance(record, Measure) else "score"
    yield name, f"{_between(score)} ({record.interval})"
    if isinstance(record, Evaluation) and record.above_chance is not None:
        above = record.above_chance
        yield "above chance", f"{above.value:.3f}, where guessing scores {record.chance:.3f}"


def _parity(record: Evaluation | Measure) -> Iterator[tuple[str, str]]:
    if not isinstance(record, Measure) or record.parity is None:
        return
    found = record.parity
    for name, figures in (
        ("information parity", found.information),
        ("token premium", found.token_premium),
    ):
        yield name, f"{_between(figures)}, against {found.against} on {found.n} texts"


def _between(figures: Estimate | Figures) -> str:
    bounds = (figures.low, figures.high)
    low, high = ("unknown" if each is None else f"{each:.3f}" for each in bounds)
    return f"{figures.value:.3f}, 95 % interval {low} to {high}"


def _verdicts(record: Evaluation | Measure) -> str:
    if isinstance(record, Evaluation) and not record.verdicts:
        return f": {record.correct} right"
    return "".join(
        f"{', ' if number else ': '}{count} {name}"
        for number, (name, count) in enumerate(record.verdicts.items())
    )


def _origin(record: Result) -> Iterator[tuple[str, str]]:
    if record.taken is not None:
        yield from _taken(record.taken)
    else:
        yield from _how(record.made)


def _taken(taken: Taken) -> Iterator[tuple[str, str]]:
    yield "asked by", f"{taken.harness}, task {taken.task}; it calls the model {taken.called}"
    yield "signed for", f"{taken.by} at {taken.where}"
    if taken.endpoint is None:
        yield "endpoint", "not known: a log was read"
    else:
        yield "endpoint", f"{taken.endpoint.address}, run by {taken.endpoint.operator}"
        yield "it declared", ", ".join(taken.endpoint.declared) or "nothing"
    yield "tokens", f"{_count(taken.tokens_in)} in, {_count(taken.tokens_out)} out"
    yield "its log", f"SHA-256 {taken.file_sha256}{'' if taken.whole else ', not whole'}"
    yield "answers", f"SHA-256 {taken.samples_sha256}"
    alike = "the same item in every language" if taken.parallel else "not said to be the same"
    yield "items of one name", alike
    if taken.notes:
        yield "notes", " ".join(taken.notes)


def _how(made: Made | None) -> Iterator[tuple[str, str]]:
    if made is None:
        yield "made", "by an earlier release, which did not say how"
        return
    endpoint = made.endpoint
    yield "made", f"{made.began_at:%Y-%m-%d %H:%M} to {made.ended_at:%Y-%m-%d %H:%M} by {made.by}"
    yield "where", made.where
    yield "with", made.harness
    yield "endpoint", f"{endpoint.served} at {endpoint.address}, run by {endpoint.operator}"
    yield "it declared", ", ".join((*endpoint.declared, *endpoint.fingerprints)) or "nothing"
    checked = "opened and checked here" if endpoint.file_checked else "as the catalogue says"
    yield "the model's file", checked
    held = f", held to {made.asking.grammar}" if made.asking.grammar else ""
    yield "asked", f"{made.asking.style}{held}, because {made.asking.rule}; {made.calls} calls"
    yield "tokens", f"{_count(made.tokens_in)} in, {_count(made.tokens_out)} out"
    if made.cost is not None:
        yield "cost", f"{made.cost.amount} of the smallest unit of {made.cost.currency}"
    yield "data", "; ".join((made.licence, *made.notes))
    yield "full log", f"SHA-256 {made.log_sha256}, for {made.log_visibility}"
    if made.reproduces:
        yield "reproduces", made.reproduces


def _since(steps: list[Step]) -> Iterator[tuple[str, str]]:
    for step in steps[1:]:
        instead = f"; {step.replacement} counts instead" if step.replacement else ""
        yield step.act, f"{step.at:%Y-%m-%d %H:%M}: {step.reason}{instead}"


def _count(tokens: int | None) -> str:
    return "not counted" if tokens is None else str(tokens)
