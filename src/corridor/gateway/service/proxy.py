"""The gateway's data side: take a request, ask providers in order, pass the answer on.

It answers from a snapshot in memory and never waits for the store. It moves on to the next
provider until the first byte has gone to the caller, and never after: a stream that breaks then
ends with an error event.
"""

import asyncio
from collections import deque
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from types import TracebackType
from typing import cast

import orjson

from corridor.catalogue import Connection
from corridor.core.clock import Clock
from corridor.gateway.errors import Refusal
from corridor.gateway.ports import Identifier, Observer, Tracer
from corridor.gateway.rules.languages import Told, text_of, told
from corridor.gateway.rules.requests import NO_WORD, Asked, Caller, Use, may_use
from corridor.gateway.rules.snapshot import Snapshot
from corridor.gateway.rules.usage import usage_of
from corridor.gateway.service.admission import Admission, Shown
from corridor.gateway.service.answers import AttemptFailed
from corridor.gateway.service.attempts import Attempts, Begun
from corridor.gateway.service.behind import Behind
from corridor.gateway.service.guards import Guards
from corridor.gateway.service.handling import Handling, Reply, Request
from corridor.gateway.service.health import Health
from corridor.gateway.service.lanes import Lanes
from corridor.gateway.service.limits import Limits
from corridor.gateway.service.passing import Passing
from corridor.gateway.service.retention import Retaining
from corridor.gateway.service.settling import settled
from corridor.gateway.settings import GatewaySettings
from corridor.gateway.store import Handled

EVENT_STREAM = "text/event-stream; charset=utf-8"
MOST_EXPLAINED = 2000
"""Of the reasons for an order, in a header."""


@dataclass(slots=True)
class Proxy:
    """Answer callers. One for each process; everything it learns of providers is its own."""

    settings: GatewaySettings
    clock: Clock
    admission: Admission
    guards: Guards = field(default_factory=Guards)
    retaining: Retaining | None = None
    tracer: Tracer | None = None
    identifier: Identifier | None = None
    """Tells languages apart that share a script."""
    health: Health = field(init=False)
    attempts: Attempts = field(init=False)
    limits: Limits = field(init=False)
    lanes: Lanes = field(default_factory=Lanes)
    handled: "deque[Handled]" = field(default_factory=lambda: deque(maxlen=100_000))
    """Waiting to be written."""
    streams: set[Passing] = field(default_factory=set[Passing])
    """Those on their way to their callers."""

    def __post_init__(self) -> None:
        self.health = Health(self.settings, self.clock)
        self.limits = Limits(self.settings, self.clock)
        self.attempts = Attempts(
            self.settings, self.clock, self.admission, self.health, self.limits.lateness
        )

    @property
    def observers(self) -> tuple[Observer, ...]:
        """Who is told of each request that is over, and of each attempt that failed."""
        return self.attempts.observers

    def observed_by(self, observer: Observer) -> None:
        """Let somebody be told from now on."""
        self.attempts.observers = (*self.attempts.observers, observer)

    @property
    def snapshot(self) -> Snapshot:
        """All that it answers from."""
        return self.attempts.snapshot

    @property
    def connections(self) -> dict[str, Connection]:
        """The ways to providers, by their names."""
        return self.attempts.connections

    def learn(self, snapshot: Snapshot, connections: dict[str, Connection]) -> None:
        """Go on with a new snapshot; what it suspends is kept to at once."""
        self.attempts.snapshot, self.attempts.connections = snapshot, connections
        self.limits.learn(snapshot.limits, snapshot.prices)
        self.guards.plans = snapshot.guards
        if self.retaining is not None:
            self.retaining.rules = snapshot.retention
        self.keep_to_suspensions()

    def keep_to_suspensions(self) -> None:
        """Move attempts on, and break streams off, where a suspension has begun that says so.

        Who is barred for what an operator has decided on is asked again.
        """
        self.health.forgive(self.snapshot.decided)
        if not self.snapshot.closures:
            return
        snapshot, now = self.snapshot, self.clock()
        for attempt in self.attempts.in_flight:
            one = attempt.handling
            if snapshot.suspended(attempt.provider, now, one.target, one.language, one):
                attempt.move()
        for stream in self.streams:
            one = stream.handling
            if snapshot.cuts(stream.provider, now, one.target, one.language, one):
                stream.cut("its provider is suspended", "suspended")

    async def models(self, shown: Shown) -> list[str]:
        """Return the services and providers that a key covers; each use is decided apart.

        Raises:
            Refusal: if the key opens nothing.
        """
        caller = await self.admission.caller(shown)
        names = (*self.snapshot.routes, *self.snapshot.providers)
        return [name for name in dict.fromkeys(names) if may_use(caller, name)]

    def reply(
        self, path: str, shown: Shown, data: bytes, *, request_id: str, use: Use = NO_WORD
    ) -> "Replying":
        """Answer a request when the context is entered; leaving it early stops the provider.

        Entering raises Refusal, with status and code, where there is no answer to give.
        """
        return Replying(self, path, shown, data, use, Handling(request_id))

    async def begun(
        self, behind: Behind, one: Handling, path: str, shown: Shown, data: bytes, use: Use
    ) -> Reply:
        """Return what goes to a caller; what has to be left afterwards is put `behind`.

        Raises:
            Refusal: with status and code, where there is no answer to give.
        """
        request = await self._read(one, path, shown, data, use)
        caller, target, body = request.caller, request.target, request.body
        if self.tracer is not None:
            name, parent = target.target, use.traceparent
            one.trace = self.tracer.begin(path, name, parent, stream=one.streams)
        one.entered = await self.limits.enter(caller, target, body, len(data))
        if self.guards.plans:
            request = await self._guarded(one, request)
        begun = await self.attempts.first(behind, one, request)
        return await self._replied(behind, one, request, begun)

    def over(self, one: Handling, error: BaseException | None) -> None:
        """Settle what a request came to, if it is not settled, and account for its answer."""
        if isinstance(error, Refusal):
            one.note_guard(error)
            self._settle(one, "failed" if error.status >= 500 else "refused", error.status)
        elif isinstance(error, asyncio.CancelledError | GeneratorExit):
            self._settle(one, "left", 499)
        one.entered.leave()  # if it is not settled by now
        if one.keeping is not None and self.retaining is not None:
            self.retaining.keep(one.keeping)
        if one.trail is not None and one.provider is not None:
            whole_answer = one.outcome not in ("failed", "left", "")
            self.admission.answered(one.trail, complete=whole_answer)

    async def _read(self, one: Handling, path: str, shown: Shown, data: bytes, use: Use) -> Request:
        digest = sha256(data).hexdigest()
        if "." in shown.secret:  # a token, which may be for these very bytes
            shown = replace(shown, body_sha256=digest)
        caller = await self.admission.caller(shown)
        one.caller, use = caller.label, caller.use or use
        one.project, one.key_id = caller.project, caller.key_id
        body = body_of(data)
        target = self.lanes.asked(self.snapshot, caller, body.get("model"))
        one.target, one.streams = target.target, bool(body.get("stream"))
        found = self._told(caller, use, body, target)
        one.language = found.tag
        target = self._ordered(one, use, target, found)
        one.first_choice = target.providers[0] if target.providers else None
        # What a caller declares is what is decided on, even where the service answers in another.
        declared = found.tag if found.how == "declared" else use.language[:35] or found.tag
        return Request(path, caller, use, body, data, target, declared, digest)

    async def _guarded(self, one: Handling, request: Request) -> Request:
        """Return a request as it may leave."""
        one.after = self.guards.after(request.target, one.request_id)
        one.judge = self.guards.judge(request.target, one.request_id)
        sent = await self.guards.before(request.target, request.body, one.request_id)
        if sent is request.body:
            return request
        return replace(request, body=sent, raw=orjson.dumps(sent))

    def _told(self, caller: Caller, use: Use, body: dict[str, object], target: Asked) -> Told:
        """Tell the caller's language among those of the service, or those granted to the caller."""
        if target.service is not None:
            languages = target.service.languages
            default = self.snapshot.default_language(target.target)
        else:
            granted = [self.admission.languages(caller, use, p) for p in target.providers]
            languages, default = granted[0] if granted else (), ""
        identify = self.identifier.identify if self.identifier is not None else None
        floor = self.settings.language_confidence
        return told(text_of(body), use.language, languages, identify, floor, default)

    def _ordered(self, one: Handling, use: Use, target: Asked, found: Told) -> Asked:
        """Return whom a request concerns, in the order of its language.

        Raises:
            Refusal: 503 if the route's requirement is met by nobody in this language.
        """
        one.said = {"x-corridor-language": found.shown()}
        if target.service is None:
            return target
        ordered = self.lanes.ordered(self.snapshot, target, found)
        if use.explains:
            one.said["x-corridor-route"] = ordered.why[:MOST_EXPLAINED]
        return ordered

    async def _replied(
        self, behind: Behind, one: Handling, request: Request, begun: Begun
    ) -> Reply:
        """Return what goes to the caller now that it is certain who answers."""
        one.provider, one.trail = begun.provider, begun.trail
        self._keeps(one, request)
        one.hides_usage = begun.hides_usage
        one.has_begun()
        name = begun.provider.name
        headers = {**begun.answer.headers, **one.entered.headers(), **one.said}
        status = begun.answer.status
        if begun.events is None:
            data = begun.data or b""
            if one.trail is not None and status >= 400:
                self.admission.counted(one.trail, 0)
            one.usage = begun.usage  # first: what a guard refuses was used all the same
            if one.after is not None and status < 400:
                data = one.after.whole(data)
            if one.judge is not None and status < 400:
                await one.judge.whole(data)
            self._settle(one, self._outcome(one, status), status)
            if one.keeping is not None:
                one.keeping.sent(data)
            if one.trail is not None:
                one.trail.digest.update(data)
                one.trail.ended = True
            return Reply(status, "application/json", one.request_id, name, data, headers=headers)
        passing = Passing(
            one,
            begun.provider,
            begun.answer,
            begun.events,
            self._stream_ended,
            self.limits.lateness,
        )
        self.streams.add(passing)
        behind.callback(self.streams.discard, passing)
        behind.callback(passing.close)
        stream = passing.begin(begun.first, self.settings.stream_seconds)
        return Reply(
            status,
            EVENT_STREAM,
            one.request_id,
            name,
            stream=stream,
            ends=passing.ends,
            headers=headers,
            straight=passing.go_straight,
        )

    def _keeps(self, one: Handling, request: Request) -> None:
        """Take note of what is to be kept of a request, if anything."""
        retaining, trail = self.retaining, one.trail
        if retaining is not None and retaining.rules and trail is not None:
            project, bounds = one.project or "", trail.conditions
            one.keeping = retaining.begin(one.request_id, project, request.raw, bounds)

    def _stream_ended(self, passing: Passing, how: str) -> None:
        """Take note of how a stream ended: `answered`, `broken`, or `cut` by this node."""
        one = passing.handling
        if how == "broken":
            failure = AttemptFailed("stream broke", unhealthy=not passing.held_up)
            self.health.failed(passing.provider.name, failure, one.asked_at)
        outcome = self._outcome(one, 200) if how == "answered" else "failed"
        self._settle(one, outcome, 200)
        if one.trail is not None:
            one.trail.ended = True

    def _outcome(self, one: Handling, status: int) -> str:
        if status >= 400:
            return "refused"
        first, answers = one.first_choice, one.provider
        served = first is not None and answers is not None and answers.name == first.name
        return "served" if served else "moved"

    def _settle(self, one: Handling, outcome: str, status: int) -> None:
        if one.outcome:
            return
        one.outcome = outcome
        provider = one.provider.name if one.provider else None
        if provider is not None and outcome in ("served", "moved", "refused"):
            self.health.answered(provider)
        usage = usage_of(one.usage)
        handled = settled(one, usage, status, self.clock(), self.snapshot.prices)
        self.handled.append(handled)
        if one.trail is not None:
            self.admission.counted(one.trail, usage.total)
        for observer in self.observers:
            observer.settled(handled)
        if one.trace is not None:
            one.trace.end(handled, status)


def body_of(data: bytes) -> dict[str, object]:
    """Return what the body of a request says.

    Raises:
        Refusal: 400 if it is no JSON object.
    """
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        message = f"The body is not JSON: {error.msg}."
        raise Refusal(message, status=400, code="invalid_json") from error
    if not isinstance(body, dict):
        raise Refusal("The body must be a JSON object.", status=400, code="invalid_json")
    return cast("dict[str, object]", body)


@dataclass(slots=True)
class Replying(AbstractAsyncContextManager[Reply]):
    """One request while it is answered."""

    proxy: Proxy
    path: str
    shown: Shown
    data: bytes
    use: Use
    handling: Handling
    behind: Behind = field(default_factory=Behind)

    async def __aenter__(self) -> Reply:
        try:
            return await self.proxy.begun(
                self.behind, self.handling, self.path, self.shown, self.data, self.use
            )
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.proxy.over(self.handling, error)
        finally:
            if not self.behind.is_empty:
                await self.behind.leave(kind, error, trace)
