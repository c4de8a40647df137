"""Server-sent events: cut at their boundaries, and told apart."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, cast

import orjson

EventKind = Literal["content", "aside", "error", "garbage", "done"]
"""A piece of an answer, a comment or the like, an error, what no client can read, the end."""

BOUNDARY = re.compile(rb"\r?\n\r?\n")
LONGEST_BOUNDARY = 4
LAST = {"response.completed", "response.incomplete"}
"""What ends a stream of the Responses API, which has no [DONE]."""
FAILED = {"response.failed", "error"}


SAID = re.compile(rb'("content"\s*:\s*")[^"\\\x00-\x1f]*(")')
"""The text of a piece, where no character of it is escaped."""
PLAIN = re.compile(rb'[^"\\\x00-\x1f]*')
MORE = ("usage", "response", "error")
Fields = dict[str, object]


class EventTooLarge(ValueError):
    """One event of a stream passes the limit."""


@dataclass(slots=True)
class EventSplitter:
    """Cut a stream of server-sent events at their boundaries, so that no half event is sent on.

    The events come out byte for byte as they came in, together with the boundary behind them.
    """

    limit: int
    rest: bytes = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the events that this chunk completes.

        Raises:
            EventTooLarge: if an event grows beyond the limit.
        """
        if not self.rest and chunk.find(b"\n\n") == len(chunk) - 2 > 0 and b"\r" not in chunk:
            if len(chunk) > self.limit:
                raise EventTooLarge
            return [chunk]  # the usual case: a chunk is an event
        data = self.rest + chunk
        events: list[bytes] = []
        begin, look = 0, max(0, len(self.rest) - LONGEST_BOUNDARY)
        while found := BOUNDARY.search(data, look):
            events.append(data[begin : found.end()])
            begin = look = found.end()
        self.rest = data[begin:]
        if max(map(len, (self.rest, *events))) > self.limit:
            raise EventTooLarge
        return [event for event in events if event.strip()]


@dataclass(slots=True)
class Progress:
    """How far a stream's choices have come: whether it has ended, as far as it says itself."""

    begun: set[object] = field(default_factory=set[object])
    finished: set[object] = field(default_factory=set[object])

    def note(self, event: dict[str, object]) -> None:
        """Take in what an event with choices says of each of them."""
        choices = event.get("choices")
        for choice in cast("list[object]", choices) if isinstance(choices, list) else []:
            if isinstance(choice, dict):
                fields = cast("dict[str, object]", choice)
                ended = fields.get("finish_reason") is not None
                (self.finished if ended else self.begun).add(str(fields.get("index", 0)))

    @property
    def whole(self) -> bool:
        """Whether every choice that began has said why it finished."""
        return bool(self.finished) and self.begun <= self.finished


@dataclass(slots=True)
class Alike:
    """An event of a stream that was read; others that differ from it only in what they say mean the same.

    To compare costs a quarter of what to read does, and nearly all events of a stream are alike.
    """

    head: bytes = b""
    """Up to the text that it says; empty while there is none to compare with."""
    tail: bytes = b""

    def learn(self, event: bytes, fields: dict[str, object]) -> None:
        """Compare with this one from now on, if it is a piece of an answer and nothing beside."""
        choices = fields.get("choices")
        if not isinstance(choices, list) or any(name in fields for name in MORE):
            return
        for choice in cast("list[object]", choices):
            if not isinstance(choice, dict) or cast("Fields", choice).get("finish_reason"):
                return
        found = list(SAID.finditer(event))
        if (
            len(found) == 1
        ):  # in JSON these bytes are a key and the beginning of its text, or nothing
            self.head, self.tail = event[: found[0].end(1)], event[found[0].start(2) :]

    def fits(self, event: bytes) -> bool:
        """Tell whether an event is as the one that was read, whatever it says."""
        head, tail = self.head, self.tail
        end = len(event) - len(tail)
        if not (head and len(head) <= end and event.startswith(head) and event.endswith(tail)):
            return False
        said = event[len(head) : end]
        return PLAIN.fullmatch(said) is not None and (said.isascii() or _is_utf8(said))


def read(event: bytes) -> tuple[EventKind, dict[str, object]]:
    """Say what an event of a stream is, as OpenAI's clients would read it, and what it holds."""
    named_error = False
    if event.startswith(b"data: ") and event.find(b"\n") == len(event) - 2:
        data = event[6:-2]  # the usual case: one line
    else:
        lines = event.replace(b"\r\n", b"\n").split(b"\n")
        data = b"\n".join(line[5:].strip() for line in lines if line.startswith(b"data:"))
        named_error = b"event: error" in lines
    if data in (b"", b"[DONE]"):
        return ("done" if data else "aside"), {}
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return "garbage", {}
    if not isinstance(value, dict):
        return "garbage", {}
    fields = cast("dict[str, object]", value)
    return ("error" if named_error else _kind(fields)), fields


def kind_of(event: bytes) -> EventKind:
    """Say what an event of a stream is, as OpenAI's clients would read it."""
    return read(event)[0]


def first_kind(events: Iterable[bytes]) -> EventKind:
    """Return the kind of the first event that is no aside; `aside` if there is none."""
    for event in events:
        if (kind := kind_of(event)) != "aside":
            return kind
    return "aside"


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _kind(fields: dict[str, object]) -> EventKind:
    if fields.get("error") or fields.get("object") == "error":
        return "error"
    if "choices" in fields:
        return "content"
    kind = fields.get("type")
    if not isinstance(kind, str):
        return "aside"
    if kind in FAILED:
        return "error"
    if kind in LAST:
        return "done"
    return "content" if kind.startswith("response.") else "aside"
