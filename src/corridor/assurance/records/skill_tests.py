"""Tests of skill by others that rules of tiers may ask for, and domains in which there is none."""

from pydantic import Field

from corridor.assurance.records.tiers import Domain
from corridor.catalogue import Language
from corridor.core.records import Part


class SkillTest(Part):
    """A test that somebody else has made, of which evidence may be made or read here."""

    suite: str = Field(min_length=1, max_length=500)
    """As evidence on it is named."""
    domain: Domain
    asked_here: bool
    """Whether Corridor can ask a model itself; else only another harness's log is read, and that is weak."""
    languages: tuple[Language, ...] = Field(min_length=1)
    guessing: float | None = Field(default=None, gt=0, lt=1)
    """The share that is right by guessing; None where one cannot guess."""
    tells: str
    does_not_tell: str
    source: str


class Untested(Part):
    """A domain for which no test gives evidence here: what is not known of it stays of the highest tier."""

    domain: Domain
    why: str


class SkillTests(Part):
    """All that is known of tests of skill."""

    tests: tuple[SkillTest, ...]
    untested: tuple[Untested, ...]
