"""The hot path: who may use what, from memory, and why.

One for each process. It answers from a `State` and a set of policies, both taken in whole; it never
waits for the store. A decision is remembered for the very query until the state or the policies
change or a fact may change with time. What the policies said is remembered by exactly what it rests
on, the facts, and so outlives what does not concern it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from hashlib import blake2b
from secrets import token_bytes

from corridor.access.errors import NotKnown
from corridor.access.ports import PolicySet, Ruling
from corridor.access.records import ApiKey, Decision, Facts, Policy, Query
from corridor.access.records.account import Decided
from corridor.access.rules.facts import FactFinder, Found
from corridor.access.rules.quotas import Hold, Quotas
from corridor.access.rules.remedies import Remedy, remedies
from corridor.access.rules.secrets import Secrets
from corridor.access.rules.state import KINDS, State, changes_earlier, folded, learned
from corridor.access.service.policies import Policies
from corridor.access.settings import AccessSettings
from corridor.access.store import account, leases
from corridor.core.clock import Clock
from corridor.core.store import View

MOST_REMEMBERED = 50_000
"""Decisions, and rulings; then all are forgotten at once."""

COUNT_SECONDS = 0.1
"""How often the account is asked how much of quotas is used up."""

Known = tuple[State, PolicySet]
"""All that decisions rest on."""
Rests = tuple[str, str, Facts]
"""What a ruling rests on, beside the policies: principal, model, facts."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a query is decided as it is, and what would change that."""

    query: Query
    decision: Decision
    remedies: tuple[Remedy, ...]
    """All of these together would open it; none where it is open."""
    policies: tuple[tuple[str, str], ...]
    """The policies that decided: id and text."""
    order: str = ""
    """In which order a route's providers were to be asked, and why; of a past request alone."""

    def shown(self) -> dict[str, object]:
        """Return it as JSON has it."""
        decision = self.decision
        return {
            "outcome": decision.outcome,
            "reasons": list(decision.reasons),
            "remedies": [{"reason": r.reason, "what": r.what} for r in self.remedies],
            "policies": [{"id": name, "text": text} for name, text in self.policies],
            "policy_version": decision.policy_version,
            "grant": decision.grant_id or None,
            "evidence": list(decision.evidence_ids),
            "revocations": list(decision.revocation_ids),
            "conditions": dict(decision.conditions),
            "order": self.order or None,
            "facts": {name: getattr(decision.facts, name) for name in decision.facts.__slots__},
        }


@dataclass(slots=True)
class Decider:
    """Decide, for one process."""

    settings: AccessSettings
    clock: Clock
    secrets: Secrets
    policies: Policies
    own: str
    """This node's name."""
    finder: FactFinder
    state: State
    in_force: PolicySet
    quotas: Quotas = field(default_factory=Quotas)
    _count_at: float = 0.0
    _decided: dict[Query, Decision] = field(default_factory=dict[Query, Decision])
    _rulings: dict[Rests, Ruling] = field(default_factory=dict[Rests, Ruling])
    _marks: dict[bytes, str] = field(default_factory=dict[bytes, str])
    """The digests of keys that were shown, by what only this process can compute of a key. It costs
    less than the digest, whose code lets other threads come between; no key is kept."""
    _marking: bytes = field(default_factory=lambda: token_bytes(32), repr=False)

    @classmethod
    def at(
        cls, settings: AccessSettings, clock: Clock, secrets: Secrets, policies: Policies, own: str
    ) -> "Decider":
        """Return one that knows nothing yet, and so allows nothing."""
        quotas = Quotas()
        finder = FactFinder(
            settings,
            secrets.pseudonym,
            lambda grant, now: quotas.of(grant, now.astimezone(UTC).date()),
        )
        nothing, shipped = State(own, head=-1), policies.shipped()
        return cls(settings, clock, secrets, policies, own, finder, nothing, shipped, quotas)

    def newer(self, view: View) -> Known | None:
        """Return what has changed since the last look, or None; nothing of it is taken in yet.

        How much of quotas is used up is, for it only adds to what is known.
        """
        found = self._newer(view)
        self._count(view, found[0] if found else self.state)
        return found

    def _newer(self, view: View) -> Known | None:
        head, before = view.head(), self.state
        heard = leases.heard(view)
        sizes = {name: view.log_size(name) for name in heard}
        if head == before.head:
            if heard == before.leases and sizes == before.log_sizes:
                return None
            return replace(before, leases=heard, log_sizes=sizes), self.in_force
        arrivals = list(view.arrived(KINDS, max(before.head, 0)))
        if before.head < 0 or changes_earlier(before, arrivals):
            everything = arrivals if before.head < 0 else list(view.arrived(KINDS))
            state = folded(self.own, self.policies.shipped_purposes(), everything, head)
        else:
            state = learned(before, arrivals, head)
        policies = self.in_force
        if before.head < 0 or any(isinstance(kept.record, Policy) for kept in arrivals):
            policies = self.policies.in_force(view)
        return replace(state, leases=heard, log_sizes=sizes), policies

    def _count(self, view: View, state: State) -> None:
        """Look up how much the grants that have a quota were used today."""
        now = self.clock()
        if not state.limited or (state is self.state and self._is_counted(now.timestamp())):
            return
        self._count_at = now.timestamp() + COUNT_SECONDS
        day = now.astimezone(UTC).date()
        since = datetime.combine(day, time(), UTC).timestamp()
        requests, tokens = self.quotas.requests, self.quotas.tokens
        # What is counted before the look: what is written meanwhile counts once.
        requests_now, tokens_now = requests.counted(day), tokens.counted(day)
        requests.learn(account.uses(view, tuple(state.limited), since), requests_now, day)
        if state.limited_in_tokens:
            found = account.tokens(view, tuple(state.limited_in_tokens), since)
            tokens.learn(found, tokens_now, day)

    def _is_counted(self, now: float) -> bool:
        return now < self._count_at <= now + COUNT_SECONDS  # a clock may be put back

    def note_use(self, decision: Decision) -> None:
        """Take note that a decision to allow a request is made use of."""
        if decision.allowed and decision.grant_id in self.state.limited:
            self.quotas.requests.note(decision.grant_id, self.clock().astimezone(UTC).date())

    def hold(self, decision: Decision, expected: Callable[[], int]) -> Hold | None:
        """Let a request that begins count with the tokens that it is `expected` to take.

        It does as long as somebody has what is returned: None where no quota of tokens concerns it.
        """
        if not decision.allowed or decision.grant_id not in self.state.limited_in_tokens:
            return None
        return self.quotas.hold(decision.grant_id, expected())

    def release(self, hold: Hold) -> None:
        """Let a request that was not answered count no longer."""
        self.quotas.release(hold)

    def settle(self, hold: Hold, tokens: int | None) -> None:
        """Let a request that was answered count with what it took; None where nobody counted."""
        self.quotas.settle(hold, tokens, self.clock().astimezone(UTC).date())

    def learn(self, state: State, policies: PolicySet) -> None:
        """Decide by this from now on."""
        if policies.version != self.in_force.version:
            self._rulings.clear()
        self.state, self.in_force = state, policies
        self._decided.clear()

    def refresh(self, view: View) -> None:
        """Take in what has changed, at once; for whoever has no follower."""
        if found := self.newer(view):
            self.learn(*found)

    def admitted(self, secret: str) -> ApiKey:
        """Return the key that was shown.

        Raises:
            NotKnown: if there is no such key, or it has ended; all look the same from outside.
        """
        mark = blake2b(secret.encode(), key=self._marking, digest_size=16).digest()
        digest = self._marks.get(mark)
        key = self.state.keys.get(digest or self.secrets.key_digest(secret))
        if key is not None and self.is_open(key, self.clock()):
            if digest is None:
                self._mark(mark, key.digest)
            return key
        raise NotKnown("This key opens nothing here.")

    def _mark(self, mark: bytes, digest: str) -> None:
        if len(self._marks) >= MOST_REMEMBERED:
            self._marks.clear()
        self._marks[mark] = digest

    def is_open(self, key: ApiKey, now: datetime) -> bool:
        """Say whether a key opens anything at a moment."""
        ended = self.state.ended_keys.get(str(key.id))
        holder = self.state.principals.get(key.principal)
        in_time = key.expires_at is None or now < key.expires_at
        return in_time and (ended is None or now < ended) and holder is not None and holder.active

    def decide(self, query: Query, node: str = "", now: datetime | None = None) -> Decision:
        """Decide on a query, now. `node` is whose model it is, this node's unless said.

        `now` is the moment, where whoever asks has just looked.
        """
        now = now or self.clock()
        at = now.timestamp()
        remembered = self._decided.get(query) if not node else None
        if remembered is not None and remembered.good_from <= at < remembered.good_until:
            return remembered
        decision = replace(self._best(query, now, node), good_from=at)
        if not node and decision.good_until > at:
            if len(self._decided) >= MOST_REMEMBERED:
                self._decided.clear()
            self._decided[query] = decision
        return decision

    def languages(self, query: Query, node: str = "") -> tuple[str, ...]:
        """Return the languages of the grants that might open a query, whatever its own is."""
        return self.finder.languages(self.state, query, self.clock(), node)

    def explain(self, query: Query, node: str = "", at: datetime | None = None) -> Explanation:
        """Say why a query is decided as it is, and what would change that."""
        return self._explained(query, self._best(query, at or self.clock(), node), self.in_force)

    def recalled(self, past: Decided, policies: PolicySet) -> Explanation:
        """Say why a request of the past was decided as it was, by the policies of then."""
        decision = Decision(
            outcome="allow" if past.allowed else "deny",
            reasons=past.reasons,
            policies=past.policies,
            facts=past.facts,
            policy_version=past.policy_version,
            grant_id=past.grant_id,
            evidence_ids=past.evidence_ids,
            revocation_ids=past.revocation_ids,
        )
        query = Query(
            principal=past.who,
            project=past.project,
            model=past.model,
            model_sha256=past.model_sha256,
            surface=past.surface,
            purpose=past.purpose,
            language=past.language,
            issuer="" if past.facts.here else past.home,
        )
        return replace(self._explained(query, decision, policies), order=past.order)

    def _explained(self, query: Query, decision: Decision, policies: PolicySet) -> Explanation:
        def rule(facts: Facts) -> Ruling:
            return policies.rule(query.principal, query.model_sha256, facts)

        wanted = () if decision.allowed else remedies(decision.facts, policies.remedies, rule)
        texts = self.policies.texts(policies, decision.policies)
        return Explanation(query, decision, wanted, texts)

    def _best(self, query: Query, now: datetime, node: str) -> Decision:
        """Return the first decision that allows, else the one on the likeliest grant."""
        decided: list[Decision] = []
        for found in self.finder.candidates(self.state, query, now, node):
            decided.append(self._decision(query, found))
            if decided[-1].allowed:
                return decided[-1]
        return replace(decided[0], good_until=min(each.good_until for each in decided))

    def _decision(self, query: Query, found: Found) -> Decision:
        ruling = self._ruled(query, found.facts)
        grant = found.grant
        conditions = grant.record.conditions if grant and ruling.allowed else None
        return Decision(
            outcome="allow" if ruling.allowed else "deny",
            reasons=ruling.reasons or (("granted",) if ruling.allowed else ("no_permit",)),
            policies=ruling.policies,
            facts=found.facts,
            policy_version=self.in_force.version,
            grant_id=str(grant.record.id) if grant else "",
            evidence_ids=tuple(seen.record_id for seen in found.evidence),
            revocation_ids=tuple(str(revocation.id) for revocation in found.revocations),
            conditions=conditions.model_dump(mode="json") if conditions else {},
            good_until=found.good_until,
        )

    def _ruled(self, query: Query, facts: Facts) -> Ruling:
        rests = (query.principal, query.model_sha256, facts)
        ruling = self._rulings.get(rests)
        if ruling is None:
            ruling = self.in_force.rule(query.principal, query.model_sha256, facts)
            if len(self._rulings) >= MOST_REMEMBERED:
                self._rulings.clear()
            self._rulings[rests] = ruling
        return ruling
