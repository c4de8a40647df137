"""However a provider's stream is cut in pieces on its way, a caller gets it byte for byte."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence

from hypothesis import given
from hypothesis import strategies as st
from support.supply import a_provider

from corridor.catalogue import Answer
from corridor.gateway.rules.events import EventSplitter
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
