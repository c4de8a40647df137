"""Server-sent events: cut at their boundaries, and told apart."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, cast

import orjson

EventKind = Literal["content", "aside", "error", "garbage", "done"]
"""A piece of an answer, a comment or the like, an error, what no client can read, the end."""


BOUNDARY = re.compile(rb"\n\r?\n")


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
