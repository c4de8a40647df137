"""Asking providers in order until one answers, within deadlines and a budget for retries.

A provider is asked once for a request. It is asked again only where that is safe (it refused the
connection, or asked for a short pause), when no other is left, and as long as the budget lasts.
"""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from functools import partial

import structlog

from corridor.access import Decision
from corridor.catalogue import Answer, Call, Connection, Provider, ProviderFailed
from corridor.core.clock import Clock
from corridor.core.errors import Invalid
from corridor.gateway.errors import Refusal
from corridor.gateway.ports import Observer
from corridor.gateway.rules.answers import usage_in, verdict_on
from corridor.gateway.rules.events import EventSplitter
from corridor.gateway.rules.health import pause_of
from corridor.gateway.rules.limits import tokens_in, tokens_out
from corridor.gateway.rules.objections import Meaning, Objection, coded, meaning
from corridor.gateway.rules.snapshot import Snapshot
from corridor.gateway.rules.usage import asking_for_usage, is_to_be_asked, raw_asking
from corridor.gateway.service.admission import Admission, Trail, denial
from corridor.gateway.service.answers import (
    AttemptFailed,
    Events,
    checked,
    refusal_of,
    told_to_caller,
    whole,
)
from corridor.gateway.service.behind import Leaving
from corridor.gateway.service.deadlines import Deadline, Lateness
from corridor.gateway.service.handling import Handling, Request
from corridor.gateway.service.health import OPEN, Health
from corridor.gateway.service.hedging import raced
from corridor.gateway.service.in_flight import InFlight
from corridor.gateway.service.queries import Queries
from corridor.gateway.settings import GatewaySettings

LEAST_SECONDS = 0.005
"""With less time left nobody is asked; timers are no more exact than some milliseconds."""
UNDONE = (500, 502, 503, 529)
"""What a server answers that failed; 504 is not among them, for it may still be at work."""
NOT_OFFERED = "it does not take such requests"

log = structlog.get_logger()


@dataclass(slots=True)
class Begun:
    """A provider that answers: whole, as a stream's first events, or with a refusal to pass on."""

    provider: Provider
    answer: Answer
    data: bytes | None = None
    usage: dict[str, object] | None = None
    """What it says of tokens, if it is whole and says so."""
    events: Events | None = None
    first: list[bytes] = field(default_factory=list[bytes])
    trail: Trail | None = None
    """The account of the decision by which it may."""
    hides_usage: bool = False
    """Whether it was asked to count a stream for this node alone."""


@dataclass(slots=True)
class _Tried:
    """What came of a request's attempts so far."""

    end: float
    """When the caller has waited long enough, by the loop's clock."""
    failures: dict[str, AttemptFailed] = field(default_factory=dict[str, AttemptFailed])
    """The last of each provider."""
    denied: list[Decision] = field(default_factory=list[Decision])
    out_of_time: bool = False
    again: int = 0
    as_last_resort: bool = False
    """Whether a provider was asked though its circuit was open."""


@dataclass(slots=True)
class Attempts:
    """Ask the providers of a request. One for each process."""

    settings: GatewaySettings
    clock: Clock
    admission: Admission
    health: Health
    lateness: Lateness
    snapshot: Snapshot = field(default_factory=Snapshot)
    connections: dict[str, Connection] = field(default_factory=dict[str, Connection])
    """By provider's name."""
    observers: tuple[Observer, ...] = ()
    in_flight: set[InFlight] = field(default_factory=set[InFlight])
    queries: Queries = field(default_factory=Queries)

    async def first(self, stack: Leaving, one: Handling, request: Request) -> Begun:
        """Return the first provider that answers, none that the caller may not use.

        Raises:
            Refusal: if none does.
        """
        loop = asyncio.get_running_loop()
        tried = _Tried(loop.time() + self.settings.overall_seconds)
        call = Call(request.path, request.body, one.request_id, raw=request.raw)
        if one.trace is not None:
            call = replace(call, headers={"traceparent": one.trace.traceparent})
        waiting = list(request.target.providers)
        self.health.budget.earn()
        while waiting:
            provider = waiting.pop(0)
            if loop.time() >= tried.end - LEAST_SECONDS:
                tried.out_of_time = True
                break
            try:
                ask = partial(self._noted, one, request, call, tried)
                if self.settings.hedge_seconds and waiting and not tried.again:
                    both = partial(ask, provider), partial(ask, waiting[0])
                    late, may = self.settings.hedge_seconds, self.health.budget.take
                    return await raced(stack, both, late, may)
                return await ask(provider, stack)
            except AttemptFailed:
                waiting = [each for each in waiting if each.name not in tried.failures]
            except Invalid as error:
                raise Refusal(error.message, status=400, code="invalid_request") from error
            if not waiting:
                waiting = await self._once_more(request, tried)
                waiting = waiting or self._last_resort(request, tried)
        raise self._nobody(request, tried)

    async def _noted(
        self,
        one: Handling,
        request: Request,
        call: Call,
        tried: _Tried,
        provider: Provider,
        stack: Leaving,
    ) -> Begun:
        """Ask one provider; if it fails, keep why."""
        try:
            return await self._asked(one, request, call, tried, provider, stack)
        except AttemptFailed as failure:
            tried.failures[provider.name] = failure
            for observer in self.observers:
                observer.attempted(provider.name, failure.reason)
            log.info(
                "gateway.attempt.failed",
                request=one.request_id,
                provider=provider.name,
                reason=failure.reason,
            )
            raise

    async def _asked(
        self,
        one: Handling,
        request: Request,
        call: Call,
        tried: _Tried,
        provider: Provider,
        stack: Leaving,
    ) -> Begun:
        self._check_not_suspended(one, provider)
        query = self.queries.of(request, provider)
        strict = self.snapshot.is_strict(request.target.target)
        decision = await self.admission.decide(
            query,
            provider,
            one.request_id,
            request.sha256,
            order=request.target.why,
            strict=strict,
        )
        if not decision.allowed:
            tried.denied.append(decision)
            raise AttemptFailed("; ".join(decision.reasons), unhealthy=False)
        expected = partial(self._expected, request)
        trail = self.admission.trail(one.request_id, query, decision, expected)
        sign = self.admission.passed_on(query, decision, provider)
        if sign is not None:
            call = replace(call, sign=sign)
        counts = is_to_be_asked(provider, request.body)
        if counts:
            raw = raw_asking(call.raw, call.body)
            call = replace(call, body=asking_for_usage(call.body), raw=raw)
        try:
            begun = await self._attempt(stack, one, call, provider, tried.end)
        except BaseException:
            self.admission.given_up(trail)
            raise
        begun.trail, begun.hides_usage = trail, counts
        return begun

    def _expected(self, request: Request) -> int:
        """Estimate the tokens of a request, in and out."""
        inside = tokens_in(request.body, len(request.raw))
        return inside + tokens_out(request.body, self.settings.assumed_answer_tokens)

    async def _once_more(self, request: Request, tried: _Tried) -> list[Provider]:
        """Return whom to ask again, after a pause; nobody where that is not safe or not allowed."""
        able = [
            (failure.again, provider)
            for provider in request.target.providers
            if (failure := tried.failures.get(provider.name)) and failure.again is not None
        ]
        if not able or tried.again >= self.settings.retries:
            return []
        asked_for, provider = min(able, key=lambda each: each[0])
        wait = asked_for + self.health.pause(tried.again + 1)
        left = tried.end - asyncio.get_running_loop().time()
        if wait >= min(left, self.settings.patience_seconds) or not self.health.budget.take():
            return []
        tried.again += 1
        await asyncio.sleep(wait)
        return [provider]

    def _last_resort(self, request: Request, tried: _Tried) -> list[Provider]:
        """Return whom to ask though it is left alone, for nobody else is left; once a request."""
        open_ones = {name for name, each in tried.failures.items() if each.reason == OPEN}
        if not open_ones or tried.as_last_resort:
            return []
        name = self.health.last_resort(open_ones)
        tried.as_last_resort = name is not None
        return [provider for provider in request.target.providers if provider.name == name]

    def _nobody(self, request: Request, tried: _Tried) -> Refusal:
        """Return what a caller is told when no provider answered."""
        providers, failures = request.target.providers, list(tried.failures.values())
        name = request.target.target[:80]
        if tried.denied and len(tried.denied) == len(providers):
            return denial(name, tried.denied[0])
        reasons = [f"{who}: {failure.reason}" for who, failure in tried.failures.items()]
        reasons += ["no time left"] if tried.out_of_time else []
        message = f"No provider of {name} answered ({'; '.join(reasons) or 'none is known'})."
        if failures and all(failure.reason == NOT_OFFERED for failure in failures):
            hint = "Ask for it at another address; GET /v1/models lists what there is."
            return Refusal(message, status=501, code="not_offered", hint=hint)
        if failures and all(failure.too_long for failure in failures):
            said = failures[-1].too_long
            return Refusal(said, status=400, code="context_length_exceeded")
        rests = [failure.rests for failure in failures if failure.rests is not None]
        if rests and len(rests) == len(providers):
            return Refusal(
                message,
                status=429,
                code="providers_rest",
                hint="Ask again after the time in Retry-After.",
                retry_after=max(1, round(min(rests) + 0.5)),
            )
        return Refusal(message, status=503, code="no_provider", hint="Try again in a while.")

    def _check_not_suspended(self, one: Handling, provider: Provider) -> None:
        snapshot = self.snapshot
        if provider.name not in snapshot.closures:  # as it nearly always is
            return
        if snapshot.suspended(provider, self.clock(), one.target, one.language, one):
            raise AttemptFailed("suspended", unhealthy=False)

    async def _attempt(
        self, stack: Leaving, one: Handling, call: Call, provider: Provider, end: float
    ) -> Begun:
        connection = self._way_to(one, provider, call.path)
        began = one.asked_at = self.health.ask(provider)
        one.attempts += 1
        loop = asyncio.get_running_loop()
        limit = min(end, loop.time() + self.settings.attempt_seconds)
        first = min(limit, loop.time() + self.settings.first_byte_seconds)
        attempt = InFlight(one, provider, Deadline(self.lateness, first))
        way = connection.send(call)
        entered = False
        try:
            with attempt.deadline:
                self.in_flight.add(attempt)
                try:
                    answer = await way.__aenter__()
                    entered = True
                    if first < limit and not attempt.withdrawn:
                        attempt.deadline.until(limit)
                    begun = await self._begun(call, provider, answer)
                finally:
                    self.in_flight.discard(attempt)
        except (AttemptFailed, ProviderFailed, TimeoutError) as error:
            failure = attempt.failure_of(error)
            self.health.failed(provider.name, failure, began)
            if entered:
                await _closed(way, provider)
            if failure is error:
                raise
            raise failure from error
        except BaseException:
            self.health.left(provider.name, began)
            if entered:
                await way.__aexit__(None, None, None)
            raise
        self.health.left(provider.name, began)
        if begun.events is None:  # all of it is here
            await _closed(way, provider)
        else:
            stack.push_async_exit(way)
        return begun

    def _way_to(self, one: Handling, provider: Provider, path: str) -> Connection:
        self._check_not_suspended(one, provider)  # it may have been since the decision
        connection = self.connections.get(provider.name)
        if connection is None:
            raise AttemptFailed("no credential or model", unhealthy=False)
        if not connection.serves(path):
            raise AttemptFailed(NOT_OFFERED, unhealthy=False)
        return connection

    async def _begun(self, call: Call, provider: Provider, answer: Answer) -> Begun:
        """Wait until it is certain that this provider answers; only then may a byte go out."""
        if verdict_on(answer.status) != "answered":
            return await self._refused(call, provider, answer)
        try:
            return await self._answered(call, provider, answer)
        except AttemptFailed as failure:
            if failure.error is not None:
                self._heed(provider, answer.status, coded(failure.error))
            raise

    async def _answered(self, call: Call, provider: Provider, answer: Answer) -> Begun:
        """Read what comes with a status that says that all is well; it may be none."""
        streams = "text/event-stream" in answer.content_type
        if streams != bool(call.body.get("stream")):
            raise AttemptFailed("a stream where none was asked for" if streams else "no stream")
        if not streams:
            data = await whole(answer, self.settings.max_answer_bytes)
            return Begun(provider, answer, data, usage=usage_in(checked(data, call.path)))
        events = Events(answer.body, EventSplitter(self.settings.max_answer_bytes))
        first = await events.first()
        if self.settings.hold_back_events:
            count, seconds = self.settings.hold_back_events, self.settings.hold_back_seconds
            first = await events.held_back(first, count, seconds)
        return Begun(provider, answer, events=events, first=first)

    async def _refused(self, call: Call, provider: Provider, answer: Answer) -> Begun:
        """Tell a refusal of this node from one of this request, and both from a failure."""
        status, data = answer.status, await refusal_of(answer)
        means = meaning(status, data, said=call.raw, partner=provider.node is not None)
        self._heed(provider, status, means)
        if means.concerns == "request" or verdict_on(status) == "pass_on":
            return Begun(provider, answer, told_to_caller(data, status))
        asked_for = answer.headers.get("retry-after") if status in (429, 503) else None
        rests = pause_of(asked_for, self.clock(), self.settings.rest_seconds)
        if status == 429 and rests is None:
            rests = self.settings.retry_seconds
        # It says itself that it has not done what was asked, so to ask again does nothing twice.
        again = rests or (0.0 if status in UNDONE else None)
        raise AttemptFailed(f"status {status}", unhealthy=status != 429, again=again, rests=rests)

    def _heed(self, provider: Provider, status: int, means: Meaning) -> None:
        """Ask a provider no more that said no to this node.

        Raises:
            AttemptFailed: if it did.
        """
        if means.concerns == "provider":
            said = Objection(provider.name, provider.supplier, status, means.code, self.clock())
            self.health.object(said)
            raise AttemptFailed(f"status {status}, it said no to us", unhealthy=False)


async def _closed(way: AbstractAsyncContextManager[Answer], provider: Provider) -> None:
    """Let go of an answer that is given up."""
    try:
        await way.__aexit__(None, None, None)
    except (ProviderFailed, TimeoutError):
        log.info("gateway.attempt.unclean_end", provider=provider.name)
