"""`corridor evaluate gap` and `compare`: differences between languages and between models."""

from typing import Annotated

import typer

from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, errors, out, runtime_of, show_json, show_table
from corridor.evaluation.records import Estimate, Figures, Measure
from corridor.evaluation.rules.models import Versus
from corridor.evaluation.rules.statistics.intervals import Interval
from corridor.evaluation.rules.statistics.outcomes import is_bounded
from corridor.evaluation.rules.summary import Gap, Summary
from corridor.evaluation.rules.thresholds import MARGIN, MINIMUM_N
from corridor.evaluation.service.comparing import (
    Gaps,
    Pair,
    Slice,
    gaps_of,
    pair_of,
    plain_gaps,
    plain_pair,
)
from corridor.evaluation.service.evidence import Evaluator
from corridor.evaluation.service.reading import Reading, Result, reading_of, readings
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
COLUMNS = (
    "language",
    "n",
    "score",
    "gap",
    "finding",
    "made of",
    "behind the best",
    "detectable",
)
WORDS = {"first": "A is better", "second": "B is better", "equal": "no difference", "open": "open"}


@commands.command("gap")
def gap(
    context: typer.Context,
    model: ModelName,
    suite: SuiteName = "",
    metric: Annotated[str, typer.Option(help="Which figure; else that of the newest.")] = "",
    against: Annotated[str, typer.Option(help="The language that gaps are against.")] = "en",
    margin: Margin = MARGIN,
    minimum_n: Minimum = MINIMUM_N,
    items: Annotated[
        Slice, typer.Option(help="Only those that the source marks so, by culture or origin.")
    ] = "all",
    as_json: AsJson = False,
) -> None:
    """Show how far each language is behind another one and the best, on the same items.

    Shares of right answers, chrF and graded scores are compared so; of parallel text, what it costs
    relative to English.

    Example: corridor evaluate gap small --suite sib-200
    """
    reading = reading_of(all_readings(runtime_of(context)), model, suite, metric)
    found = gaps_of(reading, against, margin, minimum_n, items)
    _warn(found)
    if items != "all":
        errors.print(f"Of the items that the data set marks as {items}.")
    if as_json:
        show_json(plain_gaps(found))
        return
    _show_gaps(found)


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
    known = all_readings(runtime_of(context))
    found = pair_of(known, (first, second), suite, margin, minimum_n)
    for reading in (found.first, found.second):
        _warn_of_logs(reading)
    if not found.same_way:
        errors.print("They were asked in different ways; the difference is of both together.")
    if as_json:
        show_json(plain_pair(found))
        return
    _show_compared(found)


def all_readings(runtime: Runtime) -> list[Reading]:
    """Return all evidence that stands, read together by model and suite."""
    with runtime.store.view() as view:
        folder = runtime.service(Runs).folder / "logs"
        return readings(runtime.service(Evaluator), view, folder)


def _warn(found: Gaps) -> None:
    _warn_of_logs(found.reading)
    apart = [tag for tag in found.unpaired if found.summary and found.summary.reference]
    if apart:
        errors.print(
            f"{', '.join(apart)} cannot be paired with {found.summary.reference if found.summary else ''}: "
            "too few items that are known to be the same."
        )


def _warn_of_logs(reading: Reading) -> None:
    if reading.without_log:
        errors.print(
            f"The full logs of {', '.join(reading.without_log)} are not on this node: an item is told "
            "by its place, where the record lists the same items and each stands for itself."
        )


def _show_gaps(found: Gaps) -> None:
    reading, summary = found.reading, found.summary
    if found.parities:
        _show_parities(reading)
    elif summary is None:
        rows = [_unpaired_row(tag, kept.record) for tag, kept in reading.kept.items()]
        show_table(f"{reading.model} on {reading.suite}", COLUMNS, rows)
    else:
        _show_summary(reading, summary)
    if found.caution:
        out.print(found.caution, highlight=False)


def _show_parities(reading: Reading) -> None:
    show_table(
        f"{reading.model} on {reading.suite}, against en-Latn",
        ("language", "n", reading.metric, "information parity", "token premium"),
        [_parity_row(tag, kept.record) for tag, kept in reading.kept.items()],
    )


def _show_summary(reading: Reading, found: Summary) -> None:
    rows = [
        _gap_row(tag, found.gaps.get(tag), found)
        if tag in found.languages
        else _unpaired_row(tag, kept.record)
        for tag, kept in reading.kept.items()
    ]
    against = found.reference or "nothing: too few items in it"
    of = "" if reading.metric == "accuracy" else f" ({reading.metric})"
    show_table(f"{reading.model} on {reading.suite}{of}, against {against}", COLUMNS, rows)
    if found.best is not None:
        out.print(f"The best may be: {', '.join(found.best.candidates)}.", highlight=False)
    agreed = found.consistency if is_bounded(reading.metric) else None
    if agreed is not None and agreed.agreement is not None:
        out.print(
            f"Of {agreed.n} items that all languages have, {agreed.agreement:.0%} of pairs of "
            "languages agree.",
            highlight=False,
        )

    for varied in found.variation.values():
        out.print(varied.words, highlight=False)


def _unpaired_row(tag: str, record: Result) -> tuple[str, ...]:
    figure = record.figure if isinstance(record, Measure) else record.score
    return tag, str(record.n), within(figure), "", "not paired", "", "", ""


def _parity_row(tag: str, record: Result) -> tuple[str, ...]:
    figure = record.figure if isinstance(record, Measure) else record.score
    found = record.parity if isinstance(record, Measure) else None
    parity, premium = (found.information, found.token_premium) if found else (None, None)
    return (
        tag,
        str(record.n),
        within(figure),
        within(parity) if parity else "",
        within(premium) if premium else "",
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


def _show_compared(found: Pair) -> None:
    one, two, compared = found.first, found.second, found.compared
    of = "" if one.metric == "accuracy" else f" ({one.metric})"
    show_table(
        f"A {one.model}, B {two.model}, on {one.suite}{of}",
        ("language", "n", "A", "B", "A less B", "finding", "detectable"),
        [_versus_row(each) for each in compared.languages.values()],
    )
    for tag, why in compared.left_out.items():
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


def within(figure: Estimate | Figures) -> str:
    """Return a record's figure with its interval, in words."""
    low, high = ("?" if end is None else f"{end:.2f}" for end in (figure.low, figure.high))
    return f"{figure.value:.2f} ({low} to {high})"


def shown(interval: Interval, *, signed: bool = False) -> str:
    """Return a figure with its interval, in words."""
    form = "+.2f" if signed else ".2f"
    return f"{interval.value:{form}} ({interval.low:{form}} to {interval.high:{form}})"
