"""From what is known to what policies see: the facts of one query at one moment.

Everything here closes where it does not know. A fact that the passing of time can change sets until
when the facts hold.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypedDict

from corridor.access.records import (
    Conditions,
    Facts,
    Grant,
    Hours,
    Query,
    Revocation,
)
from corridor.access.rules.borders import SKEW
from corridor.access.rules.grants import has_a_say
from corridor.access.rules.identities import claims_in_force, identity_level
from corridor.access.rules.quotas import UNCOUNTED
from corridor.access.rules.resting import Until, closing, evidence_of
from corridor.access.rules.state import Seen, State, grant_key
from corridor.access.settings import AccessSettings
from corridor.assurance import HIGHEST, tier_standing
from corridor.core.store import Kept

HOUR = timedelta(hours=1)
MOST_GRANTS = 8
"""So many grants for the very same use are looked at."""

Pseudonym = Callable[[str, str], str]
"""Returns who a principal is before a node: principal, audience."""
Used = Callable[[str, datetime], tuple[int, int]]
"""Returns how many requests and tokens a grant was used for on the day of a moment."""


@dataclass(frozen=True, slots=True)
class Found:
    """The facts of a query, and the records that they come from."""

    facts: Facts
    grant: Kept[Grant] | None
    evidence: tuple[Seen, ...]
    revocations: tuple[Revocation, ...]
    good_until: float


@dataclass(frozen=True, slots=True)
class _Who:
    principal_type: str
    active: bool
    organisation: str
    country: str
    roles: tuple[str, ...] = ()
    identity_level: int = 0
    project_known: bool = False
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class _Held:
    """A grant that was found, and how it stands."""

    kept: Kept[Grant] | None = None
    state: str = "none"


@dataclass(frozen=True, slots=True)
class FactFinder:
    """Finds facts for one node."""

    settings: AccessSettings
    pseudonym: Pseudonym
    used: Used = field(default=lambda _grant, _now: (0, 0))

    def candidates(self, state: State, query: Query, now: datetime, node: str = "") -> list[Found]:
        """Return the facts of a query with each grant that might open it, the likeliest first.

        Without a grant in force there is one: with the grant that came nearest, or with none.
        `node` is whose model it is, this node's unless said.
        """
        where = node or state.own
        asked = _with_purpose(state, query)
        return [
            self._found(state, asked, held, now, where)
            for held in self._grants(state, asked, now, where)
        ]

    def languages(
        self, state: State, query: Query, now: datetime, node: str = ""
    ) -> tuple[str, ...]:
        """Return the languages of the same grants, whatever the query's own language is."""
        found = self._grants(state, _with_purpose(state, query), now, node or state.own)
        granted = [held.kept.record.languages for held in found if held.kept]
        return tuple(dict.fromkeys(language for languages in granted for language in languages))

    def _found(self, state: State, query: Query, held: _Held, now: datetime, where: str) -> Found:
        until = Until(now, (now + HOUR).replace(minute=0, second=0, microsecond=0))
        grant = held.kept.record if held.kept else None
        if grant is not None:
            until.note(grant.valid_from)
            until.note(grant.until)
        who = _theirs(state, query, held) if query.issuer else self._own(state, query, now, until)
        rated = tier_standing(state.tiers, query.model_sha256, query.language, now, where)
        until.note(rated.until)
        seen, evidence, days = evidence_of(state, query, grant, now, until)
        closed = tuple(
            closing(state, query, who.organisation, who.country, held.kept, now, until, where)
        )
        listed = state.purposes.get(query.purpose)
        facts = Facts(
            home=query.issuer or state.own,
            here=not query.issuer,
            principal_type=who.principal_type,
            active=who.active,
            organisation=who.organisation,
            country=who.country,
            roles=who.roles,
            identity_level=who.identity_level,
            project=query.project,
            project_known=who.project_known,
            model=query.model,
            tier=rated.tier,
            tier_known=rated.is_known,
            **_terms(self.settings, rated.tier),
            surface=query.surface,
            purpose=query.purpose,
            purpose_listed=listed is not None and listed.active,
            use_class=grant.use_class if grant else "",
            language=query.language,
            hour=now.hour,
            grant=held.state,
            **self._granted(state, query, held, rated.tier, now, until, where),
            evidence=evidence,
            evidence_days=days,
            closed=tuple(sorted({revocation.scope for revocation in closed})),
        )
        return Found(facts, held.kept, seen, closed, until.at.timestamp())

    def _own(self, state: State, query: Query, now: datetime, until: Until) -> _Who:
        principal = state.principals.get(query.principal)
        if principal is None:
            return _Who("unknown", active=False, organisation="", country="")
        claims = state.claims.get(query.principal, ())
        trusted = (each.issuer for each in self.settings.issuers)
        level = identity_level(claims_in_force(claims, now, trusted))
        for claim in claims:
            until.note(claim.until)
        project = state.projects.get(query.project)
        return _Who(
            principal_type=principal.type,
            active=principal.active,
            organisation=principal.organisation,
            country=state.countries.get(principal.organisation, ""),
            roles=tuple(sorted(principal.roles)),
            identity_level=level,
            project_known=project is not None and project.organisation == principal.organisation,
        )

    def _grants(self, state: State, query: Query, now: datetime, where: str) -> list[_Held]:
        """Return the grants in force, the one that ends last first; else the nearest to it."""
        issuer = query.issuer or state.own
        grantee = query.principal if query.issuer else self.pseudonym(query.principal, where)
        key = grant_key(issuer, grantee, query.project, query.surface, query.purpose)
        found = [
            _Held(kept, _standing(kept.record, query, now))
            for place in state.grants_of.get(key, ())
            if (kept := state.grants[place]).record.node == where
            and query.grant_id in ("", place[1])
        ]
        known = sorted((h for h in found if h.state != "none"), key=_likelihood, reverse=True)
        in_force = [held for held in known if held.state == "in_force"]
        return in_force[:MOST_GRANTS] or known[:1] or [_Held()]

    def _granted(
        self,
        state: State,
        query: Query,
        held: _Held,
        tier: int,
        now: datetime,
        until: Until,
        where: str,
    ) -> "_Granted":
        if held.kept is None or held.state == "other_model":
            return NO_GRANT
        grant, issuer = held.kept.record, held.kept.entry.issuer
        words = {
            signer: word
            for signer, word in state.words.get((issuer, str(grant.id)), {}).items()
            if has_a_say(signer, issuer, grant)
            and state.is_known(signer)
            and word.grant_sha256 == held.kept.entry.sha256
        }
        agreed = [word for word in words.values() if word.verdict == "approve"]
        countries = {*grant.approver_countries, *(c for w in agreed for c in w.approver_countries)}
        conditions = grant.conditions
        within = _within(conditions.hours, now)
        needs_word = tier >= HIGHEST or where != issuer
        return {
            "grant_tier": grant.tier,
            "grant_language": query.language in grant.languages,
            "grant_approvals": grant.approvals + sum(word.approvals for word in agreed),
            "grant_countries": len(countries - {""}),
            "countersigned": bool(agreed) or not needs_word,
            "countersign_refused": any(word.verdict == "refuse" for word in words.values()),
            "issuer_may_grant": _may_grant(state, grant, issuer, query, where),
            "lease": self._lease(state, grant, issuer, tier, now, until),
            "review_overdue_days": _overdue(state, grant, now, until),
            "within_hours": within,
            "within_quota": self._within_quota(conditions, grant, until),
            "needs_human": conditions.human_in_the_loop,
            "overseer": query.overseer,
            "tools_granted": set(query.tools) <= set(conditions.tools),
            "checks_tools": conditions.check_tool_calls,
        }

    def _lease(
        self, state: State, grant: Grant, issuer: str, tier: int, now: datetime, until: Until
    ) -> str:
        if issuer == state.own:
            return "own"
        lease = state.leases.get(issuer)
        if lease is None:
            return "ended"
        if state.log_sizes.get(issuer, 0) < lease.log_size:
            return "behind"
        if lease.made_at > now + SKEW:  # this clock was set back since
            return "ended"
        longest = self.settings.tiers[tier].lease_seconds
        end = lease.made_at + timedelta(seconds=min(longest, grant.lease_seconds or longest))
        until.note(end)
        return "held" if now < end else "ended"

    def _within_quota(self, conditions: Conditions, grant: Grant, until: Until) -> bool:
        quota = conditions.quota
        if quota.requests is None and quota.tokens is None:
            return True
        until.at = until.now  # what is used up is asked each time
        requests, tokens = self.used(str(grant.id), until.now)
        most_requests = requests + 1 if quota.requests is None else quota.requests
        most_tokens = tokens + 1 if quota.tokens is None else min(quota.tokens, UNCOUNTED)
        return requests < most_requests and tokens < most_tokens


RANK = {"other_model": 1, "ended": 2, "not_yet": 3, "in_force": 4}
NO_GRANT: "_Granted" = {
    "grant_tier": -1,
    "grant_language": False,
    "grant_approvals": 0,
    "grant_countries": 0,
    "countersigned": False,
    "countersign_refused": False,
    "issuer_may_grant": False,
    "lease": "ended",
    "review_overdue_days": 0,
    "within_hours": False,
    "within_quota": False,
    "needs_human": False,
    "overseer": False,
    "tools_granted": False,
    "checks_tools": False,
}


def _with_purpose(state: State, query: Query) -> Query:
    """Return a query with its purpose: the project's, where an own principal declared none."""
    project = state.projects.get(query.project)
    if query.purpose or query.issuer or project is None or project.purpose is None:
        return query
    return replace(query, purpose=project.purpose)


def _likelihood(held: _Held) -> tuple[int, datetime]:
    assert held.kept is not None  # noqa: S101  one that stands somehow is there
    return RANK[held.state], held.kept.record.until


def _theirs(state: State, query: Query, held: _Held) -> _Who:
    """Return what is known of a principal of a partner: what its grant says, and no more."""
    active = query.issuer != state.own and state.is_known(query.issuer)
    if held.kept is None:
        return _Who("unknown", active=active, organisation="", country="")
    grant = held.kept.record
    return _Who(
        principal_type=grant.grantee_type,
        active=active,
        organisation=grant.organisation,
        country=grant.country or "",
        identity_level=grant.identity_level,
        project_known=grant.project == query.project,
    )


class _Terms(TypedDict):
    evidence_limit_days: int
    approvals_needed: int
    countries_needed: int
    identity_needed: int
    stays_offline: bool
    delegated: bool


class _Granted(TypedDict):
    grant_tier: int
    grant_language: bool
    grant_approvals: int
    grant_countries: int
    countersigned: bool
    countersign_refused: bool
    issuer_may_grant: bool
    lease: str
    review_overdue_days: int
    within_hours: bool
    within_quota: bool
    needs_human: bool
    overseer: bool
    tools_granted: bool
    checks_tools: bool


def _terms(settings: AccessSettings, tier: int) -> _Terms:
    terms = settings.tiers[tier]
    return {
        "evidence_limit_days": terms.evidence_days,
        "approvals_needed": terms.approvals,
        "countries_needed": terms.countries,
        "identity_needed": terms.identity,
        "stays_offline": terms.stays_offline,
        "delegated": tier <= settings.delegated_up_to,
    }


def _standing(grant: Grant, query: Query, now: datetime) -> str:
    if grant.model_sha256 != query.model_sha256:
        return "other_model" if grant.model == query.model else "none"
    if now < grant.valid_from:
        return "not_yet"
    return "in_force" if now < grant.until else "ended"


def _may_grant(state: State, grant: Grant, issuer: str, query: Query, where: str) -> bool:
    """Say whether a grant is its issuer's to give: for its own principal, at the node asked."""
    if issuer == state.own:
        return not query.issuer
    return query.issuer == issuer and grant.node == where == state.own


def _overdue(state: State, grant: Grant, now: datetime, until: Until) -> int:
    review_at = state.reviews.get(str(grant.id), grant.review_at)
    until.note(review_at)
    return 0 if now < review_at else (now - review_at).days + 1


def _within(hours: Hours | None, now: datetime) -> bool:
    if hours is None or hours.start == hours.end:
        return True
    if hours.start < hours.end:
        return hours.start <= now.hour < hours.end
    return now.hour >= hours.start or now.hour < hours.end
