"""Evidence of what one exact model can do, on exact data, in a language."""

from math import isfinite
from typing import ClassVar, Self

from pydantic import Field, model_validator

from corridor.catalogue import Language, Name, Sha256
from corridor.core.records import Part, Record, Subject
from corridor.evaluation.records.made import Made
from corridor.evaluation.records.samples import JUDGED, Verdict
from corridor.evaluation.records.taken import Taken

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


class Figures(Part):
    """Any figure with its interval; without bounds where nothing can be said of them."""

    value: float
    low: float | None
    high: float | None

    @classmethod
    def within(cls, value: float, low: float, high: float) -> Self:
        """Return a figure with its interval, open where it has no end."""
        ends = (each if isfinite(each) else None for each in (low, high))
        return cls(value=value, low=next(ends), high=next(ends))


class Evaluation(Record):
    """One model's score on one suite in one language."""

    kind: ClassVar[str] = "evaluation.result"
    minor: ClassVar[int] = 4

    model: Name
    model_sha256: Sha256
    """The file that was evaluated, as the provider's record names it."""
    provider: Name
    """Through which endpoint it was asked; `here` where this node opened the model's file for it;
    `elsewhere` where another harness asked an endpoint that the catalogue does not know."""
    suite: str
    suite_version: str
    suite_sha256: Sha256
    """The data file."""
    language: Language
    method: str
    """How items were asked and scored, in words that allow repeating it."""
    seed: int
    n: int = Field(gt=0)
    """Judged answers: items times repeats."""
    correct: int = Field(ge=0)
    outcomes: str = Field(pattern=r"^[01]+$")
    """One digit per item in the suite's order, 1 where the answer was right: for paired statistics.
    Where items were asked several times, the digits of an item stand together."""
    score: Estimate
    """correct / n, with its 95 % interval."""
    interval: str = "Wilson"
    """How the interval was made."""
    scorer: str = ""
    """Which program judged the answers: name and version."""
    chance: float | None = Field(default=None, ge=0, lt=1)
    """What guessing would score, where that is known."""
    above_chance: Figures | None = None
    """The score on a scale where guessing is 0 and all right is 1."""
    verdicts: dict[Verdict, int] = Field(default_factory=dict[Verdict, int])
    """Answers by what was found: right, wrong, in another language, a refusal, and so on."""
    unanswered: tuple[str, ...] = ()
    """Items of the suite that the provider never answered; neither right nor wrong."""
    items_sha256: Sha256 | None = None
    """Of the judged items' ids in order, one a line: evidence with the same list can be paired."""
    judge: str | None = None
    """The model that judged, if one did."""
    made: Made | None = None
    """How it came about; None for evidence of earlier releases, which does not say, and for what
    was taken from another harness."""
    taken: Taken | None = None
    """Where the answers come from, if another harness asked for them."""

    @model_validator(mode="after")
    def _check_sums(self) -> Self:
        if (len(self.outcomes), self.outcomes.count("1")) != (self.n, self.correct):
            raise ValueError("n and correct are not those of the outcomes")
        if abs(self.score.value - self.correct / self.n) > ROUNDING:
            raise ValueError("the score is not correct / n")
        judged = sum(count for verdict, count in self.verdicts.items() if verdict in JUDGED)
        if self.verdicts and (judged, self.verdicts.get("right", 0)) != (self.n, self.correct):
            raise ValueError("the verdicts are not those of the outcomes")
        return self

    def subjects(self) -> tuple[Subject, ...]:
        """Return the model's file, the data, and the full log if it was kept."""
        found = (
            Subject(name=self.model, sha256=self.model_sha256),
            Subject(name=f"{self.suite}-{self.suite_version}", sha256=self.suite_sha256),
        )
        log = self.made.log_sha256 if self.made else None
        return (*found, Subject(name=f"{self.id}.jsonl", sha256=log)) if log else found
