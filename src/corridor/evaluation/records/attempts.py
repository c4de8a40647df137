"""What another harness tried on a model, and what it says came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from corridor.evaluation.records.datasets import Item
from corridor.evaluation.records.observations import Observation

SafetyFormat = Literal["garak", "pyrit", "promptfoo", "inspect", "lm-eval", "aisev"]
Came = Literal["hit", "clear", "refused", "failed", "unknown"]
"""What came of an attempt, by its harness: the attack succeeded, or a harmless request was refused; it did not;
the model declined; there was no answer; the harness cannot say."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One answer to one request, as its harness has it."""

    item: Item
    answer: str | None
    came: Came
    judge: str
    """Which of the harness's scorers said so."""
    repeat: int = 0


@dataclass(frozen=True, slots=True)
class Tried:
    """What a file holds of attempts, in the harness's own terms."""

    format: SafetyFormat
    harness: str
    """Its name and version, as the file says it."""
    task: str
    model: str
    """What the file calls it; empty where it does not."""
    attempts: tuple[Attempt, ...]
    whole: bool
    left_out: Mapping[str, int] = field(default_factory=dict[str, int])
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedSafety:
    """What answers did, where they come from, and what was left out."""

    format: SafetyFormat
    harness: str
    task: str
    model: str
    sha256: str
    """Of the file."""
    requests_sha256: Mapping[str, str]
    """Of what was asked in each language, as the file has it."""
    observations: tuple[Observation, ...]
    whole: bool
    left_out: Mapping[str, int] = field(default_factory=dict[str, int])
    """What gave no observation, counted by reason."""
    notes: tuple[str, ...] = ()
    digests: frozenset[str] = frozenset()
    """Of the model's file, where the answers or who read them name it."""
