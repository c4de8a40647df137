"""Who may do what in a campaign, and when: its members, by their duty, between its two dates."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from corridor.assurance.records.campaigns import Campaign, Duty, Engine, Member, Task
from corridor.core.errors import Conflict, Forbidden

Act = Literal["require", "attack", "run", "review", "find", "re-test", "disclose"]
MAY: Mapping[Act, frozenset[Duty]] = {
    "require": frozenset(("lead", "tester")),
    "attack": frozenset(("lead", "tester")),
    "run": frozenset(("lead", "tester")),
    "review": frozenset(("lead", "reviewer")),
    "find": frozenset(("lead", "tester", "reviewer")),
    "re-test": frozenset(("lead", "tester")),
    "disclose": frozenset(("lead",)),
}
AFTERWARDS: frozenset[Act] = frozenset(("review", "find", "re-test", "disclose"))
"""What is still done when a campaign is over: nothing new is attacked."""


class NotAMember(Forbidden):
    """This is not theirs to do in the campaign."""

    advice = "`corridor assurance campaign show NAME` tells who may do what."


class NotNow(Conflict):
    """The campaign has not begun, or is over."""

    advice = "A campaign ends by itself. To go on, begin another one with new dates."


def check_may(campaign: Campaign, who: str, act: Act, now: datetime) -> Member:
    """Return the member who may do something now.

    Raises:
        NotAMember: if they are none, or it is not their duty.
        NotNow: if the campaign has not begun, or is over.
    """
    member = next((each for each in campaign.members if each.name == who), None)
    if member is None:
        raise NotAMember(f"{who} is no member of {campaign.name}.")
    if member.duty not in MAY[act]:
        raise NotAMember(f"{who} is {member.duty} in {campaign.name}, and may not {act}.")
    _check_time(campaign, act, now)
    return member


def check_speaks(campaign: Campaign, who: str, language: str | None) -> None:
    """Check that a member works in a language; who names none works in all.

    Raises:
        NotAMember: if they do not.
    """
    member = next(each for each in campaign.members if each.name == who)
    if language is not None and member.languages and language not in member.languages:
        raise NotAMember(f"{who} does not work in {language} in {campaign.name}.")


def engine_for(campaign: Campaign, task: Task, now: datetime) -> Engine:
    """Return the model that does a task.

    Raises:
        NotAMember: if the campaign names none.
        NotNow: if it has not begun, or is over.
    """
    _check_time(campaign, "attack", now)
    found = next((each for each in campaign.engines if each.task == task), None)
    if found is None:
        raise NotAMember(
            f"{campaign.name} names no model for {task}.",
            hint=f"Begin it with `--engine {task}=PROVIDER`, or let people do it.",
        )
    return found


def _check_time(campaign: Campaign, act: Act, now: datetime) -> None:
    if now < campaign.begins_at:
        raise NotNow(f"{campaign.name} begins at {campaign.begins_at:%Y-%m-%d %H:%M %Z}.")
    if now >= campaign.ends_at and act not in AFTERWARDS:
        raise NotNow(f"{campaign.name} has ended at {campaign.ends_at:%Y-%m-%d %H:%M %Z}.")
