"""Reading a provider's answer: whole, or as a stream of events, and never more than is allowed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import cast

import orjson

from corridor.catalogue import Answer
from corridor.gateway.rules.answers import as_refusal, error_in, is_answer, too_long
from corridor.gateway.rules.events import (
    EventSplitter,
    EventTooLarge,
    Progress,
    first_kind,
    kind_of,
    read,
)

MOST_OF_A_REFUSAL = 64 * 1024
ENDED = "stream ended early"


class AttemptFailed(Exception):
    """One provider did not answer; the next may. Never leaves the proxy."""

    def __init__(
        self,
        reason: str,
        *,
        unhealthy: bool = True,
        again: float | None = None,
        rests: float | None = None,
        too_long: str = "",
        error: dict[str, object] | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.unhealthy = unhealthy
        """Whether it counts against the provider."""
        self.again = again
        """After how many seconds it is safe to ask it once more; None where it never is."""
        self.rests = rests
        """For how many seconds it asked not to be asked."""
        self.too_long = too_long
        """What it said, if the request was too long for its model."""
        self.error = error
        """The error object that it sent where an answer was due, if it did."""


async def whole(answer: Answer, limit: int) -> bytes:
    """Read an answer to its end.

    Raises:
        AttemptFailed: if it is too large.
    """
    pieces: list[bytes] = []
    size = 0
    async for chunk in answer.body:
        size += len(chunk)
        if size > limit:
            raise AttemptFailed("answer too large")
        pieces.append(chunk)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def checked(data: bytes, path: str) -> dict[str, object]:
    """Return what a whole answer says.

    Raises:
        AttemptFailed: if it is none.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise AttemptFailed("answer is not JSON") from error
    if not is_answer(value, path):
        raise AttemptFailed("answer holds none", error=error_in(value, path))
    return cast("dict[str, object]", value)


async def refusal_of(answer: Answer) -> bytes:
    """Read the beginning of a refusal; enough to tell what it means.

    Raises:
        ProviderFailed: if it breaks off.
    """
    data = bytearray()
    async for chunk in answer.body:
        data += chunk
        if len(data) > MOST_OF_A_REFUSAL:
            break
    return bytes(data[:MOST_OF_A_REFUSAL])


def told_to_caller(data: bytes, status: int) -> bytes:
    """Return a provider's refusal as a caller is to read it.

    Raises:
        AttemptFailed: if it is nothing that could be shown, or no last word: too long for this model.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise AttemptFailed("answer is not JSON") from error
    if said := too_long(value):
        raise AttemptFailed("too long for its model", unhealthy=False, too_long=said)
    return orjson.dumps(as_refusal(value, status))


@dataclass(slots=True)
class Events:
    """The events of one stream, as they come."""

    body: AsyncIterator[bytes]
    splitter: EventSplitter
    _coming: "asyncio.Future[bytes] | None" = None

    async def next(self) -> list[bytes]:
        """Return the next events; there may be none yet.

        Raises:
            AttemptFailed: if the stream has ended, or an event is too large.
        """
        return self.split(await self.chunk())

    async def chunk(self) -> bytes:
        """Return what comes next, which is to be split.

        Raises:
            AttemptFailed: if the stream has ended.
        """
        try:
            if self._coming is None:
                return await anext(self.body)
            chunk, self._coming = await self._coming, None
        except StopAsyncIteration as error:
            raise AttemptFailed(ENDED) from error
        return chunk

    def split(self, chunk: bytes) -> list[bytes]:
        """Return the events that a chunk completes.

        Raises:
            AttemptFailed: if one is too large.
        """
        try:
            return self.splitter.feed(chunk)
        except EventTooLarge as error:
            raise AttemptFailed("event too large") from error

    def begins_with(self, chunk: bytes) -> bool:
        """Tell whether a chunk begins an event, and is no larger than one may be."""
        return not self.splitter.rest and len(chunk) <= self.splitter.limit

    async def first(self) -> list[bytes]:
        """Read up to the first event that says something.

        Raises:
            AttemptFailed: if that is no piece of an answer, or nothing comes.
        """
        events: list[bytes] = []
        while (first := first_kind(events)) == "aside":
            events += await self.next()
        if first != "content" and not (first == "done" and _holds_content(events)):
            error = next((error_in(read(e)[1]) for e in events if kind_of(e) == "error"), None)
            raise AttemptFailed(f"stream begins with {first}", error=error)
        return events

    async def held_back(self, events: list[bytes], count: int, seconds: float) -> list[bytes]:
        """Go on reading until so many events are there, so much time is over, or it has ended.

        What is held back can still be given up for another provider's answer.

        Raises:
            AttemptFailed: if it breaks meanwhile.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        held, fresh, progress = list(events), events, Progress()
        while not _is_over(fresh, progress) and len(held) < count:
            if not await self._comes(end - loop.time()):
                break
            try:
                fresh = await self.next()
            except AttemptFailed as failure:
                if failure.reason == ENDED and progress.whole:
                    break  # all is there but a [DONE]
                raise
            held += fresh
        return held

    def close(self) -> None:
        """Read no more."""
        if self._coming is not None:
            self._coming.cancel()

    async def _comes(self, seconds: float) -> bool:
        """Tell whether something has come within some seconds; if not, it is not lost."""
        if self._coming is None:
            self._coming = asyncio.ensure_future(anext(self.body))
        done, _ = await asyncio.wait({self._coming}, timeout=max(seconds, 0.0))
        return bool(done)


def _holds_content(events: list[bytes]) -> bool:
    return any(kind_of(event) == "content" for event in events)


def _is_over(events: list[bytes], progress: Progress) -> bool:
    """Tell whether a stream ends with one of these events, and note how far it has come.

    Raises:
        AttemptFailed: if one before its end is an error, or nothing that a client can read.
    """
    for event in events:
        kind, fields = read(event)
        if kind in ("error", "garbage"):
            raise AttemptFailed("stream broke at its beginning")
        if kind == "done":
            return True
        progress.note(fields)
    return False


def broken_event(reason: str, code: str = "stream_broken") -> bytes:
    """Return the event that ends a stream which broke."""
    message = f"The provider's stream broke before its end ({reason}). Ask again."
    error = {"message": message, "type": "server_error", "param": None, "code": code}
    return b"data: " + orjson.dumps({"error": error}) + b"\n\n"
