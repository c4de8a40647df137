import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from support.partners import until
from support.stages import SERVICE, a_stage, store_gone

from corridor.catalogue import Catalogue
from corridor.core.store import StoreUnavailable
from corridor.gateway import Gateway, Handled, Proxy
from corridor.gateway.jobs import Follower


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path) as node:
        node.add_provider("alpha", "http://127.0.0.1:9/v1")
        yield node


def a_follower(node: Node) -> Follower:
    find = node.runtime.service
    return Follower(node.runtime.store, find(Gateway), find(Catalogue), find(Proxy))


def a_line(request_id: str) -> Handled:
    return Handled(
        request_id=request_id,
        at=1.0e9,
        caller="app",
        target=SERVICE,
        language="und",
        provider=None,
        outcome="failed",
        status=503,
        seconds=0.1,
    )


async def stopped(follower: Follower) -> None:
    """Stop a follower that was used step by step: it writes and closes what it holds."""
    stop = asyncio.Event()
    stop.set()
    await follower.run(stop)


def test_one_look_takes_in_everything_that_has_arrived(node: Node) -> None:
    async def story() -> None:
        follower = a_follower(node)
        await follower.follow()
        snapshot = follower.proxy.snapshot
        assert set(snapshot.providers) == set(follower.proxy.connections) == {"alpha"}

        await follower.follow()
        assert follower.proxy.snapshot is snapshot  # nothing new, nothing read

        node.suspend("vendor")
        await follower.follow()
        assert set(follower.proxy.snapshot.closures) == {"alpha"}
        await stopped(follower)

    asyncio.run(story())


def test_a_way_stays_open_until_its_provider_changes(node: Node) -> None:
    async def story() -> None:
        follower = a_follower(node)
        await follower.follow()
        way = follower.proxy.connections["alpha"]
        node.add_provider("beta", "http://127.0.0.1:9/v1")
        await follower.follow()
        assert follower.proxy.connections["alpha"] is way

        node.add_provider("alpha", "http://127.0.0.1:10/v1")
        await follower.follow()
        assert follower.proxy.connections["alpha"] is not way
        await stopped(follower)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("credential", "content"),
    [
        ("env:CORRIDOR_TEST_NOT_SET", b""),
        ("file:missing", b""),
        ("file:/etc/hostname", b""),
        ("file:key", b"caf\xe9"),
        ("file:key", "café".encode()),
        ("file:key", b"two\nlines"),
    ],
)
def test_a_provider_that_cannot_be_used_any_more_is_not_asked_at_its_old_address(
    node: Node, credential: str, content: bytes
) -> None:
    (node.home / "key").write_bytes(content)

    async def story() -> None:
        follower = a_follower(node)
        node.add_provider("beta", "http://127.0.0.1:9/v1")
        await follower.follow()

        node.add_provider("alpha", "http://127.0.0.1:9/v1", credential=credential)
        await follower.follow()

        assert set(follower.proxy.connections) == {"beta"}
        await stopped(follower)

    asyncio.run(story())


def test_a_line_of_the_account_waits_for_the_store_to_come_back(node: Node) -> None:
    async def story() -> None:
        follower = a_follower(node)
        follower.proxy.handled.extend([a_line("1"), a_line("2")])
        with store_gone(node):
            with pytest.raises(StoreUnavailable):
                await follower.flush()
            assert [line.request_id for line in follower.proxy.handled] == ["1", "2"]
        await follower.flush()
        assert not follower.proxy.handled
        await stopped(follower)

    asyncio.run(story())
    assert [line.request_id for line in node.traffic()] == ["1", "2"]


def test_what_is_left_of_the_account_is_written_at_the_stop(node: Node) -> None:
    async def story() -> None:
        follower = a_follower(node)
        follower.proxy.handled.append(a_line("last"))
        await stopped(follower)

    asyncio.run(story())
    assert [line.request_id for line in node.traffic()] == ["last"]


def test_a_request_answered_just_before_the_stop_is_in_the_account(tmp_path: Path) -> None:
    with a_stage(tmp_path, gateway={"flush_seconds": 3600}) as stage:
        seen = stage.ask()
        assert stage.node.traffic() == []

        stage.node.stop()

        assert [line.request_id for line in stage.node.traffic()] == [seen.request_id]


def test_a_suspension_is_seen_at_the_next_look(node: Node) -> None:
    async def story() -> None:
        stop = asyncio.Event()
        follower = CountingFollower(
            node.runtime.store,
            node.runtime.service(Gateway),
            node.runtime.service(Catalogue),
            node.runtime.service(Proxy),
        )
        running = asyncio.ensure_future(follower.run(stop))
        await come_true(lambda: bool(follower.proxy.snapshot.providers))

        await asyncio.to_thread(node.suspend, "vendor")
        looks = follower.looks
        await come_true(lambda: bool(follower.proxy.snapshot.closures))

        assert follower.looks - looks <= 2  # one may have been under way
        stop.set()
        await running

    asyncio.run(story())


def test_the_proxy_goes_on_with_what_it_knows_while_the_store_is_gone(tmp_path: Path) -> None:
    with a_stage(tmp_path) as stage:
        assert stage.ask().provider == "alpha"

        with store_gone(stage.node):
            during = [stage.ask() for _ in range(3)]
            assert [seen.provider for seen in during] == ["alpha"] * 3
        suspension = stage.node.suspend("alpha-inc")

        until(lambda: stage.ask().provider == "beta")
        assert suspension.supplier == "alpha-inc"
        assert {stage.accounted(seen).outcome for seen in during} == {"served"}


@dataclass(slots=True)
class CountingFollower(Follower):
    """A follower that counts how often it has looked."""

    looks: int = 0

    async def follow(self) -> None:
        self.looks += 1
        await Follower.follow(self)


async def come_true(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.001)
