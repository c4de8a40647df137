"""One question about a model that was asked until it was settled, and what came of it."""

from typing import ClassVar, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from corridor.catalogue import Language, Name, Sha256
from corridor.core.records import Part, Record, Subject, Visibility


class Position(Part):
    """A model in a language, as far as a question is about it."""

    model: Name
    model_sha256: Sha256
    provider: Name
    """Who was asked; `here` where this node opened the model's file for it."""
    language: Language
    suite_sha256: Sha256
    """Of the items in the language."""
    method: str
    """How items were asked and judged, in words that allow repeating it."""
    rests_on: str = Field(default="", pattern=r"^([0-9a-f]{32})?$")
    """The evidence whose answers were known already, by its id; empty where items were asked."""


class Inquiry(Record):
    """One question about what a full run of a suite would say, asked until it was settled or stopped.

    It is no evidence: it opens no door, and says nothing of other items than the suite's.
    """

    kind: ClassVar[str] = "evaluation.decision"

    question: str = Field(max_length=500)
    claim: Literal["under", "over", "at least"]
    """That the mean of the values is under, over, or at least the threshold. A value is the score of an
    item; with a base, the base's score less the side's."""
    threshold: float
    """The margin of a gap, or the bar of a score."""
    error: float = Field(gt=0, lt=1)
    """How often such an answer is wrong at most, whenever it stops."""
    suite: str
    suite_version: str
    side: Position
    base: Position | None = None
    """What the side is compared with."""
    n: int = Field(ge=0)
    """Items that were looked at, in the drawn order."""
    of: int = Field(gt=0)
    """Items of the suite."""
    estimate: float | None
    """The mean as it looked at the end; stopping early favours extremes, so the bounds are what holds."""
    at_least: float
    """The lower end of the confidence sequence's last interval."""
    at_most: float
    """Its upper end."""
    verdict: Literal["settled", "not settled"]
    answer: Literal["yes", "no", "open"]
    stopped: str = Field(max_length=500)
    """Why no more was asked."""
    order_seed: int
    """Of the order in which items were asked."""
    seed: int
    """Sent to the provider with every item."""
    method: str
    """How it was decided, in words that allow repeating it."""
    calls: int = Field(ge=0)
    """Requests, those of earlier processes included."""
    full: int = Field(ge=0)
    """Requests that a full run of what was not known needs."""
    began_at: AwareDatetime
    by: str = Field(max_length=200)
    where: str = Field(max_length=500)
    harness: str = Field(max_length=200)
    """Program and version."""
    log_sha256: Sha256
    """Of the full log: every prompt and answer in the order of asking."""
    log_visibility: Visibility = "internal"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.n > self.of:
            raise ValueError("more items were looked at than there are")
        if (self.answer == "open") != (self.verdict == "not settled"):
            raise ValueError("a settled question has an answer, and an open one has none")
        if self.at_least > self.at_most:
            raise ValueError("the interval ends before it begins")
        return self

    def subjects(self) -> tuple[Subject, ...]:
        """Return the models' files, the data, and the full log."""
        places = (self.side, self.base) if self.base else (self.side,)
        files = {
            each.model_sha256: Subject(name=each.model, sha256=each.model_sha256) for each in places
        }
        data = {
            each.suite_sha256: Subject(
                name=f"{self.suite}-{self.suite_version}-{each.language}", sha256=each.suite_sha256
            )
            for each in places
        }
        log = Subject(name=f"{self.id}.jsonl", sha256=self.log_sha256)
        return (*files.values(), *data.values(), log)
