"""What a plan says beforehand: what is lost, who answers instead, and what continues."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from corridor.catalogue import Language, Name, Sha256
from corridor.core.records import Part, Record
from corridor.drills.records.figures import Figure, Source

Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
What = Literal["supplier", "provider", "model", "site", "input"]


class Likely(Part):
    """How likely it is in a year, and who says so."""

    a_year: Fraction
    source: str


class Span(Part):
    """When it begins, how long it lasts, and how long what is lost takes to come back, in days."""

    begins_day: float = Field(ge=0)
    lasts_low: float | None
    """None where nobody knows."""
    lasts_high: float | None
    recovers_low: float | None = None
    recovers_high: float | None = None


class Foretold(Part):
    """A scenario as it was planned for."""

    name: Name
    title: str
    sha256: Sha256
    """Of the scenario as canonical JSON, before its parameters were put in."""
    parameters: dict[Name, str] = Field(default_factory=dict[str, str])
    likelihood: Likely | None = None
    """None where nobody has said."""
    span: Span
    day: float | None = Field(default=None, ge=0)
    """Of the scenario, on which what is gone is foretold; None is all of it at once (since 1.2)."""


class Gone(Part):
    """Something that is lost, and which part of it."""

    what: What
    name: str
    low: Fraction
    """What is lost for certain."""
    high: Fraction
    """What may be lost: what is not known is taken as harmful as it can be."""
    by: tuple[str, ...] = ()
    """The way from what the scenario takes away to this."""
    begins_day: float | None = None
    """From which day of the scenario on it may be lost; None where nothing says."""
    certain_day: float | None = None
    """From which day on it is lost for certain; None where nothing says, or it is not."""


class Answering(Part):
    """A provider, the share of requests it answers, and how well."""

    provider: Name
    share: Fraction
    score: Figure
    """Unknown where there is no evidence that can be compared."""
    source: Source | None


class Choice(Part):
    """A provider that a route leads to, and whether it can take over."""

    provider: Name
    eligible: bool
    why: str
    """For each that is not: what keeps it from answering. Otherwise its place and its score."""
    share: Fraction
    """Of the requests that it answers after the loss."""


class Foreseen(Part):
    """One service in one language."""

    service: Name
    language: Language
    traffic: Fraction | None
    """Its share of the requests of this node; None where there were none lately."""
    before: tuple[Answering, ...]
    after: tuple[Answering, ...]
    continuity: Figure
    """Without what is lost for certain. Unknown where there is no evidence."""
    if_worse: Figure | None = None
    """Without what may be lost, too; None where that makes no difference."""
    paired: bool
    """Whether the interval is of the same items for all models; else they are taken as independent."""
    choices: tuple[Choice, ...]
    """Everybody else on the route, in order."""


class Least(Part):
    """The least that continues, and where."""

    service: Name
    language: Language
    continuity: Figure
    """Capped at 1."""


class Overall(Part):
    """What a loss leaves of a service, or of all."""

    service: Name | None
    """None for all of the corridor's services here."""
    worst: Least | None
    """The least of the languages that are known; None if none is."""
    worst_if_worse: Least | None
    """The same without what may be lost, too."""
    weighted: Fraction | None
    """The mean over known languages, by their traffic; alike where there was none. Capped at 1 each."""
    weighted_of: Fraction
    """Which part of the traffic, or of the languages, that mean speaks of."""
    unknown: tuple[str, ...]
    """What is not known: languages, or service/language for all."""
    touched: Fraction | None
    """Which share of its requests the loss touches; None where there were none lately."""


class Prediction(Record):
    """What a loss is foretold to leave of each service in each language: to be held against a drill."""

    kind: ClassVar[str] = "drills.prediction"
    minor: ClassVar[int] = 2

    engine_version: str
    """Of the program and of the method; another may compute otherwise."""
    scenario: Foretold
    home: str | None = None
    """From where it is asked; None is anywhere abroad."""
    draws: int = Field(ge=1)
    seed: int = Field(ge=0)
    gone: tuple[Gone, ...]
    lines: tuple[Foreseen, ...]
    """Every service and language that is touched, unknown ones first, then the least."""
    services: tuple[Overall, ...]
    """Every service that was planned for, the least first; languages that nothing touches count as 1."""
    overall: Overall
    notes: tuple[str, ...] = ()
    """What was assumed, and what is not known."""


class Row(Part):
    """What one scenario leaves of one service."""

    scenario: Name
    parameters: dict[str, str]
    overall: Overall
    touches: bool
    """Whether anything of the service is touched, or may be."""


class WorstOf(Part):
    """The least that continues of a service, or of all, under any of the losses one is to be ready for."""

    service: Name | None
    """None for all of the corridor's services here."""
    scenario: Name | None
    """Under which; None where nothing is known."""
    parameters: dict[str, str]
    least: Least | None
    unknown: int = Field(ge=0)
    """How many combinations of a scenario and a language are not known."""


class Readiness(Part):
    """What each of several losses leaves of each service, and the worst of it."""

    corridor: WorstOf
    services: tuple[WorstOf, ...]
    """The least first."""
    rows: tuple[Row, ...]
    """The worst first."""


class Contradiction(Part):
    """A service and language in which what was foretold and what was measured exclude each other."""

    service: Name
    language: Language
    foretold: Figure
    measured: Figure
    why: str
