"""Requests for a tier: how one stands until an approver names exact models, and which may be named.

A request for a tier opens nothing. Each model that is named for it becomes a request of its own,
which is decided, and granted, by the rules of that model's own tier.
"""

from dataclasses import dataclass

from corridor.access.records import Appeal, Approval, TierRequest
from corridor.access.records.requests import RequestState, Stage, Wait
from corridor.core.records import RecordId
from corridor.core.store import Kept


@dataclass(frozen=True, slots=True)
class TierCase:
    """One request for a tier, with what was decided on it."""

    kept: Kept[TierRequest]
    withdrawn: bool
    concerned: tuple[str, ...]
    """Whose request it is: none of them decides on it."""
    appeals: tuple[Appeal, ...]
    decisions: tuple[Approval, ...]
    """All since the last appeal."""
    refusers: tuple[str, ...]
    """Who refused before the last appeal."""
    became: tuple[RecordId, ...]
    """The requests for exact models that came of it."""

    @property
    def tier(self) -> int:
        """The tier that is asked for: by its terms approvers are verified."""
        return self.kept.record.form.tier

    @property
    def refusal(self) -> Approval | None:
        """The refusal that ended it, unless it was appealed."""
        return next((each for each in self.decisions if each.verdict == "refuse"), None)


def _stage(case: TierCase) -> Stage:
    if case.became:
        return "named"
    if case.withdrawn:
        return "withdrawn"
    if case.refusal is not None:
        return "refused"
    return "appealed" if case.appeals else "waiting"


def state_of_tier(case: TierCase) -> RequestState:
    """Return how a request for a tier stands, and what it waits for."""
    request, stage = case.kept.record, _stage(case)
    return RequestState(
        id=request.id,
        stage=stage,
        tier_form=request.form,
        asked_by=request.asked_by,
        asked_at=request.made_at,
        sha256=case.kept.entry.sha256,
        tier=case.tier,
        refused_because=case.refusal.reason if case.refusal else "",
        appeal_id=case.appeals[-1].id if case.appeals else None,
        became=case.became,
        waits=(_waits_for_models(case.tier),) if stage in ("waiting", "appealed") else (),
    )


def _waits_for_models(tier: int) -> Wait:
    words = f"an approver who names exact models of this node, of tier {tier} or lower"
    return Wait(waits_for="models", words=words)


def why_not(model: str, tier: int, asked: int, *, rated: bool) -> str:
    """Return why a model cannot be named for a tier; empty if it can."""
    if tier <= asked:
        return ""
    if not rated:
        return f"nobody rated {model}, so it counts as tier {tier}, and tier {asked} was asked for"
    return f"{model} is of tier {tier}, and tier {asked} was asked for"
