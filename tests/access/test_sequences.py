"""Whatever happens in whatever order, nothing is open that the records forbid.

The machine keeps its own plain account of what was granted, closed and said, and works out from
that what may be open. The decider learns step by step, and remembers; both must always agree.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.builders import NOON
from support.standing import (
    DIGEST,
    HERE,
    LANGUAGE,
    MODEL,
    ORGANISATION,
    PROJECT,
    PURPOSE,
    SECRETS,
    THERE,
    USER,
    arrivals_of,
    shipped_policies,
)

from corridor.access.adapters.cedar import CedarEngine
from corridor.access.records import (
    Countersignature,
    Grant,
    Lease,
    Principal,
    Query,
    Revocation,
    RevocationLifted,
)
from corridor.access.rules.state import changes_earlier, folded, learned
from corridor.access.service.decider import Decider
from corridor.access.service.policies import Policies
from corridor.access.settings import AccessSettings
from corridor.assurance import RiskTier
from corridor.core.corrections import Withdrawal
from corridor.core.records import Entry, Record, RecordId, new_id
from corridor.core.store import Kept
from corridor.evaluation import Evaluation, wilson
from corridor.federation import PartnerStanding

POLICIES = shipped_policies()
DAY = timedelta(days=1)
TERMS = AccessSettings().tiers
HOMES = (HERE, THERE)


class Sequences(RuleBasedStateMachine):
    """One node, one partner; the same person at home here, and one at home there."""

    @initialize()
    def begin(self) -> None:
        self.now: datetime = NOON
        words: dict[str, object] = {"grant": None, "evidence": [], "tier": None, "lease": None}
        self.first = arrivals_of(words)
        self.log: list[Kept[Record]] = []
        policies = Policies(lambda: self.now, CedarEngine())
        self.decider = Decider.at(AccessSettings(), lambda: self.now, SECRETS, policies, HERE)
        self.decider.learn(folded(HERE, {}, self.first, 0), POLICIES)
        self.position = 1000
        # the plain account
        self.tier: int | None = None
        self.grants: dict[str, tuple[str, Grant, str, int]] = {}
        self.closed: dict[str, tuple[str, str, str, datetime | None, int]] = {}
        self.lifted: list[tuple[str, str, int]] = []
        self.evidence: dict[str, datetime] = {}
        self.words: list[tuple[str, str, str, int]] = []
        self.active = True
        self.partner_active = True
        self.lease: tuple[datetime, int] | None = None
        self.read_so_far = 0
        self.their_log: list[Kept[Record]] = []
        self.partitioned = False
        # Both are open at first, so that most sequences have something to close.
        self.rate(1)
        self.evaluate(0)
        self._vouch()
        for home in HOMES:
            self.grant(home, 200, 3, 2, ("IN", "JP"))

    # -- what can happen -------------------------------------------------------------------------

    @rule(tier=st.sampled_from([0, 1, 2, 3]))
    def rate(self, tier: int) -> None:
        rating = {"model": MODEL, "model_sha256": DIGEST, "tier": tier, "framework": "x"}
        record = RiskTier.model_validate({"made_at": self.now, "reasons": "for a test", **rating})
        self.tier = tier
        self._here(record)

    @rule(
        home=st.sampled_from(HOMES),
        days=st.sampled_from([1, 20, 200]),
        tier=st.sampled_from([0, 1, 2, 3]),
        approvals=st.sampled_from([1, 2]),
        countries=st.sampled_from([("IN",), ("IN", "JP")]),
    )
    def grant(
        self, home: str, days: int, tier: int, approvals: int, countries: tuple[str, ...]
    ) -> None:
        record = Grant.model_validate(
            {
                "id": new_id(),
                "made_at": self.now,
                "grantee": SECRETS.pseudonym(USER, HERE),
                "grantee_type": "person",
                "organisation": ORGANISATION,
                "country": "IN",
                "identity_level": 3,
                "project": PROJECT,
                "model": MODEL,
                "model_sha256": DIGEST,
                "node": HERE,
                "tier": tier,
                "surface": "api",
                "purpose": PURPOSE,
                "use_class": "general",
                "sensitivity": "public",
                "languages": (LANGUAGE,),
                "conditions": {},
                "evidence": (),
                "approvals": approvals,
                "approver_countries": countries,
                "request_sha256": "bb" * 32,
                "policy_version": "cc" * 32,
                "valid_from": self.now,
                "until": self.now + days * DAY,
                "review_at": self.now + days * DAY,
            }
        )
        sha256 = f"{len(self.grants):064x}"
        self.grants[str(record.id)] = (home, record, sha256, len(self.their_log))
        (self._here if home == HERE else self._there)(record, sha256)

    @precondition(lambda self: self.grants)
    @rule(data=st.data(), verdict=st.sampled_from(["approve", "refuse"]), same=st.booleans())
    def countersign(self, data: st.DataObject, verdict: str, same: bool) -> None:
        grant_id = data.draw(st.sampled_from(sorted(self.grants)))
        home, _, sha256, _ = self.grants[grant_id]
        word = {
            "grant_issuer": home,
            "grant_id": grant_id,
            "grant_sha256": sha256 if same else "ff" * 32,
            "verdict": verdict,
            "reason": "for a test",
            "approvals": 0,
        }
        signer = THERE if home == HERE else HERE
        place = len(self.their_log)
        self.words.append((grant_id, verdict, str(word["grant_sha256"]), place))
        record = Countersignature.model_validate({"made_at": self.now, **word})
        (self._here if signer == HERE else self._there)(record)

    @rule(
        scope=st.sampled_from(["principal", "organisation", "model", "purpose", "project"]),
        by=st.sampled_from(HOMES),
        hours=st.sampled_from([None, 1, 30]),
    )
    def close(self, scope: str, by: str, hours: int | None) -> None:
        pseudonym = SECRETS.pseudonym(USER, HERE)
        target = {
            "principal": USER if by == HERE else pseudonym,
            "organisation": ORGANISATION,
            "model": DIGEST,
            "purpose": PURPOSE,
            "project": PROJECT,
        }[scope]
        self._close(scope, target, by, hours)

    @precondition(lambda self: self.grants)
    @rule(data=st.data(), by=st.sampled_from(HOMES))
    def revoke(self, data: st.DataObject, by: str) -> None:
        self._close("grant", data.draw(st.sampled_from(sorted(self.grants))), by, None)

    @precondition(lambda self: self.closed)
    @rule(data=st.data(), by=st.sampled_from(HOMES))
    def lift(self, data: st.DataObject, by: str) -> None:
        revocation = data.draw(st.sampled_from(sorted(self.closed)))
        self.lifted.append((revocation, by, len(self.their_log)))
        lifted = RevocationLifted(
            made_at=self.now, revocation_id=RecordId(revocation), reason="for a test"
        )
        (self._here if by == HERE else self._there)(lifted)

    @rule(days=st.sampled_from([0, 50, 100, 200]))
    def evaluate(self, days: int) -> None:
        record = Evaluation(
            id=new_id(),
            made_at=self.now - days * DAY,
            model=MODEL,
            model_sha256=DIGEST,
            provider="x",
            suite="s",
            suite_version="1",
            suite_sha256="cc" * 32,
            language=LANGUAGE,
            method="m",
            seed=1,
            n=2,
            correct=1,
            outcomes="10",
            score=wilson(1, 2),
        )
        self.evidence[str(record.id)] = record.made_at
        self._here(record)

    @precondition(lambda self: self.evidence)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        record = data.draw(st.sampled_from(sorted(self.evidence)))
        del self.evidence[record]
        self._here(Withdrawal(made_at=self.now, record=record, reason="for a test"))

    @rule(active=st.booleans())
    def come_and_go(self, active: bool) -> None:
        self.active = active
        fields = {"name": USER, "type": "person", "organisation": ORGANISATION, "active": active}
        self._here(Principal.model_validate({"made_at": self.now, **fields}))

    @rule(standing=st.sampled_from(["active", "suspended"]))
    def stand(self, standing: str) -> None:
        self.partner_active = standing == "active"
        fields = {"partner": THERE, "standing": standing, "reason": "for a test"}
        self._here(PartnerStanding.model_validate({"made_at": self.now, **fields}))

    @rule(seconds=st.sampled_from([1, 70, 700, 4_000, 90_000, 8_000_000, -3_600]))
    def jump(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        if not self.partitioned:
            self._vouch()

    @rule(cut=st.booleans())
    def partition(self, cut: bool) -> None:
        self.partitioned = cut
        if not cut:
            self._vouch()
            self._read()

    @rule()
    def hear_the_lease_before_the_log(self) -> None:
        """A lease may arrive before the records that it speaks of."""
        self._vouch()

    # -- what must hold --------------------------------------------------------------------------

    @invariant()
    def nothing_is_open_that_the_records_forbid(self) -> None:
        for home in HOMES:
            query = Query(
                principal=USER if home == HERE else SECRETS.pseudonym(USER, HERE),
                issuer="" if home == HERE else THERE,
                project=PROJECT,
                model=MODEL,
                model_sha256=DIGEST,
                purpose=PURPOSE,
                language=LANGUAGE,
            )
            decision = self.decider.decide(query)
            assert decision.allowed == self._open(home), (home, decision.reasons, decision.facts)

    @invariant()
    def learning_step_by_step_is_learning_at_once(self) -> None:
        at_once = folded(HERE, {}, [*self.first, *self.log], 0)
        now = self.decider.state
        assert at_once == replace(now, head=0, leases={}, log_sizes={})

    # -- the plain account -----------------------------------------------------------------------

    def _open(self, home: str) -> bool:
        tier = 3 if self.tier is None else self.tier
        terms = TERMS[tier]
        if home == HERE and not self.active:
            return False
        if home == HERE and terms.identity > 0 and self.now >= NOON + 30 * DAY:
            return False  # it was verified for thirty days
        if home == THERE and not self.partner_active:
            return False
        newest = max(self.evidence.values(), default=None)
        if newest is None or (self.now - newest).days > terms.evidence_days:
            return False
        return any(
            self._granted(home, grant_id, grant, sha256, tier)
            for grant_id, (whose, grant, sha256, place) in self.grants.items()
            if whose == home and self._known(whose, place)
        )

    def _granted(self, home: str, grant_id: str, grant: Grant, sha256: str, tier: int) -> bool:
        terms = TERMS[tier]
        if not grant.valid_from <= self.now < grant.until or tier > grant.tier:
            return False
        if tier >= 2 and self.now >= grant.review_at:
            return False
        if grant.approvals < terms.approvals or len(grant.approver_countries) < terms.countries:
            return False
        other = THERE if home == HERE else HERE
        said = [w for w in self.words if w[0] == grant_id and self._known(other, w[3])]
        heard = said[-1] if said and (other == HERE or self.partner_active) else None
        agreed = heard is not None and heard[2] == sha256
        if heard is not None and agreed and heard[1] == "refuse":
            return False
        needed = tier >= 3 or (home == THERE and tier > 1)
        if needed and not agreed:
            return False
        if home == THERE and not self._vouched(terms.lease_seconds, stays=terms.stays_offline):
            return False
        return not any(
            self._closes(home, grant_id, revocation, *fields, signed=bool(said))
            for revocation, fields in self.closed.items()
        )

    def _vouched(self, seconds: int, *, stays: bool) -> bool:
        if self.lease is None:
            return stays
        at, size = self.lease
        if self.read_so_far < size:
            return False
        from_now = at - timedelta(seconds=5) <= self.now
        return stays or (from_now and self.now < at + timedelta(seconds=seconds))

    def _closes(
        self,
        home: str,
        grant_id: str,
        revocation: str,
        scope: str,
        target: str,
        by: str,
        until: datetime | None,
        place: int,
        *,
        signed: bool,
    ) -> bool:
        if not self._known(by, place) or (until is not None and until <= self.now):
            return False
        if any(
            lifted == revocation and who == by and self._known(who, where)
            for lifted, who, where in self.lifted
        ):
            return False
        if by == THERE and not self.partner_active:
            return False
        names = {
            "grant": grant_id,
            "principal": USER if home == HERE else SECRETS.pseudonym(USER, HERE),
            "organisation": ORGANISATION,
            "model": DIGEST,
            "purpose": PURPOSE,
            "project": PROJECT,
        }
        if names[scope] != target:
            return False
        if by == HERE:
            return True
        if scope == "grant":
            return home == THERE or signed  # its own grant, or one that it gave its word on
        return scope != "model" and home == THERE

    def _known(self, by: str, place: int) -> bool:
        return by == HERE or place < self.read_so_far

    # -- how it happens --------------------------------------------------------------------------

    def _here(self, record: Record, sha256: str = "aa" * 32) -> None:
        self._learn([self._kept(record, HERE, sha256)])

    def _there(self, record: Record, sha256: str = "aa" * 32) -> None:
        self.their_log.append(self._kept(record, THERE, sha256))
        if not self.partitioned:
            self._vouch()
            self._read()

    def _read(self) -> None:
        """Read the partner's log to its end."""
        new = self.their_log[self.read_so_far :]
        self.read_so_far = len(self.their_log)
        self._learn(new)

    def _vouch(self) -> None:
        self.lease = (self.now, len(self.their_log))
        self._heard()

    def _heard(self) -> None:
        state = self.decider.state
        sizes = {THERE: self.read_so_far}
        leases = dict(state.leases)
        if self.lease is not None:
            at, size = self.lease
            leases = {THERE: Lease(issuer=THERE, audience=HERE, made_at=at, log_size=size)}
        self.decider.learn(replace(state, leases=leases, log_sizes=sizes), POLICIES)

    def _learn(self, new: list[Kept[Record]]) -> None:
        self.log += new
        if changes_earlier(self.decider.state, new):
            state = folded(HERE, {}, [*self.first, *self.log], len(self.log))
        else:
            state = learned(self.decider.state, new, len(self.log))
        self.decider.learn(state, POLICIES)
        self._heard()

    def _kept(self, record: Record, issuer: str, sha256: str) -> Kept[Record]:
        self.position += 1
        entry = Entry(
            record_id=record.id,
            kind=record.kind,
            version=1,
            issuer=issuer,
            position=self.position,
            made_at=record.made_at,
            visibility="partners",
            sha256=sha256,
        )
        return Kept(entry, record)

    def _close(self, scope: str, target: str, by: str, hours: int | None) -> None:
        until = None if hours is None else self.now + timedelta(hours=hours)
        record = Revocation.model_validate(
            {
                "id": new_id(),
                "made_at": self.now,
                "scope": scope,
                "target": target,
                "reason": "for a test",
                "until": until,
            }
        )
        self.closed[str(record.id)] = (scope, target, by, until, len(self.their_log))
        (self._here if by == HERE else self._there)(record)


TestSequences = Sequences.TestCase
TestSequences.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_a_clock_that_is_set_back_brings_back_no_decision_of_later() -> None:
    state = Sequences()
    state.begin()
    state.nothing_is_open_that_the_records_forbid()  # both are open, and remembered as such
    state.partition(cut=True)

    state.jump(seconds=-3_600)

    state.nothing_is_open_that_the_records_forbid()  # the grants have not begun
