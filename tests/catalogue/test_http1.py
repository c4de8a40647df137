"""Our own HTTP/1.1 client against servers that say what they should, and what they should not."""

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable, Mapping

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st
from support.connections import Discarding
from support.scripted import HOST, Scripted, a_scripted_server, whole
from support.supply import THIS_MACHINE

from corridor.catalogue import Call, HttpEndpoint, ProviderFailed
from corridor.catalogue.adapters.http1 import MOST_HEAD_BYTES, ServerConnection
from corridor.catalogue.adapters.http1_pool import HttpServer
from corridor.catalogue.adapters.openai_http import HttpConnection
from corridor.core.errors import Invalid

CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
WITHOUT_LENGTH = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nall of it"
Story = Callable[[HttpConnection, Scripted], Awaitable[None]]


def told(
    story: Story, *texts: bytes, ends: bool = False, headers: Mapping[str, str] | None = None
) -> None:
    """Let a story run with a server that says some texts, on both event loops."""

    async def run() -> None:
        async with a_scripted_server(*texts, ends=ends) as script:
            endpoint = HttpEndpoint(base_url=script.url, model="m", headers=dict(headers or {}))
            way = HttpConnection.to(
                endpoint,
                None,
                connect_seconds=5.0,
                idle_seconds=20.0,
                let_in=THIS_MACHINE.private_addresses,
            )
            await story(way, script)
            await way.close()

    asyncio.run(run())
    uvloop.run(run())


async def read(way: HttpConnection, **headers: str) -> tuple[int, bytes]:
    """Ask, and return what came."""
    async with way.send(Call("/chat/completions", {}, "req-1", headers=headers)) as answer:
        return answer.status, b"".join([chunk async for chunk in answer.body])


async def failure(way: HttpConnection) -> str:
    """Ask, and return why there is no answer."""
    with pytest.raises(ProviderFailed) as caught:
        await read(way)
    return caught.value.reason


def test_one_connection_serves_one_request_after_another() -> None:
    async def story(way: HttpConnection, script: Scripted) -> None:
        for _ in range(3):
            assert await read(way) == (200, b"here")
        assert (script.connected, len(script.heads)) == (1, 3)

    told(story, whole(b"here"))


def test_requests_at_the_same_time_have_connections_of_their_own() -> None:
    async def story(way: HttpConnection, script: Scripted) -> None:
        assert await asyncio.gather(read(way), read(way)) == [(200, b"here")] * 2
        assert script.connected == 2

    told(story, whole(b"here"))


def test_a_word_that_an_answer_is_to_come_is_passed_by() -> None:
    async def story(way: HttpConnection, script: Scripted) -> None:
        assert await read(way) == (200, b"here")
        assert await read(way) == (200, b"here")
        assert script.connected == 1

    told(story, b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n" + whole(b"here"))


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    async def story(way: HttpConnection, script: Scripted) -> None:
        assert await read(way) == (200, b"all of it")
        assert await read(way) == (200, b"all of it")
        assert script.connected == 2

    told(story, WITHOUT_LENGTH, ends=True)


@pytest.mark.parametrize(
    "text",
    [
        CHUNKED + b"4\r\nhere\r\n",
        whole(b"here")[:-1],
        b"HTTP/1.1 200 OK\r\nconte",
        b"",
        b"220 mail.example ESMTP\r\n",
        CHUNKED + b"-4\r\nhere\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nhere!",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 2 * MOST_HEAD_BYTES,
        whole(b"\x1b\x00", b"content-encoding: br"),
        whole(b"no gzip", b"content-encoding: gzip"),
    ],
    ids=list("abcdefghijk"),
)
def test_what_is_no_answer_or_not_all_of_one_is_broken(text: bytes) -> None:
    async def story(way: HttpConnection, script: Scripted) -> None:
        assert await failure(way) == "broken"
        assert script.connected == 1

    told(story, text, ends=True)


def test_what_comes_behind_an_answer_is_nobodys_answer() -> None:
    async def story(way: HttpConnection, script: Scripted) -> None:
        assert await read(way) == (200, b"mine")
        assert await read(way) == (200, b"mine")
        assert script.connected == 2

    told(story, whole(b"mine") + whole(b"not mine"))


def test_a_server_that_ends_connections_gets_a_new_one() -> None:
    async def story(way: HttpConnection, script: Scripted) -> None:
        assert await read(way) == (200, b"here")
        assert await read(way) == (200, b"here")
        assert script.connected == 2

    told(story, whole(b"here", b"connection: close"))


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
def test_a_server_that_packs_what_it_was_asked_not_to_is_read(
    pack: Callable[[bytes], bytes],
) -> None:
    async def story(way: HttpConnection, _: Scripted) -> None:
        assert await read(way) == (200, b"here" * 1000)

    coding = b"gzip" if pack is gzip.compress else b"deflate"
    told(story, whole(pack(b"here" * 1000), b"content-encoding: " + coding))


def test_what_unpacks_to_far_more_than_it_was_is_broken() -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))

    async def story(way: HttpConnection, _: Scripted) -> None:
        assert await failure(way) == "broken"

    told(story, whole(bomb, b"content-encoding: gzip"))


def test_an_answer_that_is_given_up_ends_its_connection() -> None:
    async def story(way: HttpConnection, script: Scripted) -> None:
        async with way.send(Call("/chat/completions", {}, "req-1")) as answer:
            assert await anext(answer.body) == b"here"
        async with asyncio.timeout(60):
            while not script.left:
                await asyncio.sleep(0.01)
        async with way.send(Call("/chat/completions", {}, "req-1")) as answer:
            assert answer.cut is not None
            answer.cut()
            with pytest.raises(ProviderFailed):
                await anext(answer.body)
        async with asyncio.timeout(60):
            while script.left < 2:
                await asyncio.sleep(0.01)

    told(story, CHUNKED + b"4\r\nhere\r\n")


def test_an_answer_that_nobody_takes_is_left_with_the_server() -> None:
    size = 64 * 1024 * 1024

    async def story(way: HttpConnection, script: Scripted) -> None:
        async with way.send(Call("/chat/completions", {}, "req-1")) as answer:
            seen = -1
            while seen != script.said:  # until it comes no further
                seen = script.said
                await asyncio.sleep(0.2)
            assert seen < size / 2
            assert sum([len(chunk) async for chunk in answer.body]) == size

    told(story, whole(bytes(size)))


def test_no_header_becomes_two() -> None:
    async def story(way: HttpConnection, script: Scripted) -> None:
        for text in ("a\r\nx-evil: 1", "a\nb", "a\0"):
            with pytest.raises(Invalid):
                await read(way, traceparent=text)
        assert script.connected == 0

    told(story, whole(b"here"))


def test_what_a_request_says_itself_stands_in_the_place_of_what_all_say() -> None:
    async def story(way: HttpConnection, script: Scripted) -> None:
        await read(way, **{"x-team": "own"})
        await read(way)
        own, common = [head.lower().split(b"\r\n") for head in script.heads]
        assert [line for line in own if b"x-team" in line] == [b"x-team: own"]
        assert b"x-team: all" in common

    told(story, whole(b"here"), headers={"x-team": "all"})


def test_where_all_connections_are_in_use_a_request_waits_for_one() -> None:
    async def run() -> None:
        async with a_scripted_server(whole(b"here")) as script:
            server = HttpServer(HOST, script.port, 5.0, 20.0, let_in=THIS_MACHINE.private_addresses)
            server.most = 1
            first = await server.connection()
            second = asyncio.ensure_future(server.connection())
            given_up = asyncio.ensure_future(server.connection())
            await asyncio.sleep(0)
            given_up.cancel()
            server.leave(first)
            assert await second is first
            assert script.connected == 1
            third = asyncio.ensure_future(server.connection())
            await asyncio.sleep(0)
            first.close()  # one that ends makes room as well
            assert await third is not first
            server.close()

    asyncio.run(run())


@given(
    st.lists(st.binary(min_size=1, max_size=50), max_size=8),
    st.lists(st.integers(1, 40), min_size=1, max_size=20),
)
def test_however_an_answer_is_cut_in_pieces_it_is_the_same(
    chunks: list[bytes], cuts: list[int]
) -> None:
    pieces = [b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks]
    text = b"".join((CHUNKED, *pieces, b"0\r\n\r\n"))

    async def run() -> bytes:
        connection = ServerConnection(20.0, lambda _: None)
        connection.connection_made(Discarding())
        asking = asyncio.ensure_future(connection.ask(b"a request"))
        await asyncio.sleep(0)
        begin, turn = 0, 0
        while begin < len(text):
            end = begin + cuts[turn % len(cuts)]
            connection.data_received(text[begin:end])
            begin, turn = end, turn + 1
        await asking
        found = b"".join([chunk async for chunk in connection])
        assert connection.is_free
        connection.close()
        return found

    assert asyncio.run(run()) == b"".join(chunks)


def test_pieces_are_handed_on_until_one_is_not_taken() -> None:
    async def story(way: HttpConnection, _: Scripted) -> None:
        taken: list[bytes] = []

        def take(piece: bytes) -> bool:
            taken.append(piece)
            return piece != b"no"

        async with way.send(Call("/chat/completions", {}, "req-1")) as answer:
            assert answer.hand is not None
            answer.hand(take)
            read = b"".join([chunk async for chunk in answer.body])
        # What came with the head was there before anybody took anything.
        assert b"".join(taken).replace(b"no", b"") + read == b"one" + b"no" + b"two"

    told(story, CHUNKED + b"3\r\none\r\n2\r\nno\r\n3\r\ntwo\r\n0\r\n\r\n")


def test_a_taker_is_asked_only_while_somebody_waits_and_not_again_after_it_said_no() -> None:
    taken: list[bytes] = []

    def take(piece: bytes) -> bool:
        taken.append(piece)
        return piece != b"no"

    async def run() -> None:
        connection = ServerConnection(20.0, lambda _: None)
        connection.connection_made(Discarding())
        asking = asyncio.ensure_future(connection.ask(b"a request"))
        await asyncio.sleep(0)
        connection.data_received(CHUNKED)
        await asking
        connection.hand(take)
        connection.data_received(b"5\r\nearly\r\n")
        assert await anext(connection) == b"early"
        reading = asyncio.ensure_future(anext(connection))
        await asyncio.sleep(0)
        connection.data_received(b"3\r\none\r\n3\r\ntwo\r\n")
        connection.data_received(b"2\r\nno\r\n")
        connection.data_received(b"4\r\nlate\r\n")  # its reader has not run yet
        assert await reading == b"nolate"
        connection.data_received(b"0\r\n\r\n")
        assert connection.is_free

    asyncio.run(run())
    assert taken == [b"one", b"two", b"no"]


def test_who_waits_behind_a_taker_waits_no_longer_than_for_any_piece() -> None:
    async def run() -> None:
        connection = ServerConnection(0.1, lambda _: None)
        connection.connection_made(Discarding())
        asking = asyncio.ensure_future(connection.ask(b"a request"))
        await asyncio.sleep(0)
        connection.data_received(CHUNKED)
        await asking
        connection.hand(lambda _: True)
        reading = asyncio.ensure_future(anext(connection))
        await asyncio.sleep(0)
        connection.data_received(b"3\r\none\r\n")
        with pytest.raises(ProviderFailed) as caught:
            await reading
        assert caught.value.reason == "timeout"

    asyncio.run(run())
