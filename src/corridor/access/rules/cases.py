"""What a request waits for, in words and data."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from corridor.access.records import (
    AccessRequest,
    Appeal,
    Approval,
    EvidenceUsed,
    Principal,
    Purpose,
    Revocation,
)
from corridor.access.records.grants import GrantStanding
from corridor.access.records.requests import Gap, Stage, Wait
from corridor.access.rules import approvals as rules
from corridor.access.rules.grants import needs_word
from corridor.access.rules.revocations import Names
from corridor.access.settings import AccessSettings, TierTerms
from corridor.core.store import Kept


@dataclass(frozen=True, slots=True)
class Case:
    """One request, with what was decided on it and what may still be."""

    kept: Kept[AccessRequest]
    withdrawn: bool
    tier: int
    terms: TierTerms
    concerned: tuple[str, ...]
    """Whose request it is: none of them decides on it."""
    appeals: tuple[Appeal, ...]
    decisions: tuple[Approval, ...]
    """All since the last appeal, refusals too."""
    refusers: tuple[str, ...]
    """Who refused before the last appeal."""
    counted: tuple[Approval, ...]
    """The approvals that count now."""
    tally: rules.Tally
    evidence: tuple[EvidenceUsed, ...]
    lacking: Mapping[str, str]
    """The languages without evidence, and why."""

    @property
    def refusal(self) -> Approval | None:
        """The refusal that ended it, unless it was appealed."""
        return next((each for each in self.decisions if each.verdict == "refuse"), None)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that everybody approved of."""
        return rules.common_languages(self.kept.record.form.languages, self.counted)

    def countries_needed(self, own: str, settings: AccessSettings) -> int:
        """Return how many countries this node's approvers must come from.

        One may be missing where a partner's countersignature has to bring it.
        """
        form = self.kept.record.form
        word = needs_word(self.tier, own, form.node, settings)
        return max(1, self.terms.countries - (1 if word else 0))


def stage_of(case: Case, granted: GrantStanding | None) -> Stage:
    """Return how a request stands; `granted` is the grant that it became."""
    if granted is not None:
        return "ended" if granted.stage in ("ended", "revoked", "withdrawn") else "granted"
    if case.withdrawn:
        return "withdrawn"
    if case.refusal is not None:
        return "refused"
    return "appealed" if case.appeals else "waiting"


def waits(
    case: Case,
    own: str,
    settings: AccessSettings,
    principals: Mapping[str, Principal],
    purposes: Mapping[str, Purpose],
    closed: Callable[[Names], Revocation | None],
) -> Iterator[Wait]:
    """Yield everything that has to be there before an open request becomes a grant."""
    yield from _people(case, case.countries_needed(own, settings))
    form = case.kept.record.form
    if not any(used.language in case.languages for used in case.evidence):
        for language in case.languages or form.languages:
            why = case.lacking.get(language, "nobody approved of the language")
            words = (
                f"an evaluation of {form.model} ({form.model_sha256[:12]}…) in {language}: {why}"
            )
            yield Wait(waits_for="evidence", words=words, names=(language,))
    if rules.strictest(form.conditions, _conditions(case)) is None:
        yield Wait(waits_for="hours", words="the approvals leave no hour of the day in common")
    yield from _standing(case, principals, purposes, closed)


def after_grant(granted: GrantStanding) -> Iterator[Wait]:
    """Yield what a grant needs before it opens anything."""
    grant = granted.grant
    if granted.stage in ("not_countersigned", "countersign_refused"):
        node = grant.node if grant.node != granted.issuer else "a partner"
        words = f"{node}'s countersignature: {granted.why}"
        names = (node,) if node == grant.node else ()
        yield Wait(waits_for="countersignature", words=words, names=names)
    elif granted.stage in ("suspended", "review_overdue", "not_yet"):
        yield Wait(waits_for="standing", words=granted.why)


def of_gaps(found: list[Gap]) -> tuple[Wait, ...]:
    """Return what a draft waits for: its fields."""
    names = tuple(gap.field for gap in found if gap.blocks)
    if not names:
        return (Wait(waits_for="fields", words="it is complete: hand it in"),)
    words = f"{len(names)} fields: {', '.join(names)}"
    return (Wait(waits_for="fields", words=words, missing=len(names), names=names),)


def _conditions(case: Case) -> list[rules.Conditions]:
    return [each.conditions for each in case.counted if each.conditions is not None]


def _people(case: Case, countries: int) -> Iterator[Wait]:
    missing = case.terms.approvals - case.tally.persons
    if missing > 0:
        who = "another person" if missing == 1 else f"{missing} different persons"
        level = (
            f", verified at identity level {case.terms.identity}"
            if case.tier >= rules.VERIFIED_FROM
            else ""
        )
        words = f"the approval of {who}{level}"
        yield Wait(waits_for="approvals", words=words, missing=missing)
    present = sorted(case.tally.countries)
    lacking = countries - len(present)
    if lacking > 0 and (case.tally.persons or countries > 1):  # else the first approval brings it
        than = f" other than {', '.join(present)}" if present else ""
        words = f"approvers from {lacking} {'country' if lacking == 1 else 'countries'}{than}"
        yield Wait(waits_for="countries", words=words, missing=lacking, names=tuple(present))


def _standing(
    case: Case,
    principals: Mapping[str, Principal],
    purposes: Mapping[str, Purpose],
    closed: Callable[[Names], Revocation | None],
) -> Iterator[Wait]:
    form = case.kept.record.form
    requester = principals.get(form.requester)
    if requester is None or not requester.active:
        yield Wait(waits_for="standing", words=f"{form.requester} has left")
        return
    purpose = purposes.get(form.purpose)
    if purpose is None or not purpose.active:
        yield Wait(waits_for="standing", words=f"{form.purpose} is not in the list of purposes now")
    names = Names(
        principal=form.requester,
        project=form.project,
        organisation=requester.organisation,
        model=form.model_sha256,
        purpose=form.purpose,
    )
    if (shut := closed(names)) is not None:
        words = f"{shut.scope} {shut.target} is closed: {shut.reason}"
        yield Wait(waits_for="standing", words=words)
