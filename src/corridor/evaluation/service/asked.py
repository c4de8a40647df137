"""What comes of a run: items as they were asked, and languages that are done."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from corridor.evaluation.adapters.journal import Known
from corridor.evaluation.ports import Prompt
from corridor.evaluation.records import Evaluation, Measure, SafetyEvaluation, Sample
from corridor.evaluation.records.datasets import Item


@dataclass(frozen=True, slots=True)
class Asked:
    """One item as it was asked, and what came of it."""

    item: Item
    repeat: int
    prompt: Prompt
    found: Known


@dataclass(frozen=True, slots=True)
class Measured:
    """A language that is done."""

    language: str
    record: Evaluation | Measure | SafetyEvaluation | None
    """Unsigned; None where there are too few items for a score."""
    samples: tuple[Sample, ...]
    """None of a safety suite, whose answers are observed otherwise."""
    verdicts: Mapping[str, int]
    """Answers by what was found, or by what they did."""
    log: Path
    """The full log."""
