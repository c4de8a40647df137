"""What the report on evidence is about: a model on a suite, and what its records say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corridor.evaluation.records import (
    AXES,
    Estimate,
    Evaluation,
    Figures,
    Measure,
    Parity,
    Rate,
    SafetyEvaluation,
)
from corridor.evaluation.rules.statistics.outcomes import is_bounded
from corridor.evaluation.rules.summary import Summary

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One model on one suite: what the records say, what follows, and the answers."""

    model: str
    model_sha256: str
    suite: str
    method: str
    metric: str
    """`accuracy` where answers are right or wrong."""
    records: Mapping[str, Evaluation | Measure]
    places: Mapping[str, str]
    """Whose log each record is in, and where, by language."""
    summary: Summary | None
    """None where what was found of each item is not here."""
    caution: str
    """What a gap in it does not mean; empty where it means what it says."""
    lines: Mapping[str, Sequence[Json]]
    """Of the full logs that are here, by language."""

    @property
    def task(self) -> str:
        """How it is called in pictures."""
        return f"{self.model}, {self.suite}{self.of}"

    @property
    def of(self) -> str:
        """What was measured, where that is no share of right answers."""
        return "" if self.metric == "accuracy" else f", {self.metric}"

    @property
    def bounded(self) -> bool:
        """Whether its figures are shares from 0 to 1."""
        return is_bounded(self.metric)

    @property
    def figures(self) -> Mapping[str, Estimate | Figures]:
        """What the records say of the model, by language."""
        return {tag: figure_of(record) for tag, record in self.records.items()}

    @property
    def parities(self) -> Mapping[str, Parity]:
        """What parallel text costs relative to English, by language."""
        return {
            tag: record.parity
            for tag, record in self.records.items()
            if isinstance(record, Measure) and record.parity is not None
        }


@dataclass(frozen=True, slots=True)
class Safety:
    """What one model did with one suite of safety in one language; its texts are never shown."""

    record: SafetyEvaluation
    place: str
    """Whose log it is in, and where."""

    @property
    def axes(self) -> dict[str, Rate | None]:
        """The axes in their order."""
        known = self.record.axes.known()
        return {axis: known.get(axis) for axis in AXES}


def figure_of(record: Evaluation | Measure) -> Estimate | Figures:
    """Return what a record says of the model, with its interval."""
    return record.figure if isinstance(record, Measure) else record.score
