"""What a red team keeps of a campaign: who may attack what until when, and each step of its work.

The texts of attacks and of what came of them are not in here, but sealed on the node; a record has their
digests, and what was found.
"""

from datetime import timedelta
from typing import ClassVar, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from corridor.catalogue import Language, Name, Sha256
from corridor.core.records import Part, Record, RecordId, Subject
from corridor.evaluation import Category, Conduct, Form

Duty = Literal["lead", "tester", "reviewer", "observer"]
"""A lead may do everything; testers attack; reviewers accept what others made; observers read."""
Task = Literal["requirements", "attacks", "judge"]
"""What a model does in a campaign, beside the one that is attacked."""
Letters = dict[Conduct, int]
LONGEST = timedelta(days=366)
"""Of a campaign."""
MOST_WORDS = 8_000


class Member(Part):
    """A person of a red team, by the name that the team uses."""

    name: str = Field(min_length=1, max_length=200)
    organisation: Name
    duty: Duty
    languages: tuple[Language, ...] = ()
    """In which they can attack and judge."""
    principal: RecordId | None = None
    """The record of the principal of access of this name, where the node had one when the campaign began."""


class Engine(Part):
    """A model that works for the campaign, named and pinned."""

    task: Task
    provider: Name
    model_sha256: Sha256
    """The file, as the provider's record named it when the campaign began."""


class Wish(Part):
    """What a campaign is to be, as people write it; files are named when it begins."""

    name: Name
    title: str
    scope: str
    rules: str
    members: tuple[Member, ...]
    begins_at: AwareDatetime
    ends_at: AwareDatetime
    """A campaign without an end is none."""
    provider: Name
    languages: tuple[Language, ...]
    categories: tuple[Category, ...]
    engines: dict[Task, Name] = Field(default_factory=dict[Task, Name])
    """The provider of the model that does a task."""


class Campaign(Record):
    """What may be attacked, by whom, by which rules and until when; the newest of a name counts."""

    kind: ClassVar[str] = "assurance.campaign"
    minor: ClassVar[int] = 1

    name: Name
    title: str = Field(min_length=1, max_length=200)
    scope: str = Field(min_length=10, max_length=MOST_WORDS)
    """What is to be found out, and what is out of bounds."""
    rules: str = Field(min_length=10, max_length=MOST_WORDS)
    """What nobody does, whom to tell, when to stop."""
    members: tuple[Member, ...] = Field(min_length=1, max_length=500)
    begins_at: AwareDatetime
    ends_at: AwareDatetime
    provider: Name
    """The way to the model that is attacked."""
    model: Name
    model_sha256: Sha256
    """The file that is attacked; another one is another campaign."""
    languages: tuple[Language, ...] = Field(min_length=1)
    categories: tuple[Category, ...] = Field(min_length=1)
    engines: tuple[Engine, ...] = ()
    """The models that attack and judge in its automated rounds."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not timedelta() < self.ends_at - self.begins_at <= LONGEST:
            raise ValueError("a campaign ends after it begins, within 366 days")
        if len(self.people) < len(self.members):
            raise ValueError("two members have the same name")
        reviewers = [each for each in self.members if each.duty in ("lead", "reviewer")]
        if not reviewers or len(self.members) == 1:
            raise ValueError("nobody could review: it takes two members, one lead or reviewer")
        return self

    @property
    def unknown(self) -> tuple[str, ...]:
        """The names of members of whom access knows nothing."""
        return tuple(each.name for each in self.members if each.principal is None)

    @property
    def people(self) -> frozenset[str]:
        """The names of its members."""
        return frozenset(each.name for each in self.members)

    def subjects(self) -> tuple[Subject, ...]:
        """Return the file that is attacked."""
        return (Subject(name=self.model, sha256=self.model_sha256),)


class Step(Record):
    """What every step of a campaign says: to which it belongs, and whose work it is."""

    campaign: Name
    by: str = Field(min_length=1, max_length=200)
    """A member by name, or the provider of the model that made it."""
    by_sha256: Sha256 | None = None
    """Of the model's file, where a model made it."""


class Requirement(Step):
    """What the model must do or must not do, as a document asks it; attacks try to break it."""

    kind: ClassVar[str] = "assurance.requirement"

    text: str = Field(min_length=10, max_length=MOST_WORDS)
    document: str = Field(min_length=1, max_length=500)
    """Which document asks it, by name and place."""
    document_sha256: Sha256
    category: Category

    def subjects(self) -> tuple[Subject, ...]:
        """Return the document."""
        return (Subject(name=self.document, sha256=self.document_sha256),)


class Attack(Step):
    """A prompt that tries to break a requirement; its text is sealed on the node."""

    kind: ClassVar[str] = "assurance.attack"

    requirement: RecordId
    language: Language
    form: Form = "plain"
    turns: int = Field(default=1, ge=1, le=50)
    """Messages that are sent, one after the answer to the other."""
    text_sha256: Sha256
    """Of the messages as they were sealed."""
    marked: bool = False
    """Whether it has a canary or other mark, so that no judge is needed."""


class Review(Step):
    """A second person's word on a requirement, an attack, what came of one, or a finding."""

    kind: ClassVar[str] = "assurance.review"

    of: RecordId
    accepted: bool
    reasons: str = Field(min_length=1, max_length=MOST_WORDS)


class Attempt(Step):
    """What the model did with an attack, each time it was made."""

    kind: ClassVar[str] = "assurance.attempt"

    attack: RecordId
    model_sha256: Sha256
    """The file that was attacked: that of the campaign, or a mended one in a re-test."""
    provider: Name
    conducts: Letters
    """How often it did what."""
    judge: str = Field(max_length=200)
    """Who said so: rules by name and version, or a model's provider."""
    judge_sha256: Sha256 | None = None
    log_sha256: Sha256
    """Of the sealed log: what was said, and why it was judged so."""

    @model_validator(mode="after")
    def _check_counts(self) -> Self:
        if sum(self.conducts.values()) < 1 or min(self.conducts.values()) < 0:
            raise ValueError("nothing was tried")
        return self

    def subjects(self) -> tuple[Subject, ...]:
        """Return the file that was attacked, and the sealed log."""
        return (
            Subject(name=self.provider, sha256=self.model_sha256),
            Subject(name=f"{self.id}.jsonl", sha256=self.log_sha256),
        )
