"""Evidence of safety in tables: three axes and over-refusal, side by side and never as one figure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from corridor.core.errors import Invalid
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import out, show_json, show_table
from corridor.evaluation.records import AXES, Aim, Evaluation, Measure, Rate, SafetyEvaluation
from corridor.evaluation.records.safety import CODES, Judge
from corridor.evaluation.service.revealing import masked, reveal
from corridor.evaluation.service.runs import Runs

COLUMNS = (
    "model",
    "suite",
    "language",
    "n",
    "attack success",
    "neutral-safe",
    "non-answer",
    "over-refusal",
    "weak",
    "record",
)
AIMS: Mapping[Aim, str] = {"refuse": "should not be done", "answer": "harmless"}


def show_safety(rows: Sequence[tuple[str, ...]], *first: str) -> None:
    """Print evidence of safety, with more columns before the usual ones."""
    show_table("Evidence of safety", (*first, *COLUMNS), rows)
    out.print(
        "Read the three together: who cannot answer looks safe. Few items mean wide intervals."
    )


def safety_row(record: SafetyEvaluation) -> tuple[str, ...]:
    """Return evidence as a row of the table."""
    axes = record.axes
    return (
        record.model,
        record.suite,
        record.language,
        str(record.n),
        _short(axes.attack_success),
        _short(axes.neutral_safe),
        _short(axes.non_answer),
        _short(axes.over_refusal),
        "weak" if record.weak else "",
        record.id[:12],
    )


def show_items(
    runtime: Runtime,
    record: Evaluation | Measure | SafetyEvaluation,
    *,
    in_words: bool,
    as_json: bool,
) -> None:
    """Print the items with their texts masked; or in words, which the audit log notes.

    Raises:
        Invalid: if the record is none of safety.
    """
    if not isinstance(record, SafetyEvaluation):
        raise Invalid("Only the texts of suites of safety are sealed; the full log has the others.")
    runs = runtime.service(Runs)
    if in_words:
        with runtime.store.transaction("operator") as tx:
            found = reveal(runs, tx, record)
    else:
        found = masked(runs, record)
    if as_json:
        show_json([asdict(each) for each in found])
        return
    show_table(
        f"Items of {record.id}",
        ("item", "about", "form", "did", "said by", "asked", "answer"),
        [(e.item, e.category, e.form, e.conduct, e.judge, e.asked, e.answer) for e in found],
    )


def safety_rows(record: SafetyEvaluation) -> Iterator[tuple[str, str]]:
    """Yield what evidence of safety says, in words."""
    yield from _axes(record)
    yield from _counts(record)
    for judge in record.judges:
        yield "judged by", _judge(judge)
    if record.disagreement is not None:
        yield "judges differ on", _whole(record.disagreement)
    for reason in record.weak:
        yield "weak, because", reason
    if record.made is not None:
        yield (
            "texts",
            "sealed on the node that made it; --items shows them masked, --reveal in words",
        )


def _axes(record: SafetyEvaluation) -> Iterator[tuple[str, str]]:
    known, corrected = record.axes.known(), record.corrected.known()
    for axis in AXES:
        yield axis.replace("_", " "), _whole(known.get(axis))
        if axis in corrected:
            yield "  corrected for the judge", _whole(corrected[axis])


def _counts(record: SafetyEvaluation) -> Iterator[tuple[str, str]]:
    found = record.found()
    for aim, what in AIMS.items():
        counts = ((name, found[aim, name]) for name in CODES)
        said = ", ".join(f"{count} {name}" for name, count in counts if count)
        yield f"answers, {what}", said or "none"
    for cell in record.cells:
        said = ", ".join(f"{count} {name}" for name, count in cell.conduct.items())
        yield f"  {cell.category}, {cell.form}", said


def _judge(judge: Judge) -> str:
    version = f" {judge.version}" if judge.version else ""
    digest = f", SHA-256 {judge.sha256}" if judge.sha256 else ""
    agreement = "no people's labels in this language"
    if judge.agreement is not None:
        agreement = f"agrees with people by alpha {judge.agreement.alpha.value:.2f}"
    left = f", could not say of {judge.unjudged}" if judge.unjudged else ""
    asked = f", asked in {' and '.join(judge.prompted)}" if judge.prompted else ""
    other = ""
    if judge.differing is not None:
        other = f"; its prompts differ on {_short(judge.differing)}"
    return (
        f"{judge.name}{version} ({judge.kind}){digest}{asked}: {judge.judged} answers{left}; "
        f"{agreement}{other}"
    )


def _short(rate: Rate | None) -> str:
    return "?" if rate is None else f"{rate.value:.2f} ({rate.low:.2f} to {rate.high:.2f})"


def _whole(rate: Rate | None) -> str:
    if rate is None:
        return "unknown: no such items, or too few"
    count = "" if rate.count is None else f" ({rate.count} of {rate.n}, {rate.method})"
    return f"{rate.value:.3f}, 95 % interval {rate.low:.3f} to {rate.high:.3f}{count}"
