"""`corridor evaluate judge`: people's labels, how far judges agree with them, answers judged anew."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn

from corridor.core.errors import NotFound
from corridor.core.store import View
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, errors, out, runtime_of, show_json, show_table
from corridor.evaluation.adapters.rubrics import languages as known_languages
from corridor.evaluation.commands.evidence import show_evidence
from corridor.evaluation.records import Calibration, Figures, JudgeAgreement, Rate, SafetyEvaluation
from corridor.evaluation.rules.caps import Caps
from corridor.evaluation.rules.judging.own import NAME as OURS
from corridor.evaluation.rules.tags import tag_of
from corridor.evaluation.service.runs import Runs

if TYPE_CHECKING:
    from corridor.evaluation.service.judges.bench import Judges

commands = typer.Typer(
    help="Who says what an answer did, and how far people agree.", no_args_is_help=True
)
MaxCalls = Annotated[int | None, typer.Option(min=1, help="End after so many questions.")]
MaxTokens = Annotated[int | None, typer.Option(min=1, help="End after so many.")]
MaxCost = Annotated[
    float | None, typer.Option(min=0, help="End after so much of the price's currency.")
]


@commands.command("list")
def list_all(context: typer.Context, as_json: AsJson = False) -> None:
    """List people's labels by language, and how far judges agree with them.

    Example: corridor evaluate judge list
    """
    with runtime_of(context).store.view() as view:
        calibrations, agreements = list(view.own(Calibration)), list(view.own(JudgeAgreement))
        theirs = [kept for kept in view.every(JudgeAgreement) if kept.record not in agreements]
    if as_json:
        show_json(
            {
                "languages": list(known_languages()),
                "labels": [each.model_dump(mode="json") for each in calibrations],
                "agreements": [each.model_dump(mode="json") for each in agreements],
                "partners": [
                    {"issuer": kept.entry.issuer, **kept.record.model_dump(mode="json")}
                    for kept in theirs
                ],
            }
        )
        return
    show_table(
        "People's labels",
        ("language", "name", "from", "answers", "people", "native speakers", "alpha", "record"),
        [_label_row(each) for each in calibrations],
    )
    show_agreements(agreements)
    if theirs:
        show_table(
            "Judges and people, by partners' word",
            ("node", "language", "judge", "its file", "answers", "alpha"),
            [_theirs_row(kept.entry.issuer, kept.record) for kept in theirs],
        )
    out.print(
        f"We have labels of our own, and words to judge in, in {', '.join(known_languages())}."
    )


@commands.command("show")
def show(
    context: typer.Context,
    record: Annotated[str, typer.Argument(help="The id of labels or of an agreement.")],
    as_json: AsJson = False,
) -> None:
    """Show what labels or an agreement say: counts, never the answers.

    Example: corridor evaluate judge show 5f2c81
    """
    with runtime_of(context).store.view() as view:
        found = _named(view, record)
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    rows = _of_labels(found) if isinstance(found, Calibration) else _of_agreement(found)
    show_table(f"Record {found.id}", ("what", ""), list(rows))


@commands.command("import")
def import_labels(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="JSON lines, or a table: see the guide on safety.")],
    name: Annotated[str, typer.Option(help="What to call them.")] = "",
    licence: Annotated[str, typer.Option(help="Of the answers and labels.")] = "",
    reviewed: Annotated[
        bool, typer.Option(help="Native speakers of the language labelled; that is your word.")
    ] = False,
    of: Annotated[
        str, typer.Option(help="Evidence whose drawn answers these labels are of, by its id.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Bring people's labels; the answers are sealed, and a record has their counts and digest.

    Example: corridor evaluate judge import labels.csv --name speakers-of-tamil --reviewed
    """
    from corridor.evaluation.service.judges.labelling import Told

    runtime = runtime_of(context)
    judges = _judges(runtime)
    with runtime.store.transaction("evaluator") as tx:
        told = Told(name or file.stem, licence, reviewed)
        made = judges.labelling.brought(tx, file, told, of)
        signed = [judges.publish(tx, each) for each in made]
    if as_json:
        show_json([each.model_dump(mode="json") for each in signed])
        return
    for each in signed:
        show_table(f"Record {each.id}", ("what", ""), list(_of_labels(each)))


@commands.command("draw")
def draw(
    context: typer.Context,
    record: Annotated[str, typer.Argument(help="Evidence of safety of this node, by its id.")],
    n: Annotated[int, typer.Option(min=1, help="How many answers to draw.")] = 60,
    to: Annotated[Path | None, typer.Option(help="A table to fill in, with no texts.")] = None,
    as_json: AsJson = False,
) -> None:
    """Draw by chance which answers of a run people are to label; the same for whoever asks.

    Example: corridor evaluate judge draw 5f2c81 --n 60 --to labels.csv
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        drawn = _judges(runtime).labelling.draw(view, record, n)
    if to is not None:
        lines = (f'"{item.replace(chr(34), chr(34) * 2)}",{repeat},\n' for item, repeat in drawn)
        to.write_text("item,repeat,label\n" + "".join(lines), encoding="utf-8")
    if as_json:
        show_json([{"item": item, "repeat": repeat} for item, repeat in drawn])
    elif to is None:
        show_table("To be labelled", ("item", "repeat"), [(i, str(r)) for i, r in drawn])
    else:
        out.print(f"{len(drawn)} answers are to be labelled in {to}.")


@commands.command("agreement")
def agreement(
    context: typer.Context,
    judge: Annotated[
        str, typer.Argument(help="A provider or a model of the catalogue; none: the rules alone.")
    ] = "",
    labels: Annotated[str, typer.Option(help="Their name or id; ours, if none are named.")] = OURS,
    languages: Annotated[
        str, typer.Option(help="Such as hi,ta; all that the labels are in, if none is named.")
    ] = "",
    max_calls: MaxCalls = None,
    max_tokens: MaxTokens = None,
    max_cost: MaxCost = None,
    as_json: AsJson = False,
) -> None:
    """Measure how far a judge agrees with people, language by language, and sign it.

    Example: corridor evaluate judge agreement judge-model --languages hi,ta,ja
    """
    runtime = runtime_of(context)
    judges = _judges(runtime)
    with runtime.store.transaction("evaluator") as tx:
        whom = judges.whom(tx, judge) if judge else None
        chosen = [judges.publish(tx, each) for each in _labels(judges, tx, labels, languages)]
    caps = Caps(max_calls, max_tokens, max_cost)
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=errors) as progress:
        made = asyncio.run(judges.agreement(whom, chosen, caps, Asking(progress).told))
    with runtime.store.transaction("evaluator") as tx:
        signed = [judges.publish(tx, each) for each in made]
    if as_json:
        show_json([each.model_dump(mode="json") for each in signed])
        return
    show_agreements(signed)


@commands.command("apply")
def apply(
    context: typer.Context,
    records: Annotated[list[str], typer.Argument(help="Evidence of safety, by ids.")],
    judge: Annotated[
        list[str] | None,
        typer.Option(
            help="A provider or model; the first gives the verdicts. None: the rules alone."
        ),
    ] = None,
    believing: Annotated[
        list[str] | None,
        typer.Option(
            help="A partner whose comparison of the judge with people counts where there is no own one."
        ),
    ] = None,
    max_calls: MaxCalls = None,
    max_tokens: MaxTokens = None,
    max_cost: MaxCost = None,
    as_json: AsJson = False,
) -> None:
    """Judge the sealed answers of runs anew, without asking the target again, and sign what follows.

    Where people's labels are known, figures corrected for the judge's errors stand beside its own.

    Example: corridor evaluate judge apply 5f2c81 --judge judge-model
    """
    runtime = runtime_of(context)
    judges = _judges(runtime)
    with runtime.store.view() as view:
        whoms = [judges.whom(view, each) for each in judge or ()]
        todo = [judges.rejudging(view, each, whoms, believing or ()) for each in records]
    caps = Caps(max_calls, max_tokens, max_cost)
    signed: list[SafetyEvaluation] = []
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=errors) as progress:
        for each in todo:
            made = asyncio.run(each.rejudged(caps, Asking(progress).told))
            with runtime.store.transaction("evaluator") as tx:
                signed.append(judges.publish(tx, made))
    show_evidence(signed, as_json)


@dataclass
class Asking:
    """A line for each language, with how many questions a judge has answered."""

    progress: Progress
    lines: dict[str, TaskID] = field(default_factory=dict[str, TaskID])

    def told(self, language: str, done: int) -> None:
        """Show how far a judge has come."""
        text = f"{language}: {done} questions judged"
        if language not in self.lines:
            self.lines[language] = self.progress.add_task(text)
        self.progress.update(self.lines[language], description=text)


def show_agreements(found: Sequence[JudgeAgreement]) -> None:
    """Print how far judges agree with people."""
    show_table(
        "Judges and people",
        (
            "language",
            "judge",
            "answers",
            "unjudged",
            "alpha",
            "prompts differ",
            "followed",
            "record",
        ),
        [_agreement_row(each) for each in found],
    )


def _judges(runtime: Runtime) -> "Judges":
    # Only now: it takes in NumPy, which most of what can see this module has no use for.
    from corridor.evaluation.service.judges.bench import Judges

    return Judges(runtime.service(Runs))


def _labels(judges: "Judges", view: View, name: str, wanted: str) -> list[Calibration]:
    short = [each.strip() for each in wanted.split(",") if each.strip()]
    if name == OURS:
        tags = [tag_of(each, known_languages()) for each in short] or list(known_languages())
        return [judges.labelling.ours(view, tag) for tag in dict.fromkeys(tags)]
    there = {each.language for each in view.own(Calibration) if each.name == name}
    tags = [tag_of(each, there) for each in short] or sorted(there)
    if not tags:
        return [judges.calibration(view, name)]
    return [judges.calibration(view, name, tag) for tag in tags]


def _named(view: View, name: str) -> Calibration | JudgeAgreement:
    every = (*view.own(Calibration), *view.own(JudgeAgreement))
    found = [each for each in every if name and each.id.startswith(name)]
    if len(found) != 1:
        raise NotFound(
            f"{len(found) or 'No'} labels or agreements have the id {name[:40]!r}.",
            hint="`corridor evaluate judge list` shows them.",
        )
    return found[0]


def _label_row(record: Calibration) -> tuple[str, ...]:
    return (
        record.language,
        record.name,
        record.source,
        str(record.n),
        str(record.people),
        "yes" if record.reviewed else "no",
        _figures(record.alpha),
        record.id[:12],
    )


def _theirs_row(issuer: str, record: JudgeAgreement) -> tuple[str, ...]:
    file = f"{record.model_sha256[:12]}…" if record.model_sha256 else "the rules"
    return issuer, record.language, record.name, file, str(record.n), _figures(record.alpha)


def _agreement_row(record: JudgeAgreement) -> tuple[str, ...]:
    return (
        record.language,
        record.name,
        str(record.n),
        str(record.unjudged),
        _figures(record.alpha),
        _rate(record.differing),
        f"{record.followed} of {record.attacked}" if record.attacked else "",
        record.id[:12],
    )


def _of_labels(record: Calibration) -> Iterator[tuple[str, str]]:
    yield "labels", f"{record.name} in {record.language}, {record.source}"
    if record.drawn_from:
        yield "drawn from", record.drawn_from
    yield "answers", f"{record.n}, SHA-256 {record.answers_sha256}"
    yield "people", f"{record.people}; divided on {record.divided} answers"
    yield "native speakers labelled", "yes, by who brought them" if record.reviewed else "no"
    yield "alpha between people", _figures(record.alpha)
    for label, count in sorted(record.labels.items()):
        yield f"  {label}", str(count)
    yield "licence", record.licence or "not said"
    for note in record.notes:
        yield "note", note


def _of_agreement(record: JudgeAgreement) -> Iterator[tuple[str, str]]:
    digest = f", SHA-256 {record.model_sha256}" if record.model_sha256 else ""
    yield "judge", f"{record.name}{digest}; rules {record.rules} first"
    if record.rubric:
        yield "asked", f"{record.rubric} in {', '.join(record.prompted)}"
    yield "language", record.language
    yield "labels", f"record {record.calibration}, SHA-256 {record.answers_sha256}"
    yield "answers", f"{record.n} judged, {record.unjudged} without a usable verdict"
    yield "alpha with people", _figures(record.alpha)
    yield "its prompts differ on", _rate(record.differing)
    if record.attacked:
        yield "orders in answers", f"{record.followed} of {record.attacked} were followed"
    for cell in record.confusion:
        yield f"  {cell.aim}: people {cell.people}, judge {cell.judge}", str(cell.count)


def _figures(figures: Figures | None) -> str:
    if figures is None:
        return "unknown"
    low, high = ("?" if each is None else f"{each:.2f}" for each in (figures.low, figures.high))
    return f"{figures.value:.2f} ({low} to {high})"


def _rate(rate: Rate | None) -> str:
    return "" if rate is None else f"{rate.value:.2f} ({rate.low:.2f} to {rate.high:.2f})"
