"""Answers by the short way: on the wire they are what any HTTP/1.1 client reads."""

import asyncio
import gc
import http.client
import socket
import threading
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any
from weakref import ref

import pytest
from support.partners import until
from support.raw import HOST
from support.raw import all_of as all_that_comes

from corridor.app.serve import bound_socket
from corridor.edge.answering import EXTENSION, Answering
from corridor.edge.limits import Limits
from corridor.edge.serving import server_of

Story = Callable[[Answering], Awaitable[None]]
PLAIN = ((b"content-type", b"text/plain"),)
REQUEST = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
LAST_REQUEST = REQUEST.replace(b"Host: a", b"Host: a\r\nConnection: close")


async def whole(answering: Answering) -> None:
    await answering.whole(201, PLAIN, b"hello")


async def pieces(answering: Answering) -> None:
    await answering.begin(200, PLAIN, b"one")
    await answering.go_on(b"two", ends=False)
    await answering.go_on(b"three", ends=True)


async def pieces_at_once(answering: Answering) -> None:
    await answering.begin(200, PLAIN, b"one")
    assert answering.at_once(b"two")
    await answering.go_on(b"three", ends=True)


async def pieces_with_an_end_of_their_own(answering: Answering) -> None:
    await answering.begin(200, PLAIN, b"one")
    await answering.go_on(b"", ends=True)


@contextmanager
def served(story: Story) -> Generator[int]:
    """Serve answers that are told so; give the port."""

    async def app(
        scope: Mapping[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[..., Any]
    ) -> None:
        assert send is not None
        while (await receive()).get("more_body"):
            continue
        answering = scope["extensions"][EXTENSION]
        assert isinstance(answering, Answering)
        await story(answering)

    listener = bound_socket(HOST, 0)
    server = server_of(app, Limits(linger_seconds=0.0), "off")
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    until(lambda: server.started)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=60)


def all_of(host: str, port: int, said: bytes) -> bytes:
    """Say something; return all that comes until the server ends the connection."""
    with socket.create_connection((host, port), timeout=60) as caller:
        caller.sendall(said)
        return all_that_comes(caller)


@pytest.mark.parametrize(
    ("story", "status", "body"),
    [
        (whole, 201, b"hello"),
        (pieces, 200, b"onetwothree"),
        (pieces_at_once, 200, b"onetwothree"),
        (pieces_with_an_end_of_their_own, 200, b"one"),
    ],
)
def test_an_answer_is_read_by_an_ordinary_client_and_the_connection_is_kept(
    story: Story, status: int, body: bytes
) -> None:
    with served(story) as port:
        client = http.client.HTTPConnection(HOST, port, timeout=60)
        for _ in range(3):
            client.request("POST", "/x", body=b"?")
            answer = client.getresponse()
            assert (answer.status, answer.read()) == (status, body)
            assert answer.headers["content-type"] == "text/plain"
            assert answer.headers["date"]
        client.close()


@pytest.mark.parametrize("story", [whole, pieces])
def test_a_caller_who_wants_no_other_answer_is_told_that_there_will_be_none(story: Story) -> None:
    with served(story) as port:
        said = all_of(HOST, port, LAST_REQUEST)

    assert b"connection: close\r\n" in said


def test_requests_that_come_at_once_are_answered_in_their_order() -> None:
    count = iter(range(10))

    async def numbered(answering: Answering) -> None:
        number = next(count)
        await asyncio.sleep(0.05 if number == 0 else 0)
        await answering.whole(200, (), b"%d" % number)

    with served(numbered) as port:
        said = all_of(HOST, port, REQUEST + REQUEST + LAST_REQUEST)

    assert [part[-1:] for part in said.split(b"HTTP/1.1 ")[1:3]] == [b"0", b"1"]
    assert said.endswith(b"2")


@pytest.mark.parametrize("value", [b"a\r\nx: y", b"a\nx: y", b"a\rx", b"a\0"])
def test_a_header_that_holds_a_line_end_is_not_sent(value: bytes) -> None:
    async def split(answering: Answering) -> None:
        with pytest.raises(RuntimeError):
            await answering.whole(200, ((b"x-a", value),), b"")
        await answering.whole(200, (), b"refused")

    with served(split) as port:
        said = all_of(HOST, port, LAST_REQUEST)

    assert said.startswith(b"HTTP/1.1 200 ")
    assert said.endswith(b"refused")


def test_nothing_is_answered_twice() -> None:
    async def twice(answering: Answering) -> None:
        await answering.whole(200, (), b"once")
        with pytest.raises(RuntimeError):
            await answering.whole(200, (), b"twice")

    with served(twice) as port:
        assert all_of(HOST, port, LAST_REQUEST).endswith(b"\r\n\r\nonce")


def test_whoever_answers_is_told_that_the_caller_has_left() -> None:
    left, begun = threading.Event(), threading.Event()

    async def waits(answering: Answering) -> None:
        answering.left = left.set
        begun.set()
        await asyncio.to_thread(left.wait, 10)
        await answering.whole(200, (), b"to nobody")

    with served(waits) as port:
        client = http.client.HTTPConnection(HOST, port, timeout=60)
        client.request("POST", "/x")
        assert begun.wait(60)
        client.close()
        assert left.wait(60)


def test_a_caller_who_takes_nothing_in_is_waited_for() -> None:
    piece, written = bytes(1024 * 1024), list[int]()

    async def much(answering: Answering) -> None:
        await answering.begin(200, PLAIN, b"")
        while answering.at_once(piece):
            written.append(len(piece))
        await answering.go_on(b"x", ends=True)

    with served(much) as port:
        said = all_of(HOST, port, LAST_REQUEST)

    assert said.endswith(b"\r\n1\r\nx\r\n0\r\n\r\n")
    assert len(said) > sum(written)


@pytest.mark.parametrize("story", [whole, pieces])
def test_a_request_that_is_over_leaves_no_work_to_the_garbage_collector(story: Story) -> None:
    seen: list[ref[Any]] = []

    async def remembered(answering: Answering) -> None:
        seen.extend((ref(answering.cycle), ref(asyncio.current_task())))
        await story(answering)

    gc.disable()
    try:
        with served(remembered) as port:
            client = http.client.HTTPConnection(HOST, port, timeout=10)
            for _ in range(3):
                client.request("POST", "/x")
                client.getresponse().read()
            until(lambda: not any(each() for each in seen[:-2]))  # the connection holds the last
            client.close()
            until(lambda: not any(each() for each in seen))
    finally:
        gc.enable()
