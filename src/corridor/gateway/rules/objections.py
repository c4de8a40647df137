"""Whether a provider says no to us, or to one request.

A provider that says no to us (a wrong key, a closed account, export control) is not asked again.
One that refuses what a single request says is asked again, and the caller sees the refusal. The
signs of either are in `signs`; only an error's own fields are read, never a model's text. An error that
comes where an answer was due, with status 200, is read for its codes alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

import orjson

from corridor.gateway.rules.signs import (
    OBJECTING_CODES,
    OBJECTING_PHRASES,
    OBJECTING_STATUS,
    ONE_CALLER_CODES,
    ONE_REQUEST_CODES,
    ONE_REQUEST_PHRASES,
)

Concern = Literal["none", "provider", "request"]
"""Neither, a provider that says no to this node, or a refusal of one request."""

CODE_FIELDS = ("code", "type", "status", "reason", "error_code", "errorCode", "__type")
MESSAGE_FIELDS = ("message", "error", "detail", "msg", "title")
ERROR_FIELDS = ("error", "errors", "detail", "details", "innererror", "inner_error", "metadata")
MAX_BODY = 64 * 1024
MAX_MESSAGE = 2000
MAX_PARTS = 32
OBJECTING = tuple((re.compile(phrase), code) for phrase, code in OBJECTING_PHRASES)
OF_ONE = tuple(re.compile(phrase) for phrase in ONE_REQUEST_PHRASES)
QUOTED = re.compile(r"\"[^\"]*\"|`[^`]*`|(?<!\w)'[^']*'|“[^”]*”|«[^»]*»")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a provider's refusal means."""

    concerns: Concern
    code: str = ""
    """The class of a provider's no, out of a closed list; never the provider's words."""


@dataclass(frozen=True, slots=True)
class Objection:
    """A provider said no to this node."""

    provider: str
    supplier: str
    status: int
    code: str
    """As in `Meaning`."""
    at: datetime


def objection(status: int, body: bytes) -> Concern:
    """Say whom a provider's refusal concerns."""
    return meaning(status, body).concerns


def meaning(status: int, body: bytes, *, said: bytes = b"", partner: bool = False) -> Meaning:
    """Say whom a provider's answer refuses, and in which class of words.

    `said` is the request: a phrase that stands in it too is an echo, and proves nothing. Where the
    provider is a partner's node, 401 and 403 are about the caller, whose token it was shown.
    """
    codes, messages = _read(body) if 0 < len(body) <= MAX_BODY else ((), ())
    if (told := _told(codes)) is not None:
        return told
    if code := _phrased(messages, said.decode(errors="replace").lower()):
        return Meaning("provider", code)
    if status in OBJECTING_STATUS and not (partner and status != 451):
        return (
            Meaning("request")
            if _of_one(messages)
            else Meaning("provider", OBJECTING_STATUS[status])
        )
    return Meaning("none")


def coded(error: object) -> Meaning:
    """Say whom an error refuses that came where an answer was due: by its codes alone.

    Its message proves nothing there, not even that it is a refusal: it may hold what a model said.
    """
    return _told(_codes(list(_parts(error)))) or Meaning("none")


def _told(codes: tuple[str, ...]) -> Meaning | None:
    """Say what an error's codes mean; None where they say nothing of this."""
    if code := next((OBJECTING_CODES[code] for code in codes if code in OBJECTING_CODES), None):
        return Meaning("provider", code)
    if not ONE_REQUEST_CODES.isdisjoint(codes):
        return Meaning("request")
    return None if ONE_CALLER_CODES.isdisjoint(codes) else Meaning("none")


def _read(body: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the codes and the messages of an error, in lower case."""
    try:
        value: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        return (), (_clean(body.decode(errors="replace")),)
    parts = list(_parts(value))
    messages = [
        part.get(name) for part in parts for name in MESSAGE_FIELDS if not part.get("param")
    ]
    return _codes(parts), tuple(_clean(each) for each in messages if isinstance(each, str))


def _codes(parts: list[dict[str, object]]) -> tuple[str, ...]:
    codes = [part.get(name) for part in parts for name in CODE_FIELDS]
    return tuple(code.lower() for code in codes if isinstance(code, str))


def _clean(message: str) -> str:
    return QUOTED.sub("", message[:MAX_MESSAGE].lower())


def _parts(value: object) -> Iterator[dict[str, object]]:
    """Walk the objects that describe an error: the whole, and what lies in its fields for errors."""
    waiting, seen = [value], 0
    while waiting and seen < MAX_PARTS:
        part, seen = waiting.pop(0), seen + 1
        if isinstance(part, list):
            waiting += cast("list[object]", part)[:MAX_PARTS]
        elif isinstance(part, dict):
            fields = cast("dict[str, object]", part)
            yield fields
            waiting += [fields[name] for name in ERROR_FIELDS if name in fields]


def _phrased(messages: tuple[str, ...], said: str) -> str | None:
    """Return the class of the first phrase by which a provider says no, unless it is an echo."""
    for message in messages:
        for pattern, code in OBJECTING:
            found = pattern.search(message)
            if found is not None and found.group() not in said:
                return code
    return None


def _of_one(messages: tuple[str, ...]) -> bool:
    return any(pattern.search(message) for pattern in OF_ONE for message in messages)
