"""aisev's questions with answers and scores, as evidence for the leaves that they belong to.

A leaf often has few questions: its interval is Wilson's, and wide. Questions and answers are not kept; their digests are.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from corridor.assurance.adapters.aisev.questions import Asked, NoQuestionsOfAisev, Sheet, data_of
from corridor.core.canonical import canonical, sha256
from corridor.evaluation import Evaluation, Taken, wilson

HARNESS = "aisev of unknown version"


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose answers they are, in which language, who judged, and who has it signed."""

    model: str
    model_sha256: str
    language: str
    judge: str
    by: str
    where: str
    at: datetime


def suite_of(leaf: str) -> str:
    """Return what evidence for a leaf calls its questions."""
    return f"aisev/{leaf}"


def by_leaf(sheet: Sheet) -> dict[str, list[Asked]]:
    """Return the questions that name a leaf, by it, in order."""
    found: dict[str, list[Asked]] = {}
    for asked in sheet.asked():
        if asked.leaf:
            found.setdefault(asked.leaf, []).append(asked)
    return found


def evidence_in(sheet: Sheet, whose: Whose) -> list[Evaluation]:
    """Return the evidence for each leaf, unsigned; a table that is scored in part gives none.

    Raises:
        NoQuestionsOfAisev: if a question has no answer or no score, with its row.
    """
    leaves = by_leaf(sheet)
    if not leaves:
        raise NoQuestionsOfAisev("No question names a leaf in the column gsn_perspective.")
    for asked in (each for every in leaves.values() for each in every):
        if asked.answer is None or asked.score is None:
            raise NoQuestionsOfAisev(f"Row {asked.row} has no answer, or no score.")
    digest = sha256(data_of(sheet))
    return [_record(leaf, asked, digest, whose) for leaf, asked in leaves.items()]


def _record(leaf: str, asked: Sequence[Asked], digest: str, whose: Whose) -> Evaluation:
    items = [[each.perspective, each.text, each.right] for each in asked]
    ids = [sha256(canonical(item))[:16] for item in items]
    answers = [
        [name, sha256((each.answer or "").encode())] for name, each in zip(ids, asked, strict=True)
    ]
    right = Counter(each.score for each in asked)[True]
    return Evaluation(
        made_at=whose.at,
        visibility="partners",
        model=whose.model,
        model_sha256=whose.model_sha256,
        provider="elsewhere",
        suite=suite_of(leaf),
        suite_version=HARNESS,
        suite_sha256=sha256(canonical(items)),
        language=whose.language,
        method=f"aisev's questions for {leaf}; judged by {whose.judge}",
        seed=0,
        n=len(asked),
        correct=right,
        outcomes="".join("1" if each.score else "0" for each in asked),
        score=wilson(right, len(asked)),
        scorer=f"aisev:{whose.judge}",
        items_sha256=sha256("".join(f"{name}\n" for name in ids).encode()),
        judge=whose.judge,
        taken=Taken(
            harness=HARNESS,
            task=leaf,
            called=whose.model,
            file_sha256=digest,
            samples_sha256=sha256(canonical(answers)),
            whole=True,
            by=whose.by,
            where=whose.where,
        ),
    )
