"""Who calls, whether they may use a model now, and the account of it.

Nothing is sent to a provider before a decision allows it, and where the audit is strict not before
that decision is durable. What cannot be accounted for is not allowed.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

from corridor.access import (
    PROJECT_HEADER,
    Answered,
    ApiKey,
    ApiKeys,
    Bearer,
    Bearers,
    Borders,
    Decided,
    Decider,
    Decision,
    Hold,
    NotAllowed,
    NotKnown,
    NotTrusted,
    Query,
    Throttled,
    active_keys,
    decided,
    holder,
    project_for,
    restated,
)
from corridor.catalogue import Provider, Signing
from corridor.core.clock import Clock
from corridor.core.errors import CorridorError, Invalid, Unavailable
from corridor.core.store import Store, Transaction
from corridor.gateway.errors import Refusal
from corridor.gateway.ports import Recorder
from corridor.gateway.rules.requests import Caller, Use
from corridor.gateway.service.freshness import Freshness

ANYTHING = ("*",)
MOST_STATED = 10_000
NOT_STATED: tuple[Decision | None, Decided | None] = (None, None)
TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
"""A compact JWS; no key has a full stop."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a caller shows: a key or a token, from where, for which project, with which body."""

    secret: str
    address: str = ""
    body_sha256: str = ""
    project: str = ""
    """The one that is named, in a header; a key knows its own."""


@dataclass(slots=True)
class Trail:
    """The account of one request that was allowed: of whom, and the hash of the answer so far."""

    request_id: str
    who: str
    grant_id: str = ""
    hold: Hold | None = None
    """Where a quota of tokens concerns it: it counts there until this trail is gone."""
    digest: "Hash" = field(default_factory=sha256)
    ended: bool = False
    """All of it has gone out."""
    conditions: Mapping[str, object] = field(default_factory=dict[str, object])
    """Of the grant by which it was allowed."""
    tokens: int | None = None
    """What went in and came out: 0 where the provider refused, None where nobody counted them."""


class Hash(Protocol):
    """A running SHA-256."""

    def update(self, data: bytes, /) -> None:
        """Take in more."""
        ...

    def hexdigest(self) -> str:
        """Return what it is so far."""
        ...


@dataclass(slots=True)
class Admission:
    """Decide for one process who may ask a provider."""

    clock: Clock
    decider: Decider
    keys: ApiKeys
    bearers: Bearers
    borders: Borders
    store: Store
    freshness: Freshness
    recorder: Recorder | None = None
    """Given when the node begins to serve; before, nothing is allowed."""
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, "tokens"))
    """In which tokens are verified: a provider that is slow holds up no other caller."""
    _stated: dict[Query, tuple[Decision | None, Decided | None]] = field(
        default_factory=dict[Query, tuple[Decision | None, Decided | None]]
    )
    """The decision that was last put into the account for a query, and its entry."""
    _holders: dict[str, tuple[ApiKey, Caller]] = field(
        default_factory=dict[str, tuple[ApiKey, Caller]]
    )
    """By the id of a key: the key, and who calls by it."""

    async def caller(self, shown: Shown) -> Caller:
        """Return who calls: by a key, by a provider's token, or by a partner's word of its caller.

        Raises:
            Refusal: 401 if what is shown opens nothing, 429 if too much of that came from there,
                400 or 403 if the project is not said or not theirs, 503 if it cannot be checked
                or all that is known is too old.
        """
        if self.freshness.is_too_old():
            raise self._too_old()
        try:
            self.keys.check_pace(shown.address)
            if "." not in shown.secret:  # a key, as it nearly always is
                return self._holder(self.decider.admitted(shown.secret), shown.project)
            return await self._known(shown)
        except Throttled as error:
            raise Refusal(
                error.message,
                status=429,
                code="too_many_wrong_keys",
                hint=error.hint,
                retry_after=int(str(error.facts.get("retry_after", 1))),
            ) from error
        except (NotKnown, NotTrusted) as error:
            self.keys.note_wrong(shown.address)
            raise Refusal(
                error.message,
                status=401,
                code="invalid_api_key",
                hint=error.hint or "Ask the node's operator for one: corridor access key issue.",
            ) from error
        except NotAllowed as error:
            raise _refused(error, 403, "wrong_project") from error
        except Invalid as error:
            raise _refused(error, 400, "project_missing") from error

    def _too_old(self) -> Refusal:
        return Refusal(
            f"The store has not answered for {self.freshness.age() or 0:.0f} seconds, so what is "
            "known of keys, grants and suspensions is too old.",
            status=503,
            code="snapshot_too_old",
            hint="The node's operator has to bring the store back; gateway.snapshot_seconds is "
            "how long callers are answered without it.",
        )

    async def _known(self, shown: Shown) -> Caller:
        if not TOKEN.fullmatch(shown.secret):
            return self._holder(self.decider.admitted(shown.secret), shown.project)
        if self.borders.is_of_a_gateway(shown.secret):
            return await self._presented(shown)
        return await self._borne(shown)

    def _holder(self, key: ApiKey, named: str) -> Caller:
        """Return who calls by a key."""
        known = self._holders.get(str(key.id))
        if known is not None and known[0] is key and named in ("", key.project):
            return known[1]
        caller = _holder(key, named)
        if len(self._holders) >= MOST_STATED:
            self._holders.clear()
        self._holders[caller.key_id] = key, caller
        return caller

    async def _borne(self, shown: Shown) -> Caller:
        """Return who calls by a token of an OpenID provider: a principal, for a project."""
        token = shown.secret
        bearer = self.bearers.recalled(token) or await self._verified(token)
        state = self.decider.state
        principal = holder(state, bearer.issuer, bearer.subject)
        project = project_for(state, principal, shown.project)
        if bearer.token_id:
            await self._spent(lambda tx: self.bearers.spend(tx, bearer))
        mark = self.decider.secrets.pseudonym(principal.name, self.decider.own)
        return Caller(f"oidc:{mark[:8]}", principal.name, project, ANYTHING)

    async def _verified(self, token: str) -> Bearer:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self.threads, self.bearers.verified, token)
        except Unavailable as error:
            raise _refused(error, 503, "issuer_unavailable") from error

    async def _spent(self, spend: Callable[[Transaction], None]) -> None:
        """Note that a token is used up, before anything is done for whoever shows it."""

        def work() -> None:
            with self.store.transaction("gateway") as tx:
                spend(tx)

        try:
            await asyncio.to_thread(work)
        except Unavailable as error:
            raise Refusal(
                f"It cannot be noted that the token is used up: {error.message}",
                status=503,
                code="not_accounted",
                hint=error.hint,
            ) from error

    async def _presented(self, shown: Shown) -> Caller:
        keys = active_keys(self.decider.state)
        found = self.borders.presented(shown.secret, shown.body_sha256, keys, self.clock())
        await self._spent(lambda tx: self.borders.spend(tx, found))
        use = Use(found.purpose, found.surface, found.language, overseen=found.overseer)
        return Caller(
            label=f"{found.iss}:{found.sub[:8]}",
            principal=found.sub,
            project=found.project,
            models=ANYTHING,
            issuer=found.iss,
            grant_id=found.grant,
            use=use,
        )

    def passed_on(self, query: Query, decision: Decision, provider: Provider) -> Signing | None:
        """Return what a request shows to a partner's node; None where it goes to none."""
        node = provider.node
        if node is None:
            return None

        def signed(content: bytes) -> Mapping[str, str]:
            digest = sha256(content).hexdigest()
            return {"authorization": f"Bearer {self.borders.token(query, decision, node, digest)}"}

        return signed

    def languages(self, caller: Caller, use: Use, provider: Provider) -> tuple[str, ...]:
        """Return the languages in which a caller has been granted the model of a provider."""
        return self.decider.languages(caller.query(provider, use, "und", ()), _node_of(provider))

    async def decide(
        self,
        query: Query,
        provider: Provider,
        request_id: str,
        body_sha256: str,
        *,
        order: str = "",
        strict: bool | None = None,
    ) -> Decision:
        """Decide whether a provider may be asked, and put that into the account.

        `order` says whom the request was to ask in which order, and why. `strict` is whether the
        decision has to be durable there first; None is as the node does.

        Raises:
            Refusal: 503 if it cannot be accounted for.
        """
        now = self.clock()
        decision = self.decider.decide(query, _node_of(provider), now)
        self.decider.note_use(decision)
        at = now.timestamp()
        item = self._item(query, decision, request_id, at, body_sha256, order)
        try:
            if self.recorder is None:
                raise Unavailable("The account is not being written.")
            await self.recorder.note(item, strict=strict)
        except Unavailable as error:
            raise Refusal(
                f"The decision cannot be accounted for, so it does not hold: {error.message}",
                status=503,
                code="not_accounted",
                hint=error.hint,
            ) from error
        return decision

    def _item(
        self,
        query: Query,
        decision: Decision,
        request_id: str,
        now: float,
        digest: str,
        order: str,
    ) -> Decided:
        """Return the entry of a decision; what stands in the one before of the same is copied."""
        before, item = self._stated.get(query, NOT_STATED)
        if before is not decision or item is None:
            item = decided(query, decision, self.who(query), request_id, now, digest, order)
            if len(self._stated) >= MOST_STATED:
                self._stated.clear()
            self._stated[query] = (decision, item)
            return item
        return restated(item, request_id, now, digest, order)

    def who(self, query: Query) -> str:
        """Return under which pseudonym the account has somebody."""
        if query.issuer:
            return query.principal
        return self.decider.secrets.pseudonym(query.principal, self.decider.own)

    def trail(
        self, request_id: str, query: Query, decision: Decision, expected: Callable[[], int]
    ) -> Trail:
        """Begin the account of a request that was allowed.

        Only where a quota of tokens concerns it is `expected` called: what it may take.
        """
        hold = self.decider.hold(decision, expected)
        _, item = self._stated.get(query, NOT_STATED)
        who = item.who if item is not None else self.who(query)
        conditions = decision.conditions
        return Trail(request_id, who, decision.grant_id, hold, conditions=conditions)

    def counted(self, trail: Trail, tokens: int | None) -> None:
        """Take note of what an answer took; only the first time counts."""
        if trail.tokens is None:
            trail.tokens = tokens
        hold, trail.hold = trail.hold, None
        if hold is not None:
            self.decider.settle(hold, tokens)

    def given_up(self, trail: Trail) -> None:
        """Take note that no answer has come: nothing is counted for it."""
        hold, trail.hold = trail.hold, None
        if hold is not None:
            self.decider.release(hold)

    def answered(self, trail: Trail, *, complete: bool) -> None:
        """Put the hash of what was sent into the account, and what it took."""
        self.counted(trail, None)  # if it is not by now
        if self.recorder is None:
            return
        self.recorder.answered(
            Answered.made_of(
                {
                    "request_id": trail.request_id,
                    "at": round(self.clock().timestamp(), 3),
                    "who": trail.who,
                    "answer_sha256": trail.digest.hexdigest(),
                    "complete": complete and trail.ended,
                    "grant_id": trail.grant_id,
                    "tokens": trail.tokens,
                }
            )
        )


def denial(target: str, decision: Decision) -> Refusal:
    """Return the refusal that tells a caller why."""
    codes = ", ".join(decision.reasons)
    return Refusal(
        f"You may not use {target[:80]} so: {codes}.",
        status=403,
        code="access_denied",
        hint="`corridor access explain` at the node shows what would change this.",
    )


def _holder(key: ApiKey, named: str) -> Caller:
    if key.project is None:
        raise NotKnown("A personal key opens no model.")
    if named not in ("", key.project):
        raise NotAllowed(
            "The key is for another project than the one that was named.",
            hint=f"Leave out {PROJECT_HEADER}: a key is for one project.",
        )
    return Caller(
        label=key.label,
        principal=key.principal,
        project=key.project,
        models=key.models,
        key_id=str(key.id),
    )


def _refused(error: CorridorError, status: int, code: str) -> Refusal:
    return Refusal(error.message, status=status, code=code, hint=error.hint)


def _node_of(provider: Provider) -> str:
    """Return the partner's node whose model it is, or nothing for one of this node's own."""
    return provider.node or ""
