"""Reading a provider's answer: whole, or as a stream of events, and never more than is allowed."""

import orjson

from corridor.catalogue import Answer
from corridor.gateway.rules.answers import as_refusal, is_answer
from corridor.gateway.rules.events import EventSplitter, EventTooLarge, first_kind


class AttemptFailed(Exception):
    """One provider did not answer; the next may. Never leaves the proxy."""

    def __init__(self, reason: str, *, unhealthy: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.unhealthy = unhealthy
        """Whether it counts against the provider."""


async def whole(answer: Answer, limit: int, *, must_answer: bool) -> bytes:
    """Read an answer to its end and check that it is one.

    Raises:
        AttemptFailed: if it is too large, or none.
    """
    data = bytearray()
    async for chunk in answer.body:
        data += chunk
        if len(data) > limit:
            raise AttemptFailed("answer too large")
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise AttemptFailed("answer is not JSON") from error
    if not must_answer:
        return orjson.dumps(as_refusal(value, answer.status))
    if not is_answer(value):
        raise AttemptFailed("answer has no choices")
    return bytes(data)


async def first_events(splitter: EventSplitter, answer: Answer) -> list[bytes]:
    """Read a stream up to its first event that says something.

    Raises:
        AttemptFailed: if that is no piece of an answer, or nothing comes.
    """
    events: list[bytes] = []
    while (first := first_kind(events)) == "aside":
        events += await next_events(splitter, answer)
    if first != "content":
        raise AttemptFailed(f"stream begins with {first}")
    return events


async def next_events(splitter: EventSplitter, answer: Answer) -> list[bytes]:
    """Read the next events of a stream.

    Raises:
        AttemptFailed: if it has ended, or one is too large.
    """
    try:
        return splitter.feed(await anext(answer.body))
    except StopAsyncIteration as error:
        raise AttemptFailed("stream ended early") from error
    except EventTooLarge as error:
        raise AttemptFailed("event too large") from error


def broken_event(reason: str) -> bytes:
    """Return the event that ends a stream which broke."""
    message = f"The provider's stream broke before its end ({reason}). Ask again."
    error = {"message": message, "type": "server_error", "param": None, "code": "stream_broken"}
    return b"data: " + orjson.dumps({"error": error}) + b"\n\n"
