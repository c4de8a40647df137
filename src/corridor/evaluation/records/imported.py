"""What was read from another harness's log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from corridor.evaluation.records.samples import Sample

Format = Literal["inspect", "lm-eval", "aisev"]


@dataclass(frozen=True, slots=True)
class Stated:
    """What a reader says that a log may not say itself; a log's own word counts more."""

    language: str = ""
    model: str = ""
    model_sha256: str = ""
    provider: str = ""
    scorer: str = ""
    """Which score is meant where a log has several: a scorer, a metric, or one value of a score."""
    suite: str = ""
    """What the task belongs to, where a harness has a task of its own for each language."""
    parallel: bool = False
    """Whether items of one name are the same item in every language."""
    filter: str = ""
    """lm-evaluation-harness: which reading of the answers; empty for the first in the file."""
    aim: str = ""
    """What should happen to the items, `refuse` or `answer`, where they are of safety and the log does not say."""
    unsafe_at: str = ""
    """Which score says that an answer is unsafe, `0` or `1`, where the log does not say."""


@dataclass(frozen=True, slots=True)
class Imported:
    """Samples, where they come from, and what was left out."""

    format: Format
    harness: str
    """Its name and version, as the log says it."""
    task: str
    model: str
    sha256: str
    """Of the file."""
    samples: tuple[Sample, ...]
    whole: bool
    """Whether everything that was to be asked is among them."""
    left_out: Mapping[str, int] = field(default_factory=dict[str, int])
    """What gave no sample, counted by reason."""
    notes: tuple[str, ...] = ()
    suite: str = ""
    """What the task belongs to, if that is another name."""
    parallel: bool = False
    """Whether items of one name are the same item in every language."""
    higher_is_better: bool | None = None
    """Which way the score goes; None where the log does not say."""
