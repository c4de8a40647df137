"""How the gateway decides: who may ask, who is asked in which order, what an answer means."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, cast, get_args
from uuid import uuid4

import orjson

from corridor.access import Query, Surface
from corridor.catalogue import Model, Provider, script_of
from corridor.gateway.errors import Refusal
from corridor.gateway.records import Route, Service, Suspension

Verdict = Literal["answered", "move", "pass_on"]
"""An answer to give, a failure to move on from, or a refusal that is the caller's to see."""

EventKind = Literal["content", "aside", "error", "garbage", "done"]
"""A piece of an answer, a comment or the like, an error, what no client can read, the end."""

BOUNDARY = re.compile(rb"\n\r?\n")
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}\Z")
SURFACES: tuple[str, ...] = get_args(Surface)
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All the gateway needs to know to answer, as of one moment of the log."""

    head: int = -1
    services: Mapping[str, Service] = field(
        default_factory=lambda: cast("Mapping[str, Service]", {})
    )
    routes: Mapping[str, Route] = field(default_factory=lambda: cast("Mapping[str, Route]", {}))
    providers: Mapping[str, Provider] = field(
        default_factory=lambda: cast("Mapping[str, Provider]", {})
    )
    models: Mapping[str, Model] = field(default_factory=lambda: cast("Mapping[str, Model]", {}))
    suspensions: tuple[Suspension, ...] = ()
    """Those not lifted; whether one has ended is asked with the time in hand."""

    def suspended(self, provider: Provider, now: datetime) -> bool:
        """Tell whether no request may go to this provider now."""
        return any(s.supplier == provider.supplier and s.until > now for s in self.suspensions)


@dataclass(frozen=True, slots=True)
class Use:
    """What a caller declares of a request."""

    purpose: str = ""
    """Empty: the project's."""
    surface: str = "api"
    language: str = ""
    overseen: bool = False
    """A person who watches over it is named."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as far as the key or token that was shown tells."""

    label: str
    principal: str
    """A name of this node's, or a pseudonym that a partner's node gave."""
    project: str
    models: tuple[str, ...]
    """The services and providers that the key covers; `*` is all."""
    key_id: str = ""
    issuer: str = ""
    """The partner's node, if it is one's caller."""
    grant_id: str = ""
    use: Use | None = None
    """What the partner's node says of the request, instead of headers."""

    def query(self, provider: Provider, use: Use, language: str, tools: tuple[str, ...]) -> Query:
        """Return what has to be decided before a provider may be asked."""
        return Query(
            principal=self.principal,
            project=self.project,
            model=provider.model,
            model_sha256=provider.model_sha256,
            surface=use.surface,
            purpose=use.purpose,
            language=language,
            issuer=self.issuer,
            key_id=self.key_id,
            grant_id=self.grant_id,
            overseer=use.overseen,
            tools=tools if use.surface == "agent" else (),
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a request concerns: a service's providers in order, or one provider by name."""

    target: str
    service: Service | None
    providers: tuple[Provider, ...]


def may_use(caller: Caller, target: str) -> bool:
    """Tell whether a caller's key covers a service or provider; access is decided apart."""
    return target in caller.models or "*" in caller.models


def use_of(headers: Mapping[str, str]) -> Use:
    """Return what a caller declares of a request, in its headers.

    Raises:
        Refusal: 400 if one of them cannot be read.
    """
    surface = headers.get("x-corridor-surface", "api")
    purpose = headers.get("x-corridor-purpose", "")
    if surface not in SURFACES:
        raise _unreadable("x-corridor-surface", f"one of {', '.join(SURFACES)}")
    if purpose and not NAME.match(purpose):
        raise _unreadable("x-corridor-purpose", "the name of a listed purpose")
    return Use(
        purpose=purpose,
        surface=surface,
        language=headers.get("x-corridor-language", ""),
        overseen=bool(headers.get("x-corridor-overseer", "").strip()),
    )


def tools_of(body: Mapping[str, object]) -> tuple[str, ...]:
    """Return the names of the tools that a request offers to the model."""
    found: list[str] = []
    tools = body.get("tools")
    for tool in cast("list[object]", tools) if isinstance(tools, list) else []:
        fields = cast("dict[str, object]", tool) if isinstance(tool, dict) else {}
        function = fields.get("function")
        named = cast("dict[str, object]", function) if isinstance(function, dict) else fields
        found.append(str(named.get("name", ""))[:64])
    return tuple(found)


def asked(snapshot: Snapshot, caller: Caller, target: object) -> Asked:
    """Return whom a request concerns.

    Raises:
        Refusal: 404 if the model is unknown or not for this key; both look the same.
    """
    if isinstance(target, str) and may_use(caller, target):
        service, route = snapshot.services.get(target), snapshot.routes.get(target)
        if service is not None and route is not None:
            known = (snapshot.providers.get(name) for name in route.providers)
            return Asked(target, service, tuple(p for p in known if p is not None))
        provider = snapshot.providers.get(target)
        if provider is not None:
            return Asked(target, None, (provider,))
    raise Refusal(
        f"There is no model {str(target)[:80]!r} for this key.",
        status=404,
        code="model_not_found",
        hint="GET /v1/models lists what it may use.",
    )


def language_of(body: Mapping[str, object], declared: str, languages: Sequence[str]) -> str:
    """Return the language of a request: declared, else by the script of its last message.

    A script tells a language only among those of the service, or those that the caller may use the
    model in; else the first of them is assumed.
    """
    if declared and (declared in languages or not languages):
        return declared[:35]
    script = script_of(_last_text(body))
    return next((tag for tag in languages if f"-{script}" in tag), (*languages, "und")[0])


def request_id_of(proposed: str) -> str:
    """Return the caller's request id if it is fit to be one, else a new one."""
    return proposed if REQUEST_ID.match(proposed) else f"req-{uuid4().hex}"


def verdict_on(status: int) -> Verdict:
    """Say what a provider's status means: 4xx of the caller's making go back to the caller."""
    if 200 <= status < 300:
        return "answered"
    if status in (400, 405, 409, 411, 413, 414, 415, 416, 422):
        return "pass_on"
    return "move"


@dataclass(frozen=True, slots=True)
class Circuit:
    """What is remembered of a provider's health."""

    failures: int = 0
    open_until: float = 0.0
    """Seconds of a monotonic clock."""
    trying: bool = False
    """Whether a request is trying it after a pause."""

    def lets_through(self, now: float, failures_to_open: int) -> bool:
        """Tell whether a request may go to the provider."""
        if self.failures < failures_to_open:
            return True
        return now >= self.open_until and not self.trying

    def asked(self, failures_to_open: int) -> "Circuit":
        """Return the circuit while a request is on its way."""
        return replace(self, trying=self.failures >= failures_to_open)

    def failed(self, now: float, failures_to_open: int, open_seconds: float) -> "Circuit":
        """Return the circuit after a failure."""
        failures = self.failures + 1
        opened = now + open_seconds if failures >= failures_to_open else 0.0
        return Circuit(failures, opened)

    def left(self) -> "Circuit":
        """Return the circuit after an attempt that says nothing of the provider's health."""
        return replace(self, trying=False)


class EventTooLarge(ValueError):
    """One event of a stream passes the limit."""


@dataclass(slots=True)
class EventSplitter:
    """Cut a stream of server-sent events at their boundaries, so that no half event is sent on."""

    limit: int
    rest: bytearray = field(default_factory=bytearray)

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the events that this chunk completes.

        Raises:
            EventTooLarge: if an event grows beyond the limit.
        """
        self.rest += chunk
        parts = [self.rest]
        if BOUNDARY.search(self.rest, max(0, len(self.rest) - len(chunk) - 3)):
            parts = self.rest.replace(b"\r\n", b"\n").split(b"\n\n")
        if max(len(part) for part in parts) > self.limit:
            raise EventTooLarge
        self.rest = parts.pop()
        return [bytes(part) + b"\n\n" for part in parts if part.strip()]


def kind_of(event: bytes) -> EventKind:
    """Say what an event of a stream is, as OpenAI's clients would read it."""
    lines = event.split(b"\n")
    data = b"\n".join(line[5:].strip() for line in lines if line.startswith(b"data:"))
    if data in (b"", b"[DONE]"):
        return "done" if data else "aside"
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return "garbage"
    if not isinstance(value, dict):
        return "garbage"
    fields = cast("dict[str, object]", value)
    if fields.get("error") or fields.get("object") == "error" or b"event: error" in lines:
        return "error"
    return "content" if "choices" in fields else "aside"


def first_kind(events: Iterable[bytes]) -> EventKind:
    """Return the kind of the first event that is no aside; `aside` if there is none."""
    for event in events:
        if (kind := kind_of(event)) != "aside":
            return kind
    return "aside"


def is_answer(value: object) -> bool:
    """Tell whether a provider's JSON holds an answer."""
    choices = cast("dict[str, object]", value).get("choices") if isinstance(value, dict) else None
    return isinstance(choices, list) and bool(cast("list[object]", choices))


def as_refusal(value: object, status: int) -> dict[str, object]:
    """Return a provider's refusal in OpenAI's shape, whatever shape it came in."""
    fields = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    if isinstance(fields.get("error"), dict):
        return fields
    found = next((fields[name] for name in ("error", "message", "detail") if fields.get(name)), "")
    message = found if isinstance(found, str) and found else f"The provider refused ({status})."
    return Refusal(message, status=status, code="refused_by_provider").body()


def _unreadable(name: str, what: str) -> Refusal:
    return Refusal(
        f"The header {name} cannot be read.",
        status=400,
        code="invalid_header",
        hint=f"It must be {what}.",
    )


def _last_text(body: Mapping[str, object]) -> str:
    messages = body.get("messages")
    last = cast("list[object]", messages)[-1] if isinstance(messages, list) and messages else None
    text = cast("dict[str, object]", last).get("content") if isinstance(last, dict) else None
    if isinstance(text, list):
        text = " ".join(_text_of(part) for part in cast("list[object]", text))
    text = text if last is not None else body.get("prompt")
    return text[:2000] if isinstance(text, str) else ""


def _text_of(part: object) -> str:
    text = cast("dict[str, object]", part).get("text") if isinstance(part, dict) else None
    return text if isinstance(text, str) else ""
