"""Providers that offer HTTP/2: one connection for many requests, and each is ended by itself."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError
from support.http2 import SecureSupplier, a_secure_supplier
from support.partners import until

from corridor.catalogue import Call, HttpEndpoint, ProviderFailed
from corridor.catalogue.adapters.http2 import Http2Connection, Lookup
from corridor.catalogue.errors import AddressNotOpen
from corridor.catalogue.rules.addresses import Network

HERE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
ASKED = Call("/chat/completions", {"model": "x", "messages": []}, "req-1")


@pytest.fixture
def supplier(tmp_path: Path) -> Iterator[SecureSupplier]:
    with a_secure_supplier(tmp_path, ["h2", "http/1.1"]) as supplier:
        yield supplier


@dataclass
class Names:
    """A directory of names whose one entry a test sets."""

    addresses: list[str]
    asked: int = 0

    async def find(self, host: str, port: int) -> list[str]:
        assert (host, port > 0) == ("localhost", True)
        self.asked += 1
        if not self.addresses:
            raise OSError(host)
        return self.addresses


def a_way(
    supplier: SecureSupplier,
    *,
    roots: bool = True,
    idle: float = 5.0,
    let_in: Sequence[Network] = HERE,
    lookup: Lookup | None = None,
) -> Http2Connection:
    return Http2Connection.to(
        HttpEndpoint(base_url=supplier.url, model="m", http2=True),
        "sk-1",
        connect_seconds=2.0,
        idle_seconds=idle,
        let_in=let_in,
        roots=supplier.root if roots else b"",
        lookup=lookup or Names(["127.0.0.1"]).find,
    )


def told(way: Http2Connection, story: Callable[[Http2Connection], Awaitable[None]]) -> None:
    async def run() -> None:
        try:
            async with asyncio.timeout(60):
                await story(way)
        finally:
            await way.close()

    asyncio.run(run())


async def whole(way: Http2Connection) -> bytes:
    async with way.send(ASKED) as answer:
        assert (answer.status, answer.content_type) == (200, "application/json")
        return b"".join([chunk async for chunk in answer.body])


def test_many_requests_share_one_connection_over_http2(supplier: SecureSupplier) -> None:
    async def story(way: Http2Connection) -> None:
        assert b"hello" in await whole(way)
        await asyncio.gather(*(whole(way) for _ in range(20)))

    told(a_way(supplier), story)

    assert supplier.spoken == ["h2"]
    assert len(supplier.asked) == 21
    first = supplier.asked[0]
    assert (first["authorization"], first["x-request-id"]) == ("Bearer sk-1", "req-1")
    assert first["accept-encoding"] == "identity"
    assert supplier.bodies[0] == b'{"model":"m","messages":[]}'


def test_a_server_without_http2_is_spoken_to_as_it_wants(tmp_path: Path) -> None:
    with a_secure_supplier(tmp_path, ["http/1.1"]) as supplier:

        async def story(way: Http2Connection) -> None:
            assert b"hello" in await whole(way)

        told(a_way(supplier), story)

    assert supplier.spoken == ["http/1.1"]


def test_leaving_ends_one_request_at_once_and_no_other(supplier: SecureSupplier) -> None:
    supplier.mode = "stream"

    async def story(way: Http2Connection) -> None:
        async with way.send(ASKED) as stays:
            await anext(stays.body)
            async with way.send(ASKED) as left:
                await anext(left.body)
            at = time.monotonic()
            await asyncio.to_thread(until, lambda: len(supplier.reset) == 1)
            [number] = supplier.reset
            assert supplier.reset[number] - at < 0.5
            assert number == 3
            for _ in range(20):
                assert b"hello" in await anext(stays.body)

    told(a_way(supplier), story)
    assert supplier.spoken == ["h2"]


@pytest.mark.parametrize("mode", ["stream", "hang"])
def test_a_task_that_is_given_up_ends_its_request(supplier: SecureSupplier, mode: str) -> None:
    supplier.mode = mode

    async def asking(way: Http2Connection) -> None:
        async with way.send(ASKED) as answer:
            async for _ in answer.body:
                pass

    async def story(way: Http2Connection) -> None:
        task = asyncio.create_task(asking(way))
        await asyncio.to_thread(until, lambda: len(supplier.bodies) == 1)
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(until, lambda: 1 in supplier.reset)

    told(a_way(supplier), story)


def test_a_task_is_given_up_also_in_the_moment_in_which_a_piece_has_come(
    supplier: SecureSupplier,
) -> None:
    supplier.mode = "stream"

    async def asking(way: Http2Connection) -> None:
        async with way.send(ASKED) as answer:
            async for _ in answer.body:
                pass

    async def story(way: Http2Connection) -> None:
        for _ in range(40):  # the client took no notice of about half of them
            task, sent = asyncio.create_task(asking(way)), sum(supplier.sent.values())
            while sum(supplier.sent.values()) < sent + 2:
                await asyncio.sleep(0.001)
            time.sleep(0.02)  # noqa: ASYNC251  the loop is held while a piece comes
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(asyncio.shield(task), 5)

    told(a_way(supplier), story)


def test_an_answer_is_cut_from_outside(supplier: SecureSupplier) -> None:
    supplier.mode = "stream"

    async def story(way: Http2Connection) -> None:
        async with way.send(ASKED) as answer:
            await anext(answer.body)
            assert answer.cut is not None
            asyncio.get_running_loop().call_later(0.05, answer.cut)
            with pytest.raises(ProviderFailed):
                async for _ in answer.body:
                    pass
        await asyncio.to_thread(until, lambda: 1 in supplier.reset)

    told(a_way(supplier), story)


def test_an_event_is_shown_when_it_comes_and_not_when_a_buffer_is_full(
    supplier: SecureSupplier,
) -> None:
    supplier.mode = "stream"

    async def story(way: Http2Connection) -> None:
        async with way.send(ASKED) as answer:
            await anext(answer.body)
            assert supplier.sent[1] <= 20

    told(a_way(supplier), story)


def test_silence_is_a_timeout(supplier: SecureSupplier) -> None:
    supplier.mode = "hang"

    async def story(way: Http2Connection) -> None:
        with pytest.raises(ProviderFailed) as caught:
            async with way.send(ASKED):
                pass
        assert caught.value.reason == "timeout"

    told(a_way(supplier, idle=0.3), story)


def test_a_certificate_that_nobody_signed_is_refused_before_a_word_is_sent(
    supplier: SecureSupplier,
) -> None:
    async def story(way: Http2Connection) -> None:
        with pytest.raises(ProviderFailed) as caught:
            async with way.send(ASKED):
                pass
        assert caught.value.reason == "refused"

    told(a_way(supplier, roots=False), story)
    assert supplier.asked == []


def test_a_closed_port_refuses(tmp_path: Path) -> None:
    with a_secure_supplier(tmp_path, ["h2"]) as supplier:
        pass

    async def story(way: Http2Connection) -> None:
        with pytest.raises(ProviderFailed) as caught:
            async with way.send(ASKED):
                pass
        assert caught.value.reason == "refused"

    told(a_way(supplier), story)


def test_a_name_that_leads_inside_is_found_out_when_it_is_used(supplier: SecureSupplier) -> None:
    name = socket.gethostname()  # leads to this machine, whatever it is called
    way = Http2Connection.to(
        HttpEndpoint(base_url=f"https://{name}:{supplier.port}/v1", model="m", http2=True),
        None,
        connect_seconds=2.0,
        idle_seconds=1.0,
        roots=supplier.root,
    )

    async def story(way: Http2Connection) -> None:
        with pytest.raises(ProviderFailed) as caught:
            async with way.send(ASKED):
                pass
        assert caught.value.reason in ("not open", "refused")

    told(way, story)
    assert supplier.spoken == []


def test_the_next_address_is_tried_where_one_does_not_take_the_connection(
    supplier: SecureSupplier,
) -> None:
    names = Names(["127.0.0.9", "127.0.0.1"])

    async def story(way: Http2Connection) -> None:
        for _ in range(3):
            assert b"hello" in await whole(way)

    told(a_way(supplier, lookup=names.find), story)
    assert supplier.spoken == ["h2"]
    assert names.asked == 2


@pytest.mark.parametrize(
    ("addresses", "reason"),
    [([], "refused"), (["127.0.0.1"], "not open"), (["127.0.0.9"], "refused")],
)
def test_only_addresses_that_were_judged_are_connected_to(
    supplier: SecureSupplier, addresses: list[str], reason: str
) -> None:
    let_in = [ip_network("127.0.0.9/32")]

    async def story(way: Http2Connection) -> None:
        with pytest.raises(ProviderFailed) as caught:
            async with way.send(ASKED):
                pass
        assert caught.value.reason == reason

    way = Http2Connection.to(
        HttpEndpoint(base_url=supplier.url.replace("localhost", "name.example"), model="m"),
        None,
        connect_seconds=2.0,
        idle_seconds=1.0,
        let_in=let_in,
        roots=supplier.root,
        lookup=lambda host, port: Names(addresses).find("localhost", port),  # noqa: ARG005
    )
    told(way, story)
    assert supplier.spoken == []


def test_an_address_inside_is_refused_when_it_is_set() -> None:
    endpoint = HttpEndpoint(base_url="https://169.254.169.254/v1", model="m", http2=True)

    with pytest.raises(AddressNotOpen):
        Http2Connection.to(endpoint, None, connect_seconds=1.0, idle_seconds=1.0)


def test_http2_without_tls_is_refused_when_it_is_set() -> None:
    with pytest.raises(ValidationError, match="https://"):
        HttpEndpoint(base_url="http://models.example/v1", model="m", http2=True)
