"""What would change a refusal: the remedies that together would open it.

Each reason has facts that would be otherwise if it were remedied. They are changed one after the
other and the policies are asked again, until it is open or nothing more can be done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from corridor.access.ports import Ruling
from corridor.access.records import Facts

MOST_ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing that has to change."""

    reason: str
    """The code of the reason that it remedies."""
    what: str
    """In words, from the policy itself."""


def remedies(
    facts: Facts, words: Mapping[str, str], rule: Callable[[Facts], Ruling]
) -> tuple[Remedy, ...]:
    """Return what together would open it; the last has no remedy known here where it says so.

    Of reasons by an operator's own policy the words are given, and what they would do is not known.
    """
    found: list[Remedy] = []
    for _ in range(MOST_ROUNDS):
        ruling = rule(facts)
        if ruling.allowed:
            break
        reasons = [r for r in ruling.reasons if r not in {each.reason for each in found}]
        if not reasons:
            break
        for reason in reasons:
            found.append(Remedy(reason, words.get(reason, "no remedy is known for this rule")))
            facts = remedied(facts, reason)
    return tuple(found)


def remedied(facts: Facts, reason: str) -> Facts:
    """Return the facts as they would be if a reason did not hold."""
    return replace(facts, **CHANGES[reason](facts)) if reason in CHANGES else facts


def _granted(facts: Facts) -> dict[str, object]:
    """A grant as it would be issued: with all that its tier asks for."""
    return {
        "grant": "in_force",
        "grant_tier": facts.tier,
        "grant_language": True,
        "grant_approvals": facts.approvals_needed,
        "grant_countries": facts.countries_needed,
        "countersigned": True,
        "countersign_refused": False,
        "issuer_may_grant": True,
        "lease": "own" if facts.here else "held",
        "review_overdue_days": 0,
        "within_hours": True,
        "within_quota": True,
        "tools_granted": True,
    }


def _evident(_: Facts) -> dict[str, object]:
    return {"evidence": "in_force", "evidence_days": 0}


CHANGES: Mapping[str, Callable[[Facts], dict[str, object]]] = {
    "unknown_principal": lambda _: {"active": True},
    "unknown_project": lambda _: {"project_known": True},
    "identity_too_weak": lambda facts: {"identity_level": facts.identity_needed},
    "no_grant": _granted,
    "grant_ended": _granted,
    "grant_not_yet": _granted,
    "other_digest": _granted,
    "tier_raised": lambda facts: {"grant_tier": facts.tier},
    "issuer_may_not_grant": lambda _: {"issuer_may_grant": True},
    "too_few_approvals": lambda facts: {"grant_approvals": facts.approvals_needed},
    "too_few_countries": lambda facts: {"grant_countries": facts.countries_needed},
    "not_countersigned": lambda _: {"countersigned": True},
    "countersignature_refused": lambda _: {"countersign_refused": False},
    "review_overdue": lambda _: {"review_overdue_days": 0},
    "lease_ended": lambda _: {"lease": "held"},
    "revocations_unknown": lambda _: {"lease": "held"},
    "purpose_not_listed": lambda _: {"purpose_listed": True},
    "language_not_granted": lambda _: {"grant_language": True},
    "outside_hours": lambda _: {"within_hours": True},
    "quota_used_up": lambda _: {"within_quota": True},
    "human_missing": lambda _: {"overseer": True},
    "tools_not_granted": lambda _: {"tools_granted": True},
    "evidence_missing": _evident,
    "evidence_withdrawn": _evident,
    "evidence_other_language": _evident,
    "evidence_stale": _evident,
    "revoked": lambda _: {"closed": ()},
}
"""What each reason of the shipped policies would have to be otherwise."""
