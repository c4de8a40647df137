"""What one can ask about grants: decide on requests, grant, countersign, review.

A grant is made in the transaction of the last approval that it needs, and of nothing less.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from corridor.access.errors import (
    Incomplete,
    NoSuchGrant,
    NotAllowed,
    WrongState,
)
from corridor.access.records import (
    AccessRequest,
    Appeal,
    Approval,
    Conditions,
    Grant,
    Principal,
    Verdict,
)
from corridor.access.records.grants import Due, GrantStanding
from corridor.access.rules import approvals as rules
from corridor.access.rules.cases import Case
from corridor.access.rules.due import due
from corridor.access.rules.secrets import Secrets
from corridor.access.rules.stating import stated
from corridor.access.service.cases import Cases
from corridor.access.service.files import Files, check_seen, sees
from corridor.access.settings import AccessSettings
from corridor.assurance import HIGHEST, Tier
from corridor.core.clock import Clock
from corridor.core.records import Visibility
from corridor.core.store import Kept, Transaction, View

TIERS: Sequence[Tier] = (0, 1, 2, 3)


@dataclass(frozen=True, slots=True)
class Grants:
    """Decide on requests by named people, and keep what follows."""

    settings: AccessSettings
    clock: Clock
    secrets: Secrets
    cases: Cases
    policy_version: Callable[[View], str]

    def approve(
        self,
        tx: Transaction,
        request_id: str,
        approver: Principal,
        *,
        sha256: str,
        reason: str,
        conditions: Conditions | None = None,
        languages: Sequence[str] | None = None,
        days: int | None = None,
    ) -> Grant | None:
        """Approve of a request; return the grant if this was the last thing it needed.

        `sha256` is that of the signed request that the approver saw. Conditions can only be
        stricter than what was asked for: of all that are given the strictest holds.

        Raises:
            NoSuchRequest: if there is none.
            SelfApproval: if it is the approver's own, under whichever account.
            NotAllowed: if this principal may not decide on it.
            WrongState: if it is not open, was decided by this person already, or is another
                request than the one that was seen.
            Incomplete: if a field does not fit.
        """
        asked = self.cases.files(tx).request(request_id).record.form
        given = None if conditions is None else rules.completed(asked.conditions, conditions)
        self._check_fewer("languages", languages, asked.languages)
        if given is not None and given.ask_for:
            self._check_fewer("conditions.ask_for", given.ask_for, asked.conditions.tools)
        self.decide(
            tx,
            request_id,
            approver,
            "approve",
            sha256,
            reason,
            conditions=given,
            languages=None if languages is None else tuple(languages),
            days=days,
        )
        return self._issued(tx, self.cases.files(tx), request_id)

    def refuse(
        self, tx: Transaction, request_id: str, approver: Principal, *, sha256: str, reason: str
    ) -> None:
        """Refuse a request, which ends it; whoever asked may appeal.

        Raises:
            NoSuchRequest, SelfApproval, NotAllowed, WrongState, Incomplete: as `approve`.
        """
        self.decide(tx, request_id, approver, "refuse", sha256, reason)

    def appeal(self, tx: Transaction, request_id: str, by: Principal, text: str) -> Appeal:
        """Ask that a refusal be looked at by others than those who refused; once for each refusal.

        Raises:
            NoSuchRequest: if there is none.
            NotAllowed: if it is another's request.
            WrongState: if it was not refused, or the refusal is appealed already.
        """
        files = self.cases.files(tx)
        state = files.state(request_id)
        if by.name not in files.concerned(files.asked(request_id)):
            raise NotAllowed(
                "This request is another's.",
                hint="Only who asked, or answers for who asked, appeals.",
            )
        if state.stage != "refused":
            raise WrongState(
                f"This request is {state.stage}, not refused.",
                hint="Each refusal can be appealed once.",
            )
        appeal = stated(Appeal, self.clock(), request_id=request_id, by=by.name, text=text)
        tx.append(appeal)
        tx.audit("request.appeal", request_id, by=by.name)
        return appeal

    def issue(self, tx: Transaction, request_id: str) -> Grant:
        """Grant a request that has all it needs by now: evidence that came after the approvals.

        Raises:
            NoSuchRequest: if there is none.
            WrongState: if it is not open, or waits for something; it is said for what.
        """
        files = self.cases.files(tx)
        state = files.state(request_id)
        if state.stage not in ("waiting", "appealed"):
            raise WrongState(f"This request is {state.stage}.")
        grant = self._issued(tx, files, request_id)
        if grant is None:
            words = "; ".join(wait.words for wait in state.waits)
            raise WrongState(f"This request waits for {words}.")
        return grant

    def ready(self, view: View) -> list[str]:
        """Return the requests that have all they need by now, by id."""
        files = self.cases.files(view)
        return [
            request_id
            for request_id in files.requests
            if (state := files.state(request_id)).stage in ("waiting", "appealed")
            and not state.waits
        ]

    def settle(self, tx: Transaction) -> list[Grant]:
        """Grant every request that has all it needs by now."""
        files = self.cases.files(tx)
        issued = (self._issued(tx, files, request_id) for request_id in files.requests)
        return [grant for grant in issued if grant is not None]

    def grants(self, view: View, viewer: Principal | None = None) -> list[GrantStanding]:
        """Return the grants that the viewer may see, oldest first, and how each stands.

        Partners' are among them. Without a viewer it is the node's operator who looks.
        """
        files = self.cases.files(view)
        trusted = {files.own, *files.partners}
        return [
            files.standing(kept)
            for (issuer, _), kept in files.grants.items()
            if issuer in trusted and sees(viewer, files.grantees(kept))
        ]

    def grant(
        self,
        view: View,
        grant_id: str,
        viewer: Principal | None = None,
        *,
        issuer: str | None = None,
    ) -> GrantStanding:
        """Return one grant and how it stands.

        Raises:
            NoSuchGrant: if there is none, or none that the viewer may see.
        """
        files = self.cases.files(view)
        kept = files.grant(grant_id, issuer)
        if not sees(viewer, files.grantees(kept)):
            raise NoSuchGrant(f"There is no grant {grant_id[:64]!r} of yours.")
        return files.standing(kept)

    def due(self, view: View) -> list[Due]:
        """Return what somebody has to look at before long, the most urgent first."""
        files = self.cases.files(view)
        states = [files.state(request_id) for request_id in files.asked_for]
        trusted = {files.own, *files.partners}
        standings = [files.standing(k) for (by, _), k in files.grants.items() if by in trusted]
        return due(states, standings, files.now, files.own)

    def decide(
        self,
        tx: Transaction,
        request_id: str,
        approver: Principal,
        verdict: Verdict,
        sha256: str,
        reason: str,
        **fields: object,
    ) -> None:
        """Keep one approver's decision on a request, for an exact model or for a tier; no grant yet.

        Raises:
            NoSuchRequest, SelfApproval, NotAllowed, WrongState, Incomplete: as `approve`.
        """
        files = self.cases.files(tx)
        of_tier = request_id in files.tier_requests
        case = files.tier_case(request_id) if of_tier else files.case(request_id)
        state = files.state(request_id)
        if state.stage not in ("waiting", "appealed"):
            raise WrongState(f"This request is {state.stage}, and nobody decides on it any more.")
        check_seen(case.kept.entry.sha256, sha256)
        files.check_may(approver, case.concerned, case.tier)
        for name in case.refusers:
            if name == approver.name or files.same_person(approver.name, name):
                raise NotAllowed(
                    f"{approver.name} refused it before.", hint="An appeal is decided by others."
                )
        for each in case.decisions:
            if each.approver == approver.name or files.same_person(approver.name, each.approver):
                raise WrongState(f"{approver.name} has decided on it already.")
        decision = stated(
            Approval,
            self.clock(),
            request_id=request_id,
            request_sha256=sha256,
            approver=approver.name,
            verdict=verdict,
            reason=reason,
            appeal_id=state.appeal_id,
            **fields,
        )
        if decision.conditions is not None and isinstance(case, Case):
            self._check_hours(case, decision.conditions)
        tx.append(decision)
        tx.audit(f"request.{verdict}", request_id, approver=approver.name, sha256=sha256)

    def _issued(self, tx: Transaction, files: Files, request_id: str) -> Grant | None:
        case = files.case(request_id)
        if files.state(request_id).stage not in ("waiting", "appealed"):
            return None
        if files.open_waits(case):
            return None
        grant = self._made(tx, files, case)
        tx.append(grant)
        tx.audit(
            "grant.issue",
            grant.id,
            request=request_id,
            grantee=grant.grantee,
            model=grant.model_sha256,
            tier=grant.tier,
            until=grant.until.isoformat(),
            approvers=" ".join(case.tally.names),
        )
        return grant

    def _made(self, tx: Transaction, files: Files, case: Case) -> Grant:
        request: Kept[AccessRequest] = case.kept
        form, now = request.record.form, self.clock()
        requester = files.principals[form.requester]
        given = [each.conditions for each in case.counted if each.conditions is not None]
        conditions = rules.strictest(form.conditions, given)
        if conditions is None:
            raise WrongState("The approvals leave no hour of the day in common.")
        until = now + timedelta(days=rules.least_days(form.days, case.counted, case.terms))
        abroad = form.node != files.own
        evidence = tuple(each for each in case.evidence if each.language in case.languages)
        return Grant(
            made_at=now,
            visibility=_visibility(case.tier, abroad=abroad),
            grantee=self.secrets.pseudonym(form.requester, form.node),
            grantee_type=requester.type,
            organisation=requester.organisation,
            country=files.countries.get(requester.organisation) or None,
            identity_level=files.identity_level(form.requester),
            project=form.project,
            model=form.model,
            model_sha256=form.model_sha256,
            node=form.node,
            tier=TIERS[case.tier],
            surface=form.surface,
            purpose=form.purpose,
            use_class=form.use_class,
            target=form.target,
            sensitivity=form.sensitivity,
            languages=tuple(each.language for each in evidence),
            conditions=conditions,
            evidence=evidence,
            approvals=case.tally.persons,
            approver_countries=tuple(sorted(case.tally.countries)),
            request_sha256=request.entry.sha256,
            policy_version=self.policy_version(tx),
            valid_from=now,
            until=until,
            review_at=min(until, now + timedelta(days=case.terms.review_days)),
            lease_seconds=case.terms.lease_seconds if abroad else None,
        )

    def _check_fewer(self, field: str, given: Sequence[str] | None, asked: Sequence[str]) -> None:
        more = [one for one in given or () if one not in asked]
        if more or (given is not None and not given):
            raise Incomplete(
                f"{field}: {more[0]} was not asked for." if more else f"{field}: is empty.",
                hint=f"The request names {', '.join(asked) or 'none'}.",
            )

    def _check_hours(self, case: Case, conditions: Conditions) -> None:
        given = [each.conditions for each in case.counted if each.conditions is not None]
        if rules.strictest(case.kept.record.form.conditions, [*given, conditions]) is None:
            raise Incomplete(
                "conditions.hours: leaves no hour that was asked for and that others approved of.",
                hint="Look at the request and the approvals that are there.",
            )


def _visibility(tier: int, *, abroad: bool) -> Visibility:
    return "partners" if abroad or tier >= HIGHEST else "internal"
