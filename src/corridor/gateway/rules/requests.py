"""Who asks for what, and what they declare of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import getrandbits
from typing import cast, get_args

from corridor.access import Query, Surface
from corridor.catalogue import Provider
from corridor.core.clock import Clock, wall_clock
from corridor.gateway.errors import Refusal
from corridor.gateway.records import Service
from corridor.gateway.rules.snapshot import Snapshot

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}\Z")


LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}\Z")
"""A tag as BCP-47 has them; which of them is meant is told apart later."""


SURFACES: tuple[str, ...] = get_args(Surface)


REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
VERSION_7, VARIANT = 7 << 12, 0b10 << 62
"""Where a UUID says its layout."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a caller declares of a request."""

    purpose: str = ""
    """Empty: the project's."""
    surface: str = "api"
    language: str = ""
    overseen: bool = False
    """A person who watches over it is named."""
    traceparent: str = ""
    """The W3C trace context that the caller sent."""
    explains: bool = False
    """The caller asks why who is asked in which order."""


NO_WORD = Use()
DECLARED = frozenset(
    (
        *(
            f"x-corridor-{each}"
            for each in ("surface", "purpose", "language", "overseer", "explain")
        ),
        "traceparent",
    )
)
"""The headers by which a caller says something of a request."""


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
    why: str = ""
    """Why the providers are in this order; empty where one was asked by name."""


def may_use(caller: Caller, target: str) -> bool:
    """Tell whether a caller's key covers a service or provider; access is decided apart."""
    return target in caller.models or "*" in caller.models


def use_of(headers: Mapping[str, str]) -> Use:
    """Return what a caller declares of a request, in its headers.

    Raises:
        Refusal: 400 if one of them cannot be read.
    """
    if DECLARED.isdisjoint(headers):
        return NO_WORD
    surface = headers.get("x-corridor-surface", "api")
    purpose = headers.get("x-corridor-purpose", "")
    language = headers.get("x-corridor-language", "").strip()
    if surface not in SURFACES:
        raise _unreadable("x-corridor-surface", f"one of {', '.join(SURFACES)}")
    if purpose and not NAME.match(purpose):
        raise _unreadable("x-corridor-purpose", "the name of a listed purpose")
    if language and not LANGUAGE.match(language):
        raise _unreadable("x-corridor-language", "a language tag: hi-Deva")
    return Use(
        purpose=purpose,
        surface=surface,
        language=language,
        overseen=bool(headers.get("x-corridor-overseer", "").strip()),
        traceparent=headers.get("traceparent", ""),
        explains=headers.get("x-corridor-explain", "") == "1",
    )


def tools_of(body: Mapping[str, object]) -> tuple[str, ...]:
    """Return the names of the tools that a request offers to the model."""
    tools = body.get("tools")
    if not tools:
        return ()
    found: list[str] = []
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


def request_id_of(proposed: str, clock: Clock = wall_clock) -> str:
    """Return the caller's request id if it is fit to be one, else a new one.

    A new one begins with the time, as a UUID of version 7 does (RFC 9562, section 5.7), so that what
    is kept by it lies together in the store; 74 of its bits are random.
    """
    if REQUEST_ID.match(proposed):
        return proposed
    milliseconds = int(clock().timestamp() * 1000)
    upper, lower = VERSION_7 | getrandbits(12), VARIANT | getrandbits(62)
    return f"req-{milliseconds:012x}{upper:04x}{lower:016x}"


def _unreadable(name: str, what: str) -> Refusal:
    return Refusal(
        f"The header {name} cannot be read.",
        status=400,
        code="invalid_header",
        hint=f"It must be {what}.",
    )
