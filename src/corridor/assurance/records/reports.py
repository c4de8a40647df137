"""What a red team, a user or a guard found, what became of it, and who may know it until when.

An incident in use enters by the same door as a finding of a campaign: one kind of report. Its words are
for those who may see it; nobody's personal data, and no attack that could be repeated from it, belong in it.
"""

from typing import ClassVar, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from corridor.catalogue import Language, Name, Sha256
from corridor.core.records import Part, Record, RecordId, Subject
from corridor.evaluation import Category, Estimate

Severity = Literal["low", "medium", "high", "critical"]
Origin = Literal["campaign", "guard", "user", "audit", "partner"]
"""Where it was noticed."""
State = Literal["confirmed", "rejected", "fixed", "retested", "reopened"]
Nature = Literal["hazard", "incident", "serious_incident", "disaster"]
"""Harm that could come, that came, that is serious, that is of many (OECD, Defining AI incidents, 2024)."""
MOST_WORDS = 8_000
PARTS = ("title", "summary", "harm", "reported_by")
"""The words of a report that people write."""
OF_CIRCUMSTANCES = ("service", "industry", "autonomy", "harms", "affected", "principles")
"""Those of its circumstances."""


class Circumstances(Part):
    """What was harmed, where and how, in the dimensions by which the OECD's monitor sorts incidents."""

    nature: Nature
    occurred_at: AwareDatetime
    """When it first happened, as far as is known."""
    service: str = Field(default="", max_length=200)
    countries: tuple[str, ...] = Field(default=(), max_length=250)
    """ISO 3166-1 codes of two letters."""
    harms: tuple[str, ...] = Field(default=(), max_length=20)
    """Kinds of harm: physical, psychological, economic, reputational, public interest, human rights, environment."""
    affected: tuple[str, ...] = Field(default=(), max_length=20)
    """Groups: consumers, workers, children, minorities, government, business, the general public."""
    principles: tuple[str, ...] = Field(default=(), max_length=20)
    """Of the OECD's AI principles, those that are touched."""
    industry: str = Field(default="", max_length=200)
    autonomy: str = Field(default="", max_length=200)
    """How much the system did without a person."""

    @model_validator(mode="after")
    def _check_countries(self) -> Self:
        if bad := [each for each in self.countries if not (len(each) == 2 and each.isupper())]:
            raise ValueError(f"no country has the code {bad[0][:20]!r}; two capital letters do")
        return self


class Finding(Record):
    """What a model did that it should not, how bad and how often; what became of it is said by updates."""

    kind: ClassVar[str] = "assurance.finding"

    origin: Origin
    campaign: Name | None = None
    """None for what was noticed in use."""
    title: str = Field(min_length=5, max_length=200)
    summary: str = Field(min_length=10, max_length=MOST_WORDS)
    """What happens, without the words that make it happen."""
    harm: str = Field(default="", max_length=MOST_WORDS)
    """What could follow, or followed."""
    severity: Severity
    category: Category
    languages: tuple[Language, ...] = ()
    model: Name
    model_sha256: Sha256
    attempts: tuple[RecordId, ...] = ()
    """What it rests on."""
    tried: int = Field(default=0, ge=0)
    """How often it was tried in those."""
    reproduced: Estimate | None = None
    """Of those the share that went wrong, with its 95 % interval; None where nothing was tried."""
    circumstances: Circumstances | None = None
    """Of an incident in use."""
    reported_by: str = Field(min_length=1, max_length=200)
    """A member, an office, a guard's name; never a user's."""
    source: str = Field(default="", max_length=200)
    """What was read: a request's id, a line of the account, a partner's report."""
    may_see: tuple[Name, ...] = ()
    """The partners that may have it before it is public; others learn that it is there, if it is disclosed."""

    @model_validator(mode="after")
    def _check_ground(self) -> Self:
        if (self.origin == "campaign") != (self.campaign is not None):
            raise ValueError("a finding of a campaign names it, and no other does")
        if (self.reproduced is None) != (self.tried == 0):
            raise ValueError("how often it came back is said exactly where it was tried")
        return self

    def subjects(self) -> tuple[Subject, ...]:
        """Return the model's file."""
        return (Subject(name=self.model, sha256=self.model_sha256),)


class FindingUpdate(Record):
    """What became of a finding; the last one counts."""

    kind: ClassVar[str] = "assurance.finding_update"

    finding: RecordId
    state: State
    reasons: str = Field(min_length=5, max_length=MOST_WORDS)
    by: str = Field(min_length=1, max_length=200)
    fixed_sha256: Sha256 | None = None
    """The model's file in which it is mended, or was tried again."""
    attempts: tuple[RecordId, ...] = ()
    """The re-tests."""
    reproduced: Estimate | None = None
    """Of the re-tests, the share that went wrong."""

    @model_validator(mode="after")
    def _check_test(self) -> Self:
        if self.state == "retested" and not (self.attempts and self.reproduced):
            raise ValueError("a re-test names its attempts, and what share went wrong")
        if self.state in ("fixed", "retested") and self.fixed_sha256 is None:
            raise ValueError("it is not said in which file it was mended")
        return self


class Sighting(Record):
    """How often what a finding tells of has been seen so far; the last one counts."""

    kind: ClassVar[str] = "assurance.sighting"

    finding: RecordId
    count: int = Field(ge=1)
    """In all, since the first."""
    first_at: AwareDatetime
    last_at: AwareDatetime
    by: str = Field(min_length=1, max_length=200)
    """What counts: a guard's name, an office."""


class Disclosure(Record):
    """That there is a finding, and until when only those who may see it know more. All partners see this."""

    kind: ClassVar[str] = "assurance.disclosure"

    finding: RecordId
    finding_sha256: Sha256
    """Of the finding in canonical form: what is given or made public later is the same."""
    category: Category
    severity: Severity
    model: Name
    model_sha256: Sha256
    to: tuple[Name, ...]
    """The partners that may ask for it now."""
    embargo_until: AwareDatetime
    """From then on it is public; nobody has to do anything for that."""

    def subjects(self) -> tuple[Subject, ...]:
        """Return the model's file, and the finding."""
        return (
            Subject(name=self.model, sha256=self.model_sha256),
            Subject(name=f"{self.finding}.json", sha256=self.finding_sha256),
        )


class Publication(Record):
    """A finding after its embargo, for everyone, with what became of it."""

    kind: ClassVar[str] = "assurance.publication"
    minor: ClassVar[int] = 1

    disclosure: RecordId
    finding: Finding
    state: State | None = None
    """What had become of it by then."""
    sighted: int | None = Field(default=None, ge=1)
    """How often it had been seen by then; None where nothing counts that."""

    def subjects(self) -> tuple[Subject, ...]:
        """Return the model's file."""
        return self.finding.subjects()
