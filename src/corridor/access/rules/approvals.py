"""Deciding by people: who may, whose word counts, and what several words come to.

Nobody decides on what is theirs, under whichever account. Persons are counted as natural persons:
accounts that are known to be one person's count once. Whether an approver still may is asked again
when a grant is made: one who left, or is no approver any more, has not approved.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from corridor.access.records import Appeal, Approval, Conditions, Hours, Principal, Quota
from corridor.access.settings import TierTerms

SamePerson = Callable[[str, str], bool]
"""Tells whether two principals are one natural person, or one answers for the other."""
VERIFIED_FROM = 2
"""From this tier on an approver's own identity must be verified."""
ALL_DAY = frozenset(range(24))


@dataclass(frozen=True, slots=True)
class Approver:
    """Somebody who wants to decide, as far as that matters."""

    principal: Principal
    country: str
    """Of the organisation; empty where unknown."""
    identity_level: int


@dataclass(frozen=True, slots=True)
class Bar:
    """Why somebody may not decide."""

    why: str
    own: bool = False
    """It would be a decision on what is theirs."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What the approvals that count come to."""

    names: tuple[str, ...]
    persons: int
    """Different natural persons."""
    countries: frozenset[str]


def bar(
    approver: Approver,
    concerned: Iterable[str],
    same_person: SamePerson,
    terms: TierTerms,
    tier: int,
) -> Bar | None:
    """Return why somebody may not decide on what concerns some principals, or None."""
    principal = approver.principal
    name = principal.name
    for other in concerned:
        if name == other or same_person(name, other) or same_person(other, name):
            return Bar(f"{name} decides on nothing of {other}: they are one person", own=True)
    if not principal.active:
        return Bar(f"{name} has left")
    if principal.type != "person":
        return Bar(f"{name} is no person")
    if "approver" not in principal.roles:
        return Bar(f"{name} is no approver")
    if tier >= VERIFIED_FROM and approver.identity_level < terms.identity:
        return Bar(
            f"{name}'s identity is not verified as tier {tier} asks (level {terms.identity})"
        )
    return None


def tally(approvers: Sequence[Approver], same_person: SamePerson) -> Tally:
    """Count natural persons and countries among approvers; one person counts once."""
    names = tuple(dict.fromkeys(each.principal.name for each in approvers))
    groups: list[set[str]] = []
    for name in names:
        linked = [
            group
            for group in groups
            if any(same_person(name, other) or same_person(other, name) for other in group)
        ]
        groups = [group for group in groups if group not in linked] + [{name}.union(*linked)]
    countries = frozenset(each.country for each in approvers if each.country)
    return Tally(names, len(groups), countries)


def current_round(
    approvals: Iterable[Approval], appeals: Sequence[Appeal]
) -> tuple[list[Approval], list[Approval]]:
    """Return the decisions since the last appeal (all, without one), and those before it."""
    appeal = appeals[-1].id if appeals else None
    found = list(approvals)
    return (
        [each for each in found if each.appeal_id == appeal],
        [each for each in found if each.appeal_id != appeal],
    )


def completed(asked: Conditions, given: Conditions | None) -> Conditions:
    """Return an approver's conditions with what they say nothing of taken from those asked for."""
    if given is None:
        return asked
    return asked.model_copy(update={name: getattr(given, name) for name in given.model_fields_set})


def strictest(asked: Conditions, given: Iterable[Conditions]) -> Conditions | None:
    """Return the strictest of all conditions; None if they leave no hour of the day in common."""
    every = (asked, *given)
    hours, possible = _common_hours([each.hours for each in every])
    if not possible:
        return None
    tools = set(asked.tools).intersection(*(each.tools for each in every))
    waiting = dict.fromkeys(tool for each in every for tool in each.ask_for)
    return Conditions(
        hours=hours,
        quota=Quota(
            requests=_least(each.quota.requests for each in every),
            tokens=_least(each.quota.tokens for each in every),
        ),
        human_in_the_loop=any(each.human_in_the_loop for each in every),
        retention_days=_least(each.retention_days for each in every),
        tools=tuple(tool for tool in asked.tools if tool in tools),
        check_tool_calls=any(each.check_tool_calls for each in every),
        # One that was asked for and not granted cannot be called; any other name stays, and closes.
        ask_for=tuple(tool for tool in waiting if tool in tools or tool not in asked.tools),
    )


def least_days(asked: int, approvals: Iterable[Approval], terms: TierTerms) -> int:
    """Return for how many days it is granted: the shortest time of all."""
    return min(asked, terms.max_days, *(each.days for each in approvals if each.days is not None))


def common_languages(asked: Sequence[str], approvals: Iterable[Approval]) -> tuple[str, ...]:
    """Return the languages that everybody approved of."""
    limits = [set(each.languages) for each in approvals if each.languages is not None]
    return tuple(one for one in dict.fromkeys(asked) if all(one in limit for limit in limits))


def hours_of(hours: Hours | None) -> frozenset[int]:
    """Return the hours of the day that lie within."""
    if hours is None or hours.start == hours.end:
        return ALL_DAY
    length = (hours.end - hours.start) % 24
    return frozenset((hours.start + step) % 24 for step in range(length))


def _common_hours(every: Iterable[Hours | None]) -> tuple[Hours | None, bool]:
    """Return the hours in common, and whether there are any; of two stretches the longer one."""
    common = ALL_DAY.intersection(*(hours_of(hours) for hours in every))
    if common == ALL_DAY:
        return None, True
    starts = [hour for hour in sorted(common) if (hour - 1) % 24 not in common]
    stretches: Mapping[int, int] = {start: _length(start, common) for start in starts}
    if not stretches:
        return None, False
    start = max(stretches, key=lambda hour: stretches[hour])
    return Hours(start=start, end=(start + stretches[start]) % 24), True


def _length(start: int, within: frozenset[int]) -> int:
    length = 0
    while (start + length) % 24 in within:
        length += 1
    return length


def _least(values: Iterable[int | None]) -> int | None:
    return min((value for value in values if value is not None), default=None)
