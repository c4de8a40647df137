"""Requests and grants as of one view: how each stands, and what it waits for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from corridor.access.errors import (
    NoSuchGrant,
    NoSuchRequest,
    NotAllowed,
    SelfApproval,
    WrongState,
)
from corridor.access.records import (
    AccessRequest,
    Appeal,
    Approval,
    Countersignature,
    Grant,
    Principal,
    Purpose,
    Revocation,
    TierRequest,
)
from corridor.access.records.grants import GrantStanding
from corridor.access.records.requests import RequestState, Wait
from corridor.access.records.revocations import RevocationStanding
from corridor.access.rules import approvals as rules
from corridor.access.rules.cases import Case, after_grant, waits
from corridor.access.rules.cases import stage_of as stage_of_case
from corridor.access.rules.grants import Held, evidence_for, stage_of
from corridor.access.rules.revocations import Names, closes, names_of
from corridor.access.rules.tiers import TierCase, state_of_tier
from corridor.access.settings import AccessSettings
from corridor.core.store import Kept
from corridor.evaluation import Evaluation

Whose = tuple[str, str]
"""An issuer and the id of a record of its."""
SEES_ALL = frozenset({"approver", "operator", "auditor"})


@dataclass(frozen=True, slots=True)
class Files:
    """All that requests and grants are judged by."""

    settings: AccessSettings
    own: str
    now: datetime
    requests: Mapping[str, Kept[AccessRequest]]
    tier_requests: Mapping[str, Kept[TierRequest]]
    withdrawn: frozenset[str]
    approvals: Mapping[str, list[Approval]]
    appeals: Mapping[str, list[Appeal]]
    grants: Mapping[Whose, Kept[Grant]]
    standing_grants: frozenset[Whose]
    """Those that were not taken back."""
    words: Mapping[Whose, dict[str, Countersignature]]
    reviews: Mapping[str, datetime]
    revocations: tuple[RevocationStanding, ...]
    principals: Mapping[str, Principal]
    countries: Mapping[str, str]
    partners: frozenset[str]
    purposes: Mapping[str, Purpose]
    evidence: tuple[Kept[Evaluation], ...]
    withdrawn_evidence: frozenset[tuple[str, str]]
    """The files and languages of evaluations that their issuers have withdrawn."""
    tiers: Callable[[str, str, Sequence[str]], int]
    """The highest tier, in some languages, of a digest whose model is at a node."""
    same_person: rules.SamePerson
    identity_level: Callable[[str], int]

    @property
    def asked_for(self) -> Mapping[str, Kept[AccessRequest] | Kept[TierRequest]]:
        """All requests, for exact models and for tiers, the oldest first."""
        found = {**self.requests, **self.tier_requests}
        return dict(sorted(found.items(), key=lambda item: item[1].entry.position))

    def asked(self, request_id: str) -> AccessRequest | TierRequest:
        """Return a request, for an exact model or for a tier.

        Raises:
            NoSuchRequest: if there is none.
        """
        if request_id in self.tier_requests:
            return self.tier_requests[request_id].record
        return self.request(request_id).record

    def request(self, request_id: str) -> Kept[AccessRequest]:
        """Return a request for an exact model.

        Raises:
            NoSuchRequest: if there is none.
            WrongState: if it is for a tier.
        """
        if request_id in self.tier_requests:
            raise WrongState(
                "This request names a tier, and no model.",
                hint="Approve of it with the exact models: `--model NAME`, once or more.",
            )
        if request_id not in self.requests:
            raise NoSuchRequest(f"There is no request {request_id[:64]!r}.")
        return self.requests[request_id]

    def tier_request(self, request_id: str) -> Kept[TierRequest]:
        """Return a request for a tier.

        Raises:
            NoSuchRequest: if there is none.
            WrongState: if it is for an exact model.
        """
        if request_id not in self.tier_requests:
            self.request(request_id)
            raise WrongState(
                "This request names its model already.", hint="Approve of it without --model."
            )
        return self.tier_requests[request_id]

    def grant(self, grant_id: str, issuer: str | None = None) -> Kept[Grant]:
        """Return a grant: this node's own of this id, else a partner's.

        Raises:
            NoSuchGrant: if there is none, or the issuer has none.
        """
        issuers = (issuer,) if issuer else (self.own, *sorted(self.partners))
        found = [self.grants[name, grant_id] for name in issuers if (name, grant_id) in self.grants]
        if not found:
            raise NoSuchGrant(f"There is no grant {grant_id[:64]!r}.")
        return found[0]

    def approver(self, name: str) -> rules.Approver | None:
        """Return somebody as one who may decide, as of now."""
        principal = self.principals.get(name)
        if principal is None:
            return None
        country = self.countries.get(principal.organisation, "")
        return rules.Approver(principal, country, self.identity_level(name))

    def check_may(self, principal: Principal, concerned: Sequence[str], tier: int) -> None:
        """Check that somebody may decide on what concerns some principals, as of now.

        Raises:
            SelfApproval: if one of them is the same person.
            NotAllowed: if it is no approver, or not verified as the tier asks.
        """
        approver = self.approver(principal.name)
        if approver is None:
            raise NotAllowed(f"{principal.name} is nobody who is known here.")
        terms = self.settings.tiers[tier]
        bar = rules.bar(approver, concerned, self.same_person, terms, tier)
        if bar is not None:
            raise (SelfApproval if bar.own else NotAllowed)(f"{bar.why}.")

    def concerned(self, request: AccessRequest | TierRequest) -> tuple[str, ...]:
        """Return whose request it is: who asks, for whom, and who answers for that one."""
        requester = self.principals.get(request.form.requester)
        answers = requester.responsible if requester else None
        names = (request.form.requester, request.asked_by, answers)
        return tuple(dict.fromkeys(name for name in names if name))

    def case(self, request_id: str) -> Case:
        """Return all about one request.

        Raises:
            NoSuchRequest: if there is none.
        """
        kept = self.request(request_id)
        form = kept.record.form
        tier = self.tiers(form.model_sha256, form.node, form.languages)
        terms = self.settings.tiers[tier]
        appeals, now, refusers = self._round(kept)
        concerned = self.concerned(kept.record)
        counted = [
            (approval, approver)
            for approval in now
            if approval.verdict == "approve"
            and (approver := self.approver(approval.approver)) is not None
            and not rules.bar(approver, (*concerned, *refusers), self.same_person, terms, tier)
        ]
        used, lacking = evidence_for(
            [each for each in self.evidence if each.record.model_sha256 == form.model_sha256],
            form.languages,
            own=self.own,
            now=self.now,
            days=terms.evidence_days,
            withdrawn={
                language
                for sha256, language in self.withdrawn_evidence
                if sha256 == form.model_sha256
            },
        )
        return Case(
            kept,
            request_id in self.withdrawn,
            tier,
            terms,
            concerned,
            appeals,
            now,
            refusers,
            tuple(approval for approval, _ in counted),
            rules.tally([approver for _, approver in counted], self.same_person),
            used,
            lacking,
        )

    def tier_case(self, request_id: str) -> TierCase:
        """Return all about one request for a tier.

        Raises:
            NoSuchRequest: if there is none.
            WrongState: if it is for an exact model.
        """
        kept = self.tier_request(request_id)
        appeals, now, refusers = self._round(kept)
        became = tuple(
            each.record.id
            for each in self.requests.values()
            if each.record.tier_request_id == kept.record.id
        )
        withdrawn, concerned = request_id in self.withdrawn, self.concerned(kept.record)
        return TierCase(kept, withdrawn, concerned, appeals, now, refusers, became)

    def _round(
        self, kept: Kept[AccessRequest] | Kept[TierRequest]
    ) -> tuple[tuple[Appeal, ...], tuple[Approval, ...], tuple[str, ...]]:
        """Return the appeals, the decisions since the last one, and who refused before it."""
        request_id, seen = kept.record.id, kept.entry.sha256
        appeals = tuple(self.appeals.get(request_id, ()))
        every = [a for a in self.approvals.get(request_id, ()) if a.request_sha256 == seen]
        now, before = rules.current_round(every, appeals)
        refusers = tuple(each.approver for each in before if each.verdict == "refuse")
        return appeals, tuple(now), refusers

    def open_waits(self, case: Case) -> tuple[Wait, ...]:
        """Return what has to be there before an open request becomes a grant."""
        found = waits(case, self.own, self.settings, self.principals, self.purposes, self.closing)
        return tuple(found)

    def state(self, request_id: str) -> RequestState:
        """Return how a request stands, and what it waits for.

        Raises:
            NoSuchRequest: if there is none.
        """
        if request_id in self.tier_requests:
            return state_of_tier(self.tier_case(request_id))
        case = self.case(request_id)
        granted = self.granted(case.kept)
        stage = stage_of_case(case, granted)
        if granted is not None:
            found = tuple(after_grant(granted))
        else:
            found = self.open_waits(case) if stage in ("waiting", "appealed") else ()
        request = case.kept.record
        return RequestState(
            id=request_id,
            stage=stage,
            form=request.form,
            asked_by=request.asked_by,
            asked_at=request.made_at,
            sha256=case.kept.entry.sha256,
            tier=case.tier,
            approved_by=case.tally.names,
            refused_because=case.refusal.reason if case.refusal else "",
            appeal_id=case.appeals[-1].id if case.appeals else None,
            grant_id=granted.grant.id if granted else None,
            tier_request_id=request.tier_request_id,
            waits=found,
        )

    def closing(self, names: Names) -> Revocation | None:
        """Return what closes a use of this node's own, by its own word or the model's node's."""
        country = self.countries.get(names.organisation, "")
        named = replace(names, jurisdiction=country)
        return next(
            (
                each.revocation
                for each in self.revocations
                if each.closes
                and named.named_by(each.revocation)
                and (each.issuer == self.own or each.revocation.scope == "model")
            ),
            None,
        )

    def granted(self, request: Kept[AccessRequest]) -> GrantStanding | None:
        """Return how the grant stands that a request became, or None."""
        for (issuer, _), kept in self.grants.items():
            if issuer == self.own and kept.record.request_sha256 == request.entry.sha256:
                return self.standing(kept)
        return None

    def requester_of(self, kept: Kept[Grant]) -> str:
        """Return the name of the grantee; empty where a partner issued the grant."""
        return next((kept.record.form.requester for kept in self._asked(kept)), "")

    def grantees(self, kept: Kept[Grant]) -> tuple[str, ...]:
        """Return whose a grant is; nobody's here where a partner issued it."""
        return next((self.concerned(kept.record) for kept in self._asked(kept)), ())

    def _asked(self, kept: Kept[Grant]) -> Iterator[Kept[AccessRequest]]:
        if kept.entry.issuer == self.own:
            for request in self.requests.values():
                if request.entry.sha256 == kept.record.request_sha256:
                    yield request

    def standing(self, kept: Kept[Grant]) -> GrantStanding:
        """Return how a grant stands now."""
        held = self.held(kept)
        grant = held.grant
        tier = self.tiers(grant.model_sha256, grant.node, grant.languages)
        stage, why = stage_of(held, self.now, self.settings, tier)
        return GrantStanding(
            issuer=held.issuer,
            grant=held.grant,
            sha256=held.sha256,
            stage=stage,
            why=why,
            review_at=held.review_at,
            countersigned_by=held.agreed,
            grantee=self.requester_of(kept),
        )

    def held(self, kept: Kept[Grant]) -> Held:
        """Return a grant with all that was said of it."""
        issuer, grant = kept.entry.issuer, kept.record
        place = (issuer, str(grant.id))
        trusted = {self.own, *self.partners}
        words = {n: word for n, word in self.words.get(place, {}).items() if n in trusted}
        held = Held(
            issuer,
            grant,
            kept.entry.sha256,
            self.reviews.get(str(grant.id), grant.review_at),
            place not in self.standing_grants,
            (),
            words,
        )
        return replace(held, closed=self.closed(held, self.requester_of(kept)))

    def closed(self, held: Held, principal: str) -> tuple[Revocation, ...]:
        """Return the revocations in force that close a grant, of those who may."""
        names = names_of(held.grant, principal)
        return tuple(
            each.revocation
            for each in self.revocations
            if each.closes
            and names.named_by(each.revocation)
            and closes(
                each.revocation,
                each.issuer,
                own=self.own,
                grant=held.grant,
                grant_issuer=held.issuer,
                countersigners=frozenset(held.agreed),
                query_issuer="" if held.issuer == self.own else held.issuer,
                node=held.grant.node,
            )
        )


def sees(viewer: Principal | None, concerned: tuple[str, ...]) -> bool:
    """Tell whether somebody may see what concerns some principals; the node's operator may."""
    return viewer is None or bool(SEES_ALL & {*viewer.roles}) or viewer.name in concerned


def check_seen(held: str, seen: str) -> None:
    """Check that what somebody saw is what is kept here, by the digests of the signed bytes.

    Raises:
    WrongState: if not.
    """
    if held != seen:
        raise WrongState(
            f"What was seen has the digest {seen[:12]}…; what is kept here {held[:12]}….",
            hint="Look at it again, and decide on what is there.",
        )
