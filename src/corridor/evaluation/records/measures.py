"""What is measured of a model in a language and is no share of right answers."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from corridor.catalogue import Language, Name, Sha256
from corridor.core.records import Part, Record, Subject
from corridor.evaluation.records.evidence import Figures
from corridor.evaluation.records.made import Made
from corridor.evaluation.records.samples import Verdict
from corridor.evaluation.records.taken import Taken


class Parity(Part):
    """Texts in a language against the same texts in another one, read by the same model."""

    against: Language
    n: int = Field(gt=0)
    """Texts that were measured in both."""
    information: Figures
    """Bits for all of them there, over bits here: less than 1 where this language costs more bits
    (information parity, Tsvetkov and Kipnis 2024)."""
    token_premium: Figures
    """Tokens for all of them here, over tokens there: more than 1 where this language costs more tokens
    (Petrov et al. 2023)."""


class Corpus(Part):
    """What a published program says of all answers together, beside the mean over items."""

    name: str = Field(max_length=100)
    """`chrF++`, 0 to 100."""
    figure: Figures
    n: int = Field(gt=0)
    """Answers that it was given."""
    signature: str = Field(max_length=500)
    """The program's own words on how it was set and which version it is."""


class Measure(Record):
    """One figure of one model on one suite in one language: chrF, bits per UTF-8 byte, a graded score."""

    kind: ClassVar[str] = "evaluation.measure"
    minor: ClassVar[int] = 4

    model: Name
    model_sha256: Sha256
    """The file that was measured, as the provider's record names it."""
    provider: Name
    """Through which endpoint; `here` where this node opened the model's file for it; `elsewhere` where
    another harness asked an endpoint that the catalogue does not know."""
    suite: str
    suite_version: str
    suite_sha256: Sha256
    """The data file."""
    language: Language
    metric: str = Field(max_length=100)
    """What was measured: `chrF`, `bits per UTF-8 byte`, `graded score`."""
    scorer: str = Field(max_length=100)
    """Which program measured: name and version."""
    higher_is_better: bool
    method: str
    """How items were asked and measured, in words that allow repeating it."""
    seed: int
    n: int = Field(gt=0)
    """Measured items, or their repeats."""
    figure: Figures
    """The mean over items, with its 95 % interval."""
    interval: str
    """How the interval was made."""
    verdicts: dict[Verdict, int] = Field(default_factory=dict[Verdict, int])
    """Answers by what was found."""
    unanswered: tuple[str, ...] = ()
    """Items of the suite that the provider never answered."""
    items_sha256: Sha256 | None = None
    """Of the measured items' ids in order, one a line: evidence with the same list can be paired."""
    judge: str | None = None
    """The model that judged, if one did."""
    made: Made | None = None
    """How it came about; None for what was taken from another harness."""
    taken: Taken | None = None
    """Where the answers come from, if another harness asked for them."""
    parity: Parity | None = None
    """Of parallel text: what it costs relative to English; None for English, and where that was not
    measured before."""

    corpus: Corpus | None = None
    """Of translations: chrF++ by sacrebleu; None where that was not installed, and of all else."""

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        low, high = self.figure.low, self.figure.high
        if (low is not None and low > self.figure.value) or (
            high is not None and high < self.figure.value
        ):
            raise ValueError("the value lies outside its interval")
        return self

    def subjects(self) -> tuple[Subject, ...]:
        """Return the model's file, the data, and the full log if it was kept."""
        found = (
            Subject(name=self.model, sha256=self.model_sha256),
            Subject(name=f"{self.suite}-{self.suite_version}", sha256=self.suite_sha256),
        )
        log = self.made.log_sha256 if self.made else None
        return (*found, Subject(name=f"{self.id}.jsonl", sha256=log)) if log else found
