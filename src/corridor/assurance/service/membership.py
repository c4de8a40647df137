"""Who the members of a campaign are: tied to principals of access where this node knows them by that name.

What is not promised: that whoever types a member's name is that member. A name that access does not know is taken as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from corridor.assurance.errors import OwnWork
from corridor.assurance.ports import Register
from corridor.assurance.records.campaigns import Campaign, Member, Step
from corridor.assurance.rules.campaigns.duties import Act, NotAMember, check_may, check_speaks
from corridor.core.clock import Clock
from corridor.core.errors import Invalid
from corridor.core.store import View


@dataclass(frozen=True, slots=True)
class Membership:
    """Tell who may do what, and that they are still here."""

    clock: Clock
    register: Register

    def tied(self, view: View, members: Sequence[Member]) -> list[Member]:
        """Return members with the principals that they are, where there are such.

        Raises:
            Invalid: if one is no person, has left, or is of another organisation, by what access knows.
        """
        return [self._tied(view, place, each) for place, each in enumerate(members)]

    def check(
        self, view: View, campaign: Campaign, who: str, act: Act, language: str | None = None
    ) -> None:
        """Check that a member may do something now, in a language where one is needed.

        Raises:
            NotAMember: if they are none, it is not their duty or language, or they have left.
            NotNow: if the campaign has not begun, or is over.
        """
        member = check_may(campaign, who, act, self.clock())
        if member.principal is not None:
            known = self.register.look_up(view, who)
            if known is None or not known.here:
                raise NotAMember(f"{who} has left, by what access knows.")
        check_speaks(campaign, who, language)

    def check_not_own(self, view: View, campaign: Campaign, who: str, step: Step) -> None:
        """Check that a step is not the work of whoever reviews it, under this or another name.

        Raises:
            OwnWork: if it is.
        """
        tied = {each.name for each in campaign.members if each.principal is not None}
        same = {who, step.by} <= tied and self.register.are_one(view, who, step.by)
        if step.by == who or same:
            raise OwnWork(f"{who} has made this; somebody else reviews it.")

    def _tied(self, view: View, place: int, member: Member) -> Member:
        known = self.register.look_up(view, member.name)
        if known is None:
            return member
        if not known.is_person or not known.here:
            raise Invalid(f"members.{place}: {member.name} has left, or is no person.")
        if known.organisation != member.organisation:
            raise Invalid(
                f"members.{place}: {member.name} is of {known.organisation}, by what access knows, "
                f"not of {member.organisation}.",
                hint="Correct the campaign, or the principal: `corridor access principals` shows them.",
            )
        return member.model_copy(update={"principal": known.record})
