"""However a provider's stream is cut in pieces on its way, a caller gets it byte for byte."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st
from support.connections import Discarding
from support.supply import a_provider

from corridor.catalogue import Answer
from corridor.catalogue.adapters.http1 import ServerConnection
from corridor.gateway.rules.events import EventSplitter
from corridor.gateway.service.admission import Trail
from corridor.gateway.service.answers import Events
from corridor.gateway.service.deadlines import Lateness
from corridor.gateway.service.handling import Handling
from corridor.gateway.service.passing import Passing

LIMIT = 400


def an_event(said: str, finish: str | None = None, end: str = "\n\n") -> bytes:
    choice = {"index": 0, "delta": {"content": said}, "finish_reason": finish}
    body = json.dumps({"id": "a", "choices": [choice]}, ensure_ascii=False)
    return f"data: {body}{end}".encode()


USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n'
LAST = an_event("", "stop") + USAGE + b"data: [DONE]\n\n"
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
PIECES = st.one_of(
    st.builds(an_event, TEXTS),
    st.builds(an_event, TEXTS, st.none(), st.just("\r\n\r\n")),
    st.just(b": still here\n\n"),
)
CUTS = st.lists(st.integers(1, 300), min_size=1, max_size=12)


def cut(data: bytes, sizes: Sequence[int]) -> list[bytes]:
    found: list[bytes] = []
    while data:
        size = sizes[len(found) % len(sizes)]
        found.append(data[:size])
        data = data[size:]
    return found


def passed(chunks: Sequence[bytes]) -> tuple[bytes, list[str], Handling]:
    """Return what goes to the caller of a stream that comes in these pieces, and how it ended."""

    async def come() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def run() -> tuple[bytes, list[str], Handling]:
        ends, one, lateness = list[str](), Handling("req-1"), Lateness()
        body = come()
        passing = Passing(
            one,
            a_provider(),
            Answer(200, "text/event-stream", body),
            Events(body, EventSplitter(LIMIT)),
            lambda _, how: ends.append(how),
            lateness,
        ).begin([], 20.0)
        data = b"".join([piece async for piece in passing])
        assert passing.ends()
        passing.close()
        return data, ends, one

    return asyncio.run(run())


@given(st.lists(PIECES, max_size=6), CUTS)
def test_what_comes_is_what_goes_on(events: list[bytes], sizes: list[int]) -> None:
    whole = b"".join(events) + LAST

    for chunks in (cut(whole, sizes), [*events, LAST], [whole]):
        data, ends, one = passed(chunks)
        assert data == whole
        assert ends == ["answered"]
        assert one.usage == {"prompt_tokens": 1, "completion_tokens": 2}


@given(st.lists(PIECES, max_size=6), CUTS, st.sampled_from([b"data: {nonsense\n\n", b"", b"data:"]))
def test_before_what_is_wrong_all_goes_on_and_then_an_error(
    events: list[bytes], sizes: list[int], wrong: bytes
) -> None:
    whole = b"".join(events)

    for chunks in (cut(whole + wrong, sizes), [*events, wrong]):
        data, ends, _ = passed(chunks)
        assert data.startswith(whole)
        assert data[len(whole) :].startswith(b'data: {"error":{"message":"The provider')
        assert ends == ["broken"]


def test_an_event_that_is_like_the_last_one_but_too_large_goes_nowhere() -> None:
    first, second = an_event("a"), an_event("b" * LIMIT)

    data, ends, _ = passed([first, first, second])

    assert data.startswith(first + first + b'data: {"error"')
    assert b"bbb" not in data
    assert ends == ["broken"]


HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


class Straight:
    """A stream over a connection, whose caller takes pieces at once when it likes to."""

    def __init__(self, likes: Sequence[bool]) -> None:
        self.likes, self.asked = likes, 0
        self.sent: list[bytes] = []
        self.straight: list[bytes] = []
        self.ends: list[str] = []
        self.handling = Handling("req-1", trail=Trail("req-1", "somebody"))

    def write(self, piece: bytes) -> bool:
        """Send a piece at once, if the caller likes to."""
        self.asked += 1
        if not self.likes[self.asked % len(self.likes)]:
            return False
        self.sent.append(piece)
        self.straight.append(piece)
        return True

    async def begun(self) -> ServerConnection:
        """Return a connection whose answer has begun, and pass it on."""
        connection = ServerConnection(20.0, lambda _: None)
        connection.connection_made(Discarding())
        asking = asyncio.ensure_future(connection.ask(b"a request"))
        await asyncio.sleep(0)
        connection.data_received(HEAD)
        await asking
        kind = "text/event-stream"
        answer = Answer(200, kind, connection, {}, connection.cut, connection.hand)
        self.passing = Passing(
            self.handling,
            a_provider(),
            answer,
            Events(connection, EventSplitter(LIMIT)),
            lambda _, how: self.ends.append(how),
            Lateness(),
        ).begin([], 20.0)
        self.passing.go_straight(self.write)
        self.task = asyncio.ensure_future(self._passed())
        return connection

    async def _passed(self) -> None:
        async for piece in self.passing:
            if self.asked % 2:
                await asyncio.sleep(0)  # a caller that is waited for
            self.sent.append(piece)


@given(
    st.lists(PIECES, max_size=8),
    CUTS,
    st.lists(st.booleans(), min_size=1, max_size=5),
    st.lists(st.integers(0, 4), min_size=1, max_size=5),
)
def test_what_goes_straight_stays_in_its_order(
    events: list[bytes], sizes: list[int], likes: list[bool], turns: list[int]
) -> None:
    whole = b"".join(events) + LAST

    async def run(chunks: Sequence[bytes]) -> None:
        stream = Straight(likes)
        connection = await stream.begun()
        for number, chunk in enumerate(chunks):
            connection.data_received(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            for _ in range(turns[number % len(turns)]):
                await asyncio.sleep(0)
        connection.data_received(b"0\r\n\r\n")
        await stream.task
        stream.passing.close()
        assert b"".join(stream.sent) == whole
        assert stream.ends == ["answered"]
        assert stream.handling.usage == {"prompt_tokens": 1, "completion_tokens": 2}
        trail = stream.handling.trail
        assert trail is not None
        assert trail.digest.hexdigest() == sha256(whole).hexdigest()

    for chunks in (cut(whole, sizes), [*events, LAST]):
        asyncio.run(run(chunks))


def test_events_that_are_alike_go_straight_until_the_stream_is_cut() -> None:
    said = [an_event(word) for word in "abcd"]

    async def run() -> None:
        stream = Straight([True])
        connection = await stream.begun()
        for event in said:
            connection.data_received(b"%x\r\n%b\r\n" % (len(event), event))
            for _ in range(4):
                await asyncio.sleep(0)
        assert stream.straight == said[1:]  # the first one had to be read
        stream.passing.cut("its provider is suspended", "suspended")
        connection.data_received(b"%x\r\n%b\r\n" % (len(said[0]), said[0]))
        await stream.task
        stream.passing.close()
        assert stream.straight == said[1:]
        assert stream.sent[:4] == said
        assert b'"code":"suspended"' in b"".join(stream.sent[4:])
        assert stream.ends == ["cut"]

    asyncio.run(run())
