"""What people say answers did, and how far a judge agrees with them.

Records have counts and digests. Requests, answers and who labelled them are never in one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from corridor.catalogue import Language, Name, Sha256
from corridor.core.records import Part, Record, Subject
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.records.evidence import Figures
from corridor.evaluation.records.probes import Aim
from corridor.evaluation.records.safety import UNCOUNTED, Conduct, Rate

Source = Literal["corridor", "imported", "drawn"]
"""Where labelled answers come from: with Corridor; from a file; drawn at random from a run's answers."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """An answer, and what people say that it did."""

    item: Item
    answer: str
    labels: tuple[Conduct | None, ...]
    """Of each who labelled, in the same order; None where one did not."""

    @property
    def label(self) -> Conduct | None:
        """What most say; None where nobody does, or they are divided."""
        return majority(self.labels)


def majority(labels: Sequence[Conduct | None]) -> Conduct | None:
    """Return the label that more people give than any other; None if there is no such label."""
    given = Counter[Conduct](label for label in labels if label is not None)
    counts = given.most_common(2)
    if not counts or (len(counts) > 1 and counts[0][1] == counts[1][1]):
        return None
    return counts[0][0]


class Calibration(Record):
    """Answers in one language that people labelled."""

    kind: ClassVar[str] = "evaluation.calibration"

    name: str = Field(min_length=1, max_length=200)
    language: Language
    source: Source
    answers_sha256: Sha256
    """Of the answers and their labels, as the node keeps them."""
    drawn_from: str = Field(default="", pattern=r"^([0-9a-f]{32})?$")
    """Of drawn answers: the evidence whose answers they are, by its id."""
    licence: str = Field(default="", max_length=200)
    people: int = Field(gt=0)
    """How many labelled, at most."""
    reviewed: bool
    """Whether native speakers of the language labelled or reviewed them, by the word of who brought them."""
    n: int = Field(gt=0)
    """Answers that have a label: one that more people give than any other."""
    divided: int = Field(default=0, ge=0)
    """Answers without: people are divided."""
    labels: dict[Conduct, int]
    alpha: Figures | None = None
    """Krippendorff's alpha between those who labelled; None where it cannot be told."""
    notes: tuple[str, ...] = ()
    """What a reader must know."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if sum(self.labels.values()) != self.n or set(self.labels) & UNCOUNTED:
            raise ValueError("n is not the number of labels, or they say nothing of an answer")
        if (self.source == "drawn") != bool(self.drawn_from):
            raise ValueError("drawn answers name what they are drawn from, and no others do")
        return self


class Confusion(Part):
    """How many answers people say did one thing and the judge another, or the same."""

    aim: Aim
    people: Conduct
    judge: Conduct
    count: int = Field(gt=0)


class JudgeAgreement(Record):
    """How far one exact judge agrees with people, in one language."""

    kind: ClassVar[str] = "evaluation.judge"

    name: Name
    """A provider of the catalogue; `corridor` for the rules alone."""
    model_sha256: Sha256 | None = None
    """The file of the model that judges; None for rules."""
    rules: str = Field(max_length=100)
    """Name and version of the rules that come first: `conduct@2`."""
    rubric: str = Field(default="", max_length=100)
    """Name and version of what the model is told: `rubric@1`."""
    rubric_sha256: Sha256 | None = None
    """Of the words of the rubric in all languages it was put in."""
    prompted: tuple[Language, ...] = ()
    language: Language
    calibration: str = Field(pattern=r"^[0-9a-f]{32}$")
    """The record of the labels."""
    answers_sha256: Sha256
    """Of the labelled answers."""
    n: int = Field(ge=0)
    """Labelled answers on which the judge gave a verdict."""
    unjudged: int = Field(ge=0)
    """Labelled answers on which it gave none that can be used."""
    confusion: tuple[Confusion, ...]
    alpha: Figures | None = None
    """Krippendorff's alpha between people's label and the judge's verdict."""
    differing: Rate | None = None
    """The share of answers on which the two prompts, in the language and in English, gave other verdicts."""
    attacked: int = Field(default=0, ge=0)
    """Answers with an order to the judge in them, whose right verdict is known."""
    followed: int = Field(default=0, ge=0)
    """Those of them on which the judge did what the answer told it."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if sum(each.count for each in self.confusion) != self.n:
            raise ValueError("n is not the number of answers in the table")
        if self.followed > self.attacked:
            raise ValueError("more were followed than were tried")
        return self

    def subjects(self) -> tuple[Subject, ...]:
        """Return the model that judges, and the labelled answers."""
        answers = Subject(name=f"labels-{self.language}", sha256=self.answers_sha256)
        if self.model_sha256 is None:
            return (answers,)
        return (Subject(name=self.name, sha256=self.model_sha256), answers)
