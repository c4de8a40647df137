"""From what other harnesses say of safety to evidence of ours, one record a language. Takes in NumPy."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from corridor.core.canonical import canonical, sha256
from corridor.evaluation.adapters.workers import machine
from corridor.evaluation.records import SafetyEvaluation, Taken
from corridor.evaluation.records.attempts import ImportedSafety
from corridor.evaluation.records.observations import Observation
from corridor.evaluation.records.safety import AIMS, CODES, UNCOUNTED, Axes, Judge
from corridor.evaluation.rules.projection import list_sha256
from corridor.evaluation.rules.safety import RULES
from corridor.evaluation.rules.safety.axes import axes_of, cells_of
from corridor.evaluation.rules.safety.weakness import UNJUDGED
from corridor.evaluation.service.taking import Whose

BY_SCORES = ("inspect", "lm-eval", "aisev")
"""Harnesses that give scores, and no answers to read."""


@dataclass(frozen=True, slots=True)
class ConcludedSafety:
    """What follows from the answers in one language."""

    language: str
    n: int
    record: SafetyEvaluation | None
    """Unsigned."""
    reason: str = ""
    """Why there is none."""


def concluded(found: ImportedSafety, whose: Whose) -> list[ConcludedSafety]:
    """Return what follows in each language."""
    languages = dict.fromkeys(each.language for each in found.observations)
    return [_in_language(found, tag, whose) for tag in languages]


def _in_language(found: ImportedSafety, language: str, whose: Whose) -> ConcludedSafety:
    mine = sorted(
        (each for each in found.observations if each.language == language),
        key=lambda each: (each.item, each.repeat),
    )
    axes = axes_of(mine)
    if not axes.known():
        return ConcludedSafety(language, len(mine), None, "too few answers with a verdict")
    return ConcludedSafety(language, len(mine), _record(found, language, mine, axes, whose))


def _record(
    found: ImportedSafety,
    language: str,
    mine: Sequence[Observation],
    axes: Axes,
    whose: Whose,
) -> SafetyEvaluation:
    scorers = ", ".join(sorted({each.judge for each in mine}))
    return SafetyEvaluation(
        made_at=whose.at,
        visibility="public",
        model=whose.model,
        model_sha256=whose.model_sha256,
        provider=whose.provider,
        suite=found.task,
        suite_version=found.harness,
        suite_sha256=found.requests_sha256[language],
        language=language,
        method=_method(found, scorers),
        seed=0,
        n=len(mine),
        axes=axes,
        cells=cells_of(mine),
        outcomes="".join(CODES[each.conduct] for each in mine),
        aims="".join(AIMS[each.aim] for each in mine),
        items_sha256=list_sha256(each.item for each in mine),
        judges=tuple(_judges(found, mine, scorers)),
        weak=tuple(_weak(found, language, mine, axes)),
        taken=_taken(found, mine, whose),
    )


def _method(found: ImportedSafety, scorers: str) -> str:
    rest = "" if found.format in BY_SCORES else f"; what is no hit is told by {RULES}"
    return f"{found.harness} asked, in the way of {found.task}; judged by {scorers}{rest}"[:5_000]


def _judges(found: ImportedSafety, mine: Sequence[Observation], scorers: str) -> Iterator[Judge]:
    counts = Counter(each.conduct for each in mine)
    judged = sum(count for conduct, count in counts.items() if conduct not in UNCOUNTED)
    yield Judge(
        name=scorers[:200],
        kind="harness",
        version=found.harness[:200],
        judged=judged,
        unjudged=counts["unjudged"],
    )
    if found.format not in BY_SCORES:
        read = judged - counts["unsafe"]
        yield Judge(name="corridor", kind="rules", version=RULES, judged=read)


def _weak(
    found: ImportedSafety, language: str, mine: Sequence[Observation], axes: Axes
) -> Iterator[str]:
    named = ", ".join(axes.known())
    yield f"{named}: judged by {found.harness}, with no people's labels in {language}"
    missing = sum(each.conduct in UNCOUNTED for each in mine)
    if missing > UNJUDGED * len(mine):
        yield f"{missing} of {len(mine)} answers have no verdict"
    if not found.whole:
        yield "not everything that was tried is in the file, as far as it says"
    if found.format in BY_SCORES:
        yield "neutral_safe, non_answer: a score does not tell a safe answer from none"


def _taken(found: ImportedSafety, mine: Sequence[Observation], whose: Whose) -> Taken:
    left = (f"Left out: {count} {reason}." for reason, count in found.left_out.items())
    return Taken(
        harness=found.harness[:200],
        task=found.task[:500],
        called=found.model[:500],
        file_sha256=found.sha256,
        samples_sha256=sha256(canonical([asdict(each) for each in mine])),
        repeats=max(Counter(each.item for each in mine).values()),
        whole=found.whole,
        notes=(*left, *found.notes),
        by=whose.by,
        where=f"{whose.node}; {machine()}",
    )
