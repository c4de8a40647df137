"""Trying policies over HTTP before they are in force: what is wrong with them, and who would notice."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, JsonValue

from corridor.access.rules.policies import MAX_TEXT
from corridor.access.rules.policy_cases import Case, CaseFile
from corridor.access.rules.policy_replay import Change
from corridor.access.service.policies import SHORTEST_VERSION, Policies
from corridor.access.service.policy_replay import Replay
from corridor.catalogue import Name
from corridor.core.errors import Invalid
from corridor.core.records import Part
from corridor.edge.http import LimitedRoute, Operator, Reading, service

router = APIRouter(route_class=LimitedRoute, prefix="/access/policies", tags=["access"])

MOST = 20_000
"""Decisions that are replayed for one request."""
MOST_CASES = 2_000
"""Cases that are tried for one request."""
Service = Annotated[Policies, service(Policies)]
Texts = Annotated[
    dict[Name, Annotated[str, Field(max_length=MAX_TEXT)]], Field(min_length=1, max_length=20)
]
Version = Annotated[str, Field(pattern=rf"^[0-9a-f]{{{SHORTEST_VERSION},64}}$")]


class Trial(Part):
    """Policies that might be in force beside the present ones, or in the place of some."""

    texts: Texts
    """In Cedar, by name."""


class Wrong(Part):
    """What is wrong with a policy, and where."""

    name: str
    line: int
    """Where it begins in the text; 0 where the whole text is meant."""
    policy: str
    message: str


class Comparison(Part):
    """Which policies are to be held against each other."""

    old: Version | None = None
    """The beginning of a version; those in force if none is named."""
    new: Version | None = None
    added: dict[Name, Annotated[str, Field(max_length=MAX_TEXT)]] = Field(default={}, max_length=20)
    """Texts by name, beside those in force; only where no version is named as the new one."""
    days: float = Field(default=7, gt=0, le=731)
    """So far back."""
    most: int = Field(default=MOST, ge=1, le=MOST)
    """At most so many decisions, the newest."""


class Compared(Part):
    """Who would gain, and who would lose; by pseudonyms."""

    decisions: int
    """How many were decided again."""
    same: int
    gain: tuple[Change, ...]
    lose: tuple[Change, ...]
    reasons_gone: Mapping[str, int]
    """Of decisions that would be gained: how many each reason closed."""
    reasons_new: Mapping[str, int]
    """Of decisions that would be lost: how many each reason closes."""


class Cases(Part):
    """Cases that policies have to decide as they say."""

    cases: Annotated[tuple[Case, ...], Field(min_length=1, max_length=MOST_CASES)] | None = None
    """The shipped ones if none are given."""
    base: dict[str, JsonValue] | None = None
    """The facts of a case that says nothing else; those of the shipped cases if none are given."""
    added: dict[Name, Annotated[str, Field(max_length=MAX_TEXT)]] = Field(default={}, max_length=20)
    """Texts by name, beside those in force."""

    def given(self) -> CaseFile | None:
        """Return the cases as a file has them; None for the shipped ones.

        Raises:
            Invalid: if there is a base without cases.
        """
        if self.cases is None:
            if self.base is not None:
                raise Invalid("base: is for cases of yours, and there are none.")
            return None
        return CaseFile(base=self.base, cases=self.cases)


class CaseTried(Part):
    """What policies said of a case."""

    case: str
    allowed: bool
    reasons: tuple[str, ...]
    policies: tuple[str, ...]
    """The ids of those that decided."""
    fault: str | None
    """What is otherwise than the case says; None if it comes out as it should."""


@router.post("/check")
def check(_: Operator, view: Reading, policies: Service, trial: Trial) -> list[Wrong]:
    """Say everything that is wrong with policies; nothing is published."""
    found = policies.faults(view, trial.texts)
    return [Wrong(name=f.name, line=f.line, policy=f.policy, message=f.message) for f in found]


@router.post("/test")
def test(_: Operator, view: Reading, policies: Service, asked: Cases) -> list[CaseTried]:
    """Run cases: do policies allow what they must, and nothing that they must not?

    The shipped cases alone are run against the shipped rules; others, or with texts that are
    added, against all policies in force.
    """
    given = asked.given()
    own = given is not None or asked.added
    found = policies.tried(
        policies.with_added(view, asked.added) if own else policies.shipped(), given
    )
    return [
        CaseTried(
            case=each.case.name,
            allowed=each.ruling.allowed,
            reasons=each.ruling.reasons,
            policies=each.ruling.policies,
            fault=each.fault,
        )
        for each in found
    ]


@router.post("/diff")
def diff(
    _: Operator,
    view: Reading,
    policies: Service,
    replay: Annotated[Replay, service(Replay)],
    asked: Comparison,
) -> Compared:
    """Replay past decisions under other policies; nothing is published."""
    old = policies.at_version(view, asked.old) if asked.old else policies.in_force(view)
    new = (
        policies.at_version(view, asked.new)
        if asked.new
        else policies.with_added(view, asked.added)
    )
    found = replay.changes(view, old, new, timedelta(days=asked.days), asked.most)
    return Compared(
        decisions=found.decisions,
        same=found.same,
        gain=found.gain,
        lose=found.lose,
        reasons_gone=found.reasons_gone,
        reasons_new=found.reasons_new,
    )
