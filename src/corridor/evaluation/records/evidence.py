"""Evidence of what one exact model can do, on exact data, in a language."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from corridor.catalogue import Language, Name, Sha256
from corridor.core.records import Part, Record, Subject

ROUNDING = 1e-9
"""How far another program's division may be from ours."""


class Estimate(Part):
    """A proportion with its interval, each from 0 to 1."""

    value: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError("the value lies outside its interval")
        return self


class Evaluation(Record):
    """One model's score on one suite in one language."""

    kind: ClassVar[str] = "evaluation.result"

    model: Name
    model_sha256: Sha256
    """The file that was evaluated, as the provider's record names it."""
    provider: Name
    """Through which endpoint it was asked."""
    suite: str
    suite_version: str
    suite_sha256: Sha256
    """The data file."""
    language: Language
    method: str
    """How items were asked and scored, in words that allow repeating it."""
    seed: int
    n: int = Field(gt=0)
    correct: int = Field(ge=0)
    outcomes: str = Field(pattern=r"^[01]+$")
    """One digit per item in the suite's order, 1 where the answer was right: for paired statistics."""
    score: Estimate
    """correct / n, with the 95 % Wilson interval."""

    @model_validator(mode="after")
    def _check_sums(self) -> Self:
        if (len(self.outcomes), self.outcomes.count("1")) != (self.n, self.correct):
            raise ValueError("n and correct are not those of the outcomes")
        if abs(self.score.value - self.correct / self.n) > ROUNDING:
            raise ValueError("the score is not correct / n")
        return self

    def subjects(self) -> tuple[Subject, ...]:
        """Return the model's file and the data."""
        return (
            Subject(name=self.model, sha256=self.model_sha256),
            Subject(name=f"{self.suite}-{self.suite_version}", sha256=self.suite_sha256),
        )
