"""Rules of tiers over HTTP, as on the command line: read them, check them, try them, adopt them."""

from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from corridor.assurance.adapters.rule_files import RuleFile
from corridor.assurance.records import TierRules
from corridor.assurance.records.skill_tests import SkillTest, Untested
from corridor.assurance.records.views import TierChanged
from corridor.assurance.service import Rulebook
from corridor.catalogue import Name
from corridor.core.records import Part
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, service

router = APIRouter(route_class=LimitedRoute, prefix="/assurance/tier-rules", tags=["assurance"])
Book = Annotated[Rulebook, service(Rulebook)]


class Meant(BaseModel):
    """Rules: those that come with Corridor, by name, or others, as a file states them."""

    model_config = ConfigDict(extra="forbid")

    shipped: Name | None = None
    rules: RuleFile | None = None

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.shipped is None) == (self.rules is None):
            raise ValueError("name the shipped rules, or state rules: one of both")
        return self


class Adopting(Meant):
    """Rules that are to be in force."""

    reason: str = Field(min_length=3, max_length=4_000)
    set_words_until: AwareDatetime | None = None
    """Till then tiers that persons set before go on lowering."""


class Fault(Part):
    """What is wrong with rules, and where."""

    place: str
    what: str


class Looked(Part):
    """What is wrong with rules at this node, and what is worth knowing."""

    faults: tuple[Fault, ...]
    notes: tuple[str, ...]


class Tested(Part):
    """A test of skill, and how much evidence on it is here."""

    test: SkillTest
    evidence: int


class OfSkill(Part):
    """The tests of skill that rules may ask for, and the domains that have none."""

    tests: tuple[Tested, ...]
    untested: tuple[Untested, ...]


@router.get("")
def in_force(view: Reading, _: Operator, book: Book) -> TierRules:
    """Show the rules by which this node reckons tiers."""
    return book.required(view)


@router.get("/history")
def history(view: Reading, _: Operator, book: Book) -> list[TierRules]:
    """List the rules that this node has adopted, the oldest first; the last is in force."""
    return book.history(view)


@router.get("/shipped")
def shipped(_: Operator, book: Book) -> list[TierRules]:
    """List the rules that come with Corridor."""
    return book.shipped()


@router.get("/tests")
def of_skill(view: Reading, _: Operator, book: Book) -> OfSkill:
    """List tests of skill by others that rules may ask for: what each tells, and what it does not."""
    found = book.tests(view)
    tests = tuple(Tested(test=test, evidence=count) for test, count in found)
    return OfSkill(tests=tests, untested=book.untested())


@router.post("/check")
def check(view: Reading, _: Operator, book: Book, meant: Meant) -> Looked:
    """Say all that is wrong with rules at this node; nothing is kept."""
    rules = _rules(book, meant)
    found = book.faults(view, rules)
    return Looked(
        faults=tuple(Fault(place=place, what=what) for place, what in found),
        notes=tuple(book.notes(rules)),
    )


@router.post("/trial")
def trial(view: Reading, _: Operator, book: Book, meant: Meant) -> list[TierChanged]:
    """Show which tiers rules would change, if they were adopted now; nothing is kept."""
    return book.changes(view, _rules(book, meant))


@router.post("", status_code=201)
def adopt(tx: Tx, book: Book, meant: Adopting) -> TierRules:
    """Put rules in force, in the place of those before."""
    return book.adopt(tx, _rules(book, meant), meant.reason, meant.set_words_until)


def _rules(book: Rulebook, meant: Meant) -> TierRules:
    if meant.rules is not None:
        return book.stated(meant.rules)
    return book.shipped_under(meant.shipped or "")
