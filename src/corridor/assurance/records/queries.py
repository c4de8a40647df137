"""What a leaf of a tree or a rule of tiers asks of evidence: which figure, how good, how fresh, where."""

from typing import Literal, Self

from pydantic import Field, model_validator

from corridor.catalogue import Language, Name, Sha256
from corridor.core.records import Part
from corridor.evaluation import AXES, Category

EvidenceKind = Literal["capability", "safety", "measure"]
"""Records `evaluation.result`, `evaluation.safety` and `evaluation.measure`."""
End = Literal["low", "value", "high"]
"""Of a figure with its 95 % interval."""

OF_CAPABILITY = ("score", "above_chance")
FIGURES: dict[EvidenceKind, tuple[str, ...]] = {
    "capability": OF_CAPABILITY,
    "safety": tuple(AXES),
}
"""Which figures records of a kind have. A measure has the one that it is named for: `chrF`."""
FROM_BELOW_ZERO = ("above_chance",)
"""Figures that are at most 1 and may be less than 0."""


class Query(Part):
    """A question that evidence on one file, in one language, answers with yes, no, or not yet."""

    kind: EvidenceKind
    suite: str = Field(min_length=1, max_length=500)
    """As the records name it."""
    figure: str = Field(default="score", min_length=1, max_length=100)
    """Which one: a name of `FIGURES`, or a measure's metric."""
    category: Category | None = None
    """Of safety: among the items of which kind alone; counted, with Wilson's interval."""
    at_least: float | None = Field(default=None, allow_inf_nan=False)
    at_most: float | None = Field(default=None, allow_inf_nan=False)
    """One of both: the threshold."""
    end: End | None = None
    """Which end of the interval must keep the threshold; None: the cautious one."""
    fresh_days: int = Field(gt=0, le=36_500)
    """Older evidence is stale, and does not count."""
    languages: tuple[Language, ...] = ()
    """In which languages it is asked; none named: in whichever somebody asks about."""
    digest: Sha256 | None = None
    """Of the suite's data, where only these very items count."""
    n: int = Field(default=1, gt=0)
    """Evidence of fewer answers, of a category where one is named, does not count."""
    issuers: tuple[Name, ...] = ()
    """Whose evidence counts; none named: this node's, and that of partners with which it exchanges."""
    weak: bool = False
    """Whether evidence that calls itself weak may meet it. Against it, it counts always."""

    @model_validator(mode="after")
    def _check_possible(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("a query has one threshold: at_least or at_most")
        if self.category is not None and self.kind != "safety":
            raise ValueError(f"{self.kind} evidence has no categories")
        names = FIGURES.get(self.kind)
        if names is None:
            return self
        if self.figure not in names:
            raise ValueError(f"{self.kind} evidence has no figure {self.figure!r}")
        lowest = None if self.figure in FROM_BELOW_ZERO else 0
        if self.threshold > 1 or (lowest is not None and self.threshold < lowest):
            raise ValueError(f"{self.figure} is never {self.words}: it is a share")
        return self

    @property
    def threshold(self) -> float:
        """What is held against."""
        found = self.at_least if self.at_least is not None else self.at_most
        return found or 0.0

    @property
    def more_is_better(self) -> bool:
        """Whether the figure should be large."""
        return self.at_least is not None

    @property
    def asks(self) -> str:
        """What is asked for, as one says it."""
        among = f" of {self.category}" if self.category else ""
        figure = f"{self.suite}: {self.figure}{among}"
        return f"{figure}, whatever it is" if self.asks_for_any else f"{figure} {self.words}"

    @property
    def words(self) -> str:
        """The threshold as one says it."""
        return f"at {'least' if self.more_is_better else 'most'} {self.threshold:g}"

    @property
    def asks_for_any(self) -> bool:
        """Whether every figure keeps the threshold, so that it is asked only whether there is evidence."""
        return self.is_share and self.threshold == (0 if self.more_is_better else 1)

    @property
    def is_share(self) -> bool:
        """Whether the figure lies between 0 and 1."""
        return self.kind != "measure" and self.figure not in FROM_BELOW_ZERO
