"""The scorer-parity test, as anyone can run it: the same answers, judged in every language."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from corridor.evaluation.adapters.parity import shipped
from corridor.evaluation.rules.answers import SCORERS
from corridor.evaluation.rules.answers.parity import Case, Row, rows

__all__ = ["Case", "Parity", "Row", "Standing", "scorer_parity"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How the answers in one language came out."""

    language: str
    answers: int
    as_expected: int
    right: int
    """Of the answers, those that are right."""
    counted: int
    """Of the right ones, those that were counted as right."""
    plain: int
    """Of the right ones, those that a scorer counts which knows only ASCII and `ANSWER:`."""


@dataclass(frozen=True)
class Parity:
    """Every answer of the test, judged."""

    cases: Sequence[Case]
    rows: Sequence[Row]

    @cached_property
    def unequal(self) -> tuple[Row, ...]:
        """The answers that were not judged as in the other languages."""
        return tuple(row for row in self.rows if not row.equal)

    @property
    def scorers(self) -> tuple[str, ...]:
        """Which rules judged, with their versions."""
        return tuple(SCORERS.values())

    @property
    def languages(self) -> tuple[str, ...]:
        """In which languages, in the order of the data."""
        return tuple(dict.fromkeys(row.language for row in self.rows))

    def of(self, case: str) -> tuple[Row, ...]:
        """Return the answers of one case, in all languages."""
        return tuple(row for row in self.rows if row.case == case)

    def standing(self, language: str) -> Standing:
        """Return how the answers in one language came out."""
        own = [row for row in self.rows if row.language == language]
        right = [row for row in own if row.expected == "right"]
        return Standing(
            language=language,
            answers=len(own),
            as_expected=sum(row.equal for row in own),
            right=len(right),
            counted=sum(row.verdict == "right" for row in right),
            plain=sum(row.plain for row in right),
        )


@cache
def scorer_parity() -> Parity:
    """Judge the same answers in every language."""
    cases, spoken = shipped()
    return Parity(cases, tuple(rows(cases, spoken)))
