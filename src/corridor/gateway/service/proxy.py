"""The gateway's data side: take a request, ask providers in order, pass the answer on.

It answers from a snapshot in memory and never waits for the store. It moves on to the next
provider until the first byte has gone to the caller, and never after: a stream that breaks then
ends with an error event.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import cast

import orjson
import structlog

from corridor.access import Decision
from corridor.catalogue import Answer, Call, Connection, Provider, ProviderFailed, Signing
from corridor.core.clock import Clock
from corridor.core.errors import Invalid
from corridor.gateway.errors import Refusal
from corridor.gateway.rules.answers import verdict_on
from corridor.gateway.rules.events import EventSplitter, kind_of
from corridor.gateway.rules.health import Circuit
from corridor.gateway.rules.languages import language_of
from corridor.gateway.rules.requests import Asked, Caller, Use, asked, may_use, tools_of
from corridor.gateway.rules.snapshot import Snapshot
from corridor.gateway.service.admission import Admission, Shown, Trail, denial
from corridor.gateway.service.answers import (
    AttemptFailed,
    broken_event,
    first_events,
    next_events,
    whole,
)
from corridor.gateway.settings import GatewaySettings
from corridor.gateway.store import Handled

NO_WORD = Use()

log = structlog.get_logger()


@dataclass(slots=True)
class Reply:
    """What goes back to a caller."""

    status: int
    content_type: str
    body: AsyncIterator[bytes]
    request_id: str
    provider: str
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True, eq=False)
class _InFlight:
    """An attempt that has not begun to answer: it can still be moved."""

    provider: Provider
    deadline: asyncio.Timeout
    withdrawn: bool = False


@dataclass(slots=True)
class _Account:
    """What is known of a request while it is handled."""

    request_id: str
    started: float
    caller: str = "unknown"
    target: str = "unknown"
    language: str = "und"
    first_choice: str | None = None
    provider: str | None = None
    outcome: str = ""
    """Empty until it is settled."""
    trail: Trail | None = None
    """Set when it is allowed."""


@dataclass(frozen=True, slots=True)
class _Request:
    """A request that was read: who asks for what, and what they declare of it."""

    caller: Caller
    use: Use
    body: dict[str, object]
    target: Asked
    language: str
    sha256: str
    """Of the body as it came."""


@dataclass(slots=True)
class Proxy:
    """Answer callers. One for each process; everything it learns of providers is its own."""

    settings: GatewaySettings
    clock: Clock
    admission: Admission
    snapshot: Snapshot = field(default_factory=Snapshot)
    connections: dict[str, Connection] = field(default_factory=dict[str, Connection])
    """By provider's name."""
    handled: "deque[Handled]" = field(default_factory=lambda: deque(maxlen=100_000))
    """Waiting to be written."""
    _circuits: dict[str, Circuit] = field(default_factory=dict[str, Circuit])
    _in_flight: set[_InFlight] = field(default_factory=set[_InFlight])

    def learn(self, snapshot: Snapshot, connections: dict[str, Connection]) -> None:
        """Go on with a new snapshot; attempts at providers suspended by it move on at once."""
        self.snapshot, self.connections = snapshot, connections
        now = self.clock()
        for attempt in self._in_flight:
            if snapshot.suspended(attempt.provider, now) and not attempt.deadline.expired():
                attempt.withdrawn = True
                attempt.deadline.reschedule(asyncio.get_running_loop().time())

    async def models(self, shown: Shown) -> list[str]:
        """Return the services and providers that a key covers; each use is decided apart.

        Raises:
            Refusal: if the key opens nothing.
        """
        caller = await self.admission.caller(shown)
        names = (*self.snapshot.routes, *self.snapshot.providers)
        return [name for name in dict.fromkeys(names) if may_use(caller, name)]

    @asynccontextmanager
    async def reply(
        self, path: str, shown: Shown, data: bytes, *, request_id: str, use: Use = NO_WORD
    ) -> AsyncGenerator[Reply]:
        """Answer a request. Leaving the context early tells the provider to stop.

        Raises:
            Refusal: with status and code, where there is no answer to give.
        """
        account = _Account(request_id, time.monotonic())
        async with AsyncExitStack() as stack:
            try:
                request = await self._read(account, shown, data, use)
                found = await self._answer(stack, account, path, request)
                if account.trail is not None:
                    found.body = account.trail.followed(found.body)
                yield found
            except Refusal as refusal:
                outcome = "failed" if refusal.status >= 500 else "refused"
                self._settle(account, outcome, refusal.status)
                raise
            except (asyncio.CancelledError, GeneratorExit):
                self._settle(account, "left", 499)
                raise
            finally:
                if account.trail is not None and account.provider is not None:
                    whole_answer = account.outcome not in ("failed", "left")
                    self.admission.answered(account.trail, complete=whole_answer)

    async def _read(self, account: _Account, shown: Shown, data: bytes, use: Use) -> _Request:
        digest = sha256(data).hexdigest()
        caller = await self.admission.caller(replace(shown, body_sha256=digest))
        account.caller, use = caller.label, caller.use or use
        try:
            body = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise Refusal(
                f"The body is not JSON: {error.msg}.", status=400, code="invalid_json"
            ) from error
        if not isinstance(body, dict):
            raise Refusal("The body must be a JSON object.", status=400, code="invalid_json")
        fields = cast("dict[str, object]", body)
        target = asked(self.snapshot, caller, fields.get("model"))
        account.target = target.target
        account.first_choice = target.providers[0].name if target.providers else None
        account.language = self._language(caller, use, fields, target)
        # What a caller declares is what is decided on, even where the service answers in another.
        declared = use.language[:35] or account.language
        return _Request(caller, use, fields, target, declared, digest)

    def _language(self, caller: Caller, use: Use, body: dict[str, object], target: Asked) -> str:
        if target.service is not None:
            return language_of(body, use.language, target.service.languages)
        granted = [self.admission.languages(caller, use, p) for p in target.providers]
        return language_of(body, use.language, granted[0] if granted else ())

    async def _answer(
        self, stack: AsyncExitStack, account: _Account, path: str, request: _Request
    ) -> Reply:
        """Ask the providers in order until one answers; none that the caller may not use."""
        call = Call(path, request.body, account.request_id)
        end = asyncio.get_running_loop().time() + self.settings.overall_seconds
        reasons: list[str] = []
        denied: list[Decision] = []
        for provider in request.target.providers:
            if asyncio.get_running_loop().time() >= end:
                reasons.append("no time left")
                break
            try:
                self._check_not_suspended(provider)
                decision, sign = await self._decided(account, request, provider)
                if not decision.allowed:
                    denied.append(decision)
                    raise AttemptFailed("; ".join(decision.reasons), unhealthy=False)
                signed = replace(call, sign=sign)
                return await self._attempt(stack, account, signed, provider, end)
            except Invalid as error:
                raise Refusal(error.message, status=400, code="invalid_request") from error
            except AttemptFailed as failure:
                reasons.append(f"{provider.name}: {failure.reason}")
                log.info(
                    "gateway.attempt.failed",
                    request=account.request_id,
                    provider=provider.name,
                    reason=failure.reason,
                )
        if denied and len(denied) == len(request.target.providers):
            raise denial(request.target.target, denied[0])
        raise Refusal(
            f"No provider of {request.target.target} answered "
            f"({'; '.join(reasons) or 'none is known'}).",
            status=503,
            code="no_provider",
            hint="Try again in a while.",
        )

    async def _decided(
        self, account: _Account, request: _Request, provider: Provider
    ) -> tuple[Decision, Signing | None]:
        """Decide whether a provider may be asked, and what is shown to a partner's node."""
        account.trail = None  # of an attempt that failed: what it held counts no more
        tools = tools_of(request.body)
        query = request.caller.query(provider, request.use, request.language, tools)
        decision = await self.admission.decide(query, provider, account.request_id, request.sha256)
        if not decision.allowed:
            return decision, None
        account.trail = self.admission.trail(account.request_id, query, decision)
        return decision, self.admission.passed_on(query, decision, provider)

    def _check_not_suspended(self, provider: Provider) -> None:
        if self.snapshot.suspended(provider, self.clock()):
            raise AttemptFailed("suspended", unhealthy=False)

    async def _attempt(
        self, stack: AsyncExitStack, account: _Account, call: Call, provider: Provider, end: float
    ) -> Reply:
        connection = self._let_through(provider)
        limit = min(end, asyncio.get_running_loop().time() + self.settings.attempt_seconds)
        mine = await stack.enter_async_context(AsyncExitStack())
        attempt = _InFlight(provider, asyncio.timeout_at(limit))
        try:
            async with attempt.deadline:
                with self._movable(attempt):
                    answer = await mine.enter_async_context(connection.send(call))
                    reply = await self._begun(account, call, provider, answer)
        except AttemptFailed as failure:
            await self._left(mine, provider, failure)
            raise
        except ProviderFailed as error:
            failure = AttemptFailed(error.reason)
            await self._left(mine, provider, failure)
            raise failure from error
        except TimeoutError as error:
            reason = "withdrawn" if attempt.withdrawn else "timeout"
            failure = AttemptFailed(reason, unhealthy=not attempt.withdrawn)
            await self._left(mine, provider, failure)
            raise failure from error
        except BaseException:
            self._circuits[provider.name] = self._circuit(provider.name).left()
            raise
        self._circuits[provider.name] = self._circuit(provider.name).left()
        return reply

    @contextmanager
    def _movable(self, attempt: _InFlight) -> Generator[None]:
        self._in_flight.add(attempt)
        try:
            yield
        finally:
            self._in_flight.discard(attempt)

    def _let_through(self, provider: Provider) -> Connection:
        self._check_not_suspended(provider)  # it may have been since the decision
        connection = self.connections.get(provider.name)
        if connection is None:
            raise AttemptFailed("no credential or model", unhealthy=False)
        circuit = self._circuit(provider.name)
        if not circuit.lets_through(time.monotonic(), self.settings.failures_to_open):
            raise AttemptFailed("circuit open", unhealthy=False)
        self._circuits[provider.name] = circuit.asked(self.settings.failures_to_open)
        return connection

    async def _left(self, mine: AsyncExitStack, provider: Provider, failure: AttemptFailed) -> None:
        if failure.unhealthy:
            self._went_badly(provider.name)
        else:
            self._circuits[provider.name] = self._circuit(provider.name).left()
        try:
            await mine.aclose()
        except (ProviderFailed, TimeoutError):
            log.info("gateway.attempt.unclean_end", provider=provider.name)

    def _circuit(self, name: str) -> Circuit:
        return self._circuits.get(name, Circuit())

    def _went_badly(self, name: str) -> None:
        settings = self.settings
        self._circuits[name] = self._circuit(name).failed(
            time.monotonic(), settings.failures_to_open, settings.open_seconds
        )

    async def _begun(
        self, account: _Account, call: Call, provider: Provider, answer: Answer
    ) -> Reply:
        """Wait until it is certain that this provider answers; only then may a byte go out."""
        verdict = verdict_on(answer.status)
        if verdict == "move":
            raise AttemptFailed(f"status {answer.status}")
        streams = verdict == "answered" and "text/event-stream" in answer.content_type
        if verdict == "answered" and streams != bool(call.body.get("stream")):
            raise AttemptFailed("a stream where none was asked for" if streams else "no stream")
        account.provider = provider.name
        if streams:
            splitter = EventSplitter(self.settings.max_answer_bytes)
            events = await first_events(splitter, answer)
            body = self._rest(account, answer, splitter, events)
        else:
            limit = self.settings.max_answer_bytes
            data = await whole(answer, limit, must_answer=verdict == "answered")
            body = self._sent(account, data, answer.status)
        kind = "text/event-stream; charset=utf-8" if streams else "application/json"
        return Reply(answer.status, kind, body, account.request_id, provider.name, answer.headers)

    async def _sent(self, account: _Account, data: bytes, status: int) -> AsyncIterator[bytes]:
        self._settle(account, self._outcome(account, status), status)
        yield data

    async def _rest(
        self, account: _Account, answer: Answer, splitter: EventSplitter, events: list[bytes]
    ) -> AsyncIterator[bytes]:
        """Pass the stream on; if it breaks, end it with an error event, never with silence."""
        end = asyncio.get_running_loop().time() + self.settings.stream_seconds
        try:
            while True:
                for event in events:
                    kind = kind_of(event)
                    if kind in ("error", "garbage"):
                        raise AttemptFailed(kind)
                    if kind == "done":  # settled first: a caller may leave as soon as it has this
                        self._settle(account, self._outcome(account, 200), 200)
                        yield event
                        return
                    yield event
                async with asyncio.timeout_at(end):
                    events = await next_events(splitter, answer)
        except (AttemptFailed, ProviderFailed) as failure:
            yield self._broken(account, failure.reason)
        except TimeoutError:
            yield self._broken(account, "stream too long")

    def _broken(self, account: _Account, reason: str) -> bytes:
        log.warning("gateway.stream.broken", request=account.request_id, reason=reason)
        self._went_badly(account.provider or "")
        self._settle(account, "failed", 200)
        return broken_event(reason)

    def _outcome(self, account: _Account, status: int) -> str:
        if status >= 400:
            return "refused"
        return "served" if account.provider == account.first_choice else "moved"

    def _settle(self, account: _Account, outcome: str, status: int) -> None:
        if account.outcome:
            return
        account.outcome = outcome
        if account.provider is not None and outcome in ("served", "moved", "refused"):
            self._circuits.pop(account.provider, None)  # it gave a whole answer: it is healthy
        self.handled.append(
            Handled(
                request_id=account.request_id,
                at=self.clock().timestamp(),
                caller=account.caller,
                target=account.target,
                language=account.language,
                provider=account.provider,
                outcome=outcome,
                status=status,
                seconds=time.monotonic() - account.started,
            )
        )
