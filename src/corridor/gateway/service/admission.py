"""Who calls, whether they may use a model now, and the account of it.

Nothing is sent to a provider before a decision allows it, and in strict mode not before that
decision is durable. What cannot be accounted for is not allowed.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

from corridor.access import (
    Answered,
    ApiKey,
    ApiKeys,
    Borders,
    Decider,
    Decision,
    NotKnown,
    NotTrusted,
    Query,
    Throttled,
    active_keys,
    decided,
)
from corridor.catalogue import Provider, Signing
from corridor.core.clock import Clock
from corridor.core.errors import Unavailable
from corridor.core.store import Store
from corridor.gateway.errors import Refusal
from corridor.gateway.ports import Recorder
from corridor.gateway.rules.requests import Caller, Use

ANYTHING = ("*",)
TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
"""A compact JWS; no key has a full stop."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a caller shows: a key or a token, from where, with which body."""

    secret: str
    address: str = ""
    body_sha256: str = ""


@dataclass(slots=True)
class Trail:
    """The account of one request that was allowed: of whom, and the hash of the answer so far."""

    request_id: str
    who: str
    digest: "Hash" = field(default_factory=sha256)
    ended: bool = False

    async def followed(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Pass an answer on, and keep the hash of what went out."""
        async for chunk in body:
            self.digest.update(chunk)
            yield chunk
        self.ended = True


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
    borders: Borders
    store: Store
    recorder: Recorder | None = None
    """Given when the node begins to serve; before, nothing is allowed."""

    async def caller(self, shown: Shown) -> Caller:
        """Return who calls: by a key, or by what a partner's node says of its caller.

        Raises:
            Refusal: 401 if what is shown opens nothing, 429 if too much of that came from there.
        """
        try:
            self.keys.check_pace(shown.address)
        except Throttled as error:
            raise Refusal(
                error.message,
                status=429,
                code="too_many_wrong_keys",
                hint=error.hint,
                retry_after=int(str(error.facts.get("retry_after", 1))),
            ) from error
        try:
            if TOKEN.fullmatch(shown.secret):
                return await self._presented(shown)
            return _holder(self.decider.admitted(shown.secret))
        except Unavailable as error:
            raise Refusal(
                f"It cannot be noted that the token is used up: {error.message}",
                status=503,
                code="not_accounted",
                hint=error.hint,
            ) from error
        except (NotKnown, NotTrusted) as error:
            self.keys.note_wrong(shown.address)
            raise Refusal(
                error.message,
                status=401,
                code="invalid_api_key",
                hint="Ask the node's operator for one: corridor access key issue.",
            ) from error

    async def _presented(self, shown: Shown) -> Caller:
        keys = active_keys(self.decider.state)
        found = self.borders.presented(shown.secret, shown.body_sha256, keys, self.clock())

        def spend() -> None:
            with self.store.transaction("gateway") as tx:
                self.borders.spend(tx, found)

        await asyncio.to_thread(spend)
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
        self, query: Query, provider: Provider, request_id: str, body_sha256: str
    ) -> Decision:
        """Decide whether a provider may be asked, and put that into the account.

        Raises:
            Refusal: 503 if it cannot be accounted for.
        """
        decision = self.decider.decide(query, _node_of(provider))
        self.decider.note_use(decision)
        now = self.clock().timestamp()
        item = decided(query, decision, self.who(query), request_id, now, body_sha256)
        try:
            if self.recorder is None:
                raise Unavailable("The account is not being written.")
            await self.recorder.note(item)
        except Unavailable as error:
            raise Refusal(
                f"The decision cannot be accounted for, so it does not hold: {error.message}",
                status=503,
                code="not_accounted",
                hint=error.hint,
            ) from error
        return decision

    def who(self, query: Query) -> str:
        """Return under which pseudonym the account has somebody."""
        if query.issuer:
            return query.principal
        return self.decider.secrets.pseudonym(query.principal, self.decider.own)

    def answered(self, trail: Trail, *, complete: bool) -> None:
        """Put the hash of what was sent into the account."""
        if self.recorder is None:
            return
        self.recorder.answered(
            Answered(
                request_id=trail.request_id,
                at=round(self.clock().timestamp(), 3),
                who=trail.who,
                answer_sha256=trail.digest.hexdigest(),
                complete=complete and trail.ended,
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


def _holder(key: ApiKey) -> Caller:
    if key.project is None:
        raise NotKnown("A personal key opens no model.")
    return Caller(
        label=key.label,
        principal=key.principal,
        project=key.project,
        models=key.models,
        key_id=str(key.id),
    )


def _node_of(provider: Provider) -> str:
    """Return the partner's node whose model it is, or nothing for one of this node's own."""
    return provider.node or ""
