"""`corridor evaluate gap` and `compare`: differences between languages and between models."""

from dataclasses import asdict
from typing import Annotated

import typer

from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, errors, out, runtime_of, show_json, show_table
from corridor.evaluation.rules.models import Compared, Versus, compare
from corridor.evaluation.rules.statistics.intervals import Interval
from corridor.evaluation.rules.summary import MARGIN, MINIMUM_N, Gap, Summary, plain, summarise
from corridor.evaluation.service.evidence import Evaluator
from corridor.evaluation.service.reading import Reading, reading_of, readings
from corridor.evaluation.service.runs import Runs

commands = typer.Typer()

ModelName = Annotated[
    str, typer.Argument(help="A model or provider, or the beginning of a file's digest.")
]
SuiteName = Annotated[str, typer.Option("--suite", help="On which; else the newest.")]
Margin = Annotated[
    float, typer.Option(min=0, max=1, help="Smaller differences count as none, once shown.")
]
Minimum = Annotated[int, typer.Option(min=2, help="With fewer items nothing is said.")]
WORDS = {"first": "A is better", "second": "B is better", "equal": "no difference", "open": "open"}


@commands.command("gap")
def gap(
    context: typer.Context,
    model: ModelName,
    suite: SuiteName = "",
    against: Annotated[str, typer.Option(help="The language that gaps are against.")] = "en",
    margin: Margin = MARGIN,
    minimum_n: Minimum = MINIMUM_N,
    as_json: AsJson = False,
) -> None:
    """Show how far each language is behind another one and the best, on the same items.

    Example: corridor evaluate gap small --suite sib-200
    """
    runtime = runtime_of(context)
    reading = reading_of(all_readings(runtime), model, suite)
    found = summarise(
        reading.samples(), reference=against, margin=margin, minimum_n=minimum_n, chance=None
    )
    _warn(reading)
    if as_json:
        show_json({**subject_of(reading), "summary": plain(found)})
        return
    _show_gaps(reading, found)


@commands.command("compare")
def compare_models(
    context: typer.Context,
    first: Annotated[str, typer.Argument(metavar="A", help="A model, provider or digest.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    suite: SuiteName = "",
    margin: Margin = MARGIN,
    minimum_n: Minimum = MINIMUM_N,
    as_json: AsJson = False,
) -> None:
    """Show which of two models is better, in each language, on the items that both answered.

    Example: corridor evaluate compare small large --suite sib-200
    """
    runtime = runtime_of(context)
    known = all_readings(runtime)
    one = reading_of(known, first, suite)
    two = reading_of(known, second, one.suite)
    found = compare(one.samples(), two.samples(), margin=margin, minimum_n=minimum_n)
    for reading in (one, two):
        _warn(reading)
    if one.method != two.method:
        errors.print("They were asked in different ways; the difference is of both together.")
    if as_json:
        show_json({"a": subject_of(one), "b": subject_of(two), "compared": asdict(found)})
        return
    _show_compared(one, two, found)


def all_readings(runtime: Runtime) -> list[Reading]:
    """Return all evidence that counts, read together by model and suite."""
    with runtime.store.view() as view:
        folder = runtime.service(Runs).folder / "logs"
        return readings(runtime.service(Evaluator), view, folder)


def subject_of(reading: Reading) -> dict[str, object]:
    """Return what a reading is of, and the records that it rests on."""
    return {
        "model": reading.model,
        "model_sha256": reading.model_sha256,
        "suite": reading.suite,
        "records": {tag: kept.record.id for tag, kept in reading.kept.items()},
        "without_log": list(reading.without_log),
    }


def _warn(reading: Reading) -> None:
    if reading.without_log:
        apart = [tag for tag in reading.languages if tag not in reading.paired()]
        left = f"; {', '.join(apart)} cannot be paired so" if apart else ""
        errors.print(
            f"The full logs of {', '.join(reading.without_log)} are not on this node: items are "
            f"told by their place, and counted as independent{left}."
        )


def _show_gaps(reading: Reading, found: Summary) -> None:
    rows = [_gap_row(tag, found.gaps.get(tag), found) for tag in found.languages]
    against = found.reference or "nothing: too few items in it"
    show_table(
        f"{reading.model} on {reading.suite}, against {against}",
        ("language", "n", "score", "gap", "finding", "made of", "behind the best", "detectable"),
        rows,
    )
    if found.best is not None:
        out.print(f"The best may be: {', '.join(found.best.candidates)}.", highlight=False)
    if found.consistency is not None and found.consistency.agreement is not None:
        agreed = found.consistency
        out.print(
            f"Of {agreed.n} items that all languages have, {agreed.agreement:.0%} of pairs of "
            "languages agree.",
            highlight=False,
        )


def _gap_row(tag: str, gap: Gap | None, found: Summary) -> tuple[str, ...]:
    result = found.languages[tag]
    if result.suppressed or result.score is None:
        return tag, str(result.n), "too few items", "", "", "", "", ""
    behind = found.best.behind.get(tag) if found.best else None
    best = "" if behind is None else shown(behind)
    score = shown(result.score)
    if gap is None:
        return tag, str(result.n), score, "", "", "", best, ""
    parts = ", ".join(
        f"{verdict} {value.value:+.2f}" for verdict, value in gap.parts.items() if value.value
    )
    return (
        tag,
        str(gap.n),
        score,
        shown(gap.value, signed=True),
        gap.finding,
        parts,
        best,
        f"{gap.detectable:.2f}",
    )


def _show_compared(one: Reading, two: Reading, found: Compared) -> None:
    show_table(
        f"A {one.model}, B {two.model}, on {one.suite}",
        ("language", "n", "A", "B", "A less B", "finding", "detectable"),
        [_versus_row(each) for each in found.languages.values()],
    )
    for tag, why in found.left_out.items():
        out.print(f"{tag} was not compared: {why}.", highlight=False)


def _versus_row(each: Versus) -> tuple[str, ...]:
    return (
        each.language,
        str(each.n),
        f"{each.first:.2f}",
        f"{each.second:.2f}",
        shown(each.value, signed=True),
        WORDS[each.finding],
        f"{each.detectable:.2f}",
    )


def shown(interval: Interval, *, signed: bool = False) -> str:
    """Return a figure with its interval, in words."""
    form = "+.2f" if signed else ".2f"
    return f"{interval.value:{form}} ({interval.low:{form}} to {interval.high:{form}})"
