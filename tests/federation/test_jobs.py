import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict
from support.builders import an_identity
from support.partners import FakeLog, FakePartners, a_node, a_note

from corridor.edge.runtime import Runtime
from corridor.federation import Federation
from corridor.federation.jobs import keep_synced
from corridor.federation.ports import Card


@pytest.fixture
def partners() -> FakePartners:
    return FakePartners(
        *(FakeLog(an_identity(name), f"http://{name}.example") for name in ("north", "west"))
    )


@pytest.fixture
def node(tmp_path: Path, partners: FakePartners) -> Iterator[Runtime]:
    with a_node(tmp_path, client=partners) as runtime:
        yield runtime


def add(node: Runtime, log: FakeLog) -> None:
    federation = node.service(Federation)
    key = log.identity.signer.public
    card = Card(name=log.identity.name, public_key=key.hex, url=log.url, protocol=1)
    with node.store.transaction("test") as tx:
        federation.add(tx, card.name, card.url, key.fingerprint, card)


def size(node: Runtime, name: str) -> int:
    with node.store.view() as view:
        return view.log_size(name)


def while_synced(node: Runtime, story: Callable[[], Awaitable[None]]) -> list[EventDict]:
    """Run the loop while a story goes on; return what it logged."""

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.create_task(keep_synced(node, stop, random.Random(1)))  # noqa: S311
        try:
            async with asyncio.timeout(20):
                await story()
        finally:
            stop.set()
            await loop

    with capture_logs() as logs:
        asyncio.run(main())
    return logs


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.01)


def test_a_log_is_followed_as_it_grows(node: Runtime, partners: FakePartners) -> None:
    north = partners.logs["north"]
    add(node, north)

    async def story() -> None:
        north.add(a_note())
        await until(lambda: size(node, "north") == 1)
        north.add(a_note())
        await until(lambda: size(node, "north") == 2)

    events = while_synced(node, story)

    assert {event["event"] for event in events} == {"federation.pulled"}
    assert sum(event["entries"] for event in events) == 2


def test_a_partner_that_is_added_later_is_picked_up(node: Runtime, partners: FakePartners) -> None:
    partners.logs["north"].add(a_note())

    async def story() -> None:
        await asyncio.sleep(0.05)
        await asyncio.to_thread(add, node, partners.logs["north"])
        await until(lambda: size(node, "north") == 1)

    while_synced(node, story)


def test_a_partner_that_hangs_or_fails_delays_no_other(
    node: Runtime, partners: FakePartners
) -> None:
    add(node, partners.logs["north"])
    add(node, partners.logs["west"])
    partners.hanging.add("north")

    async def story() -> None:
        await until(lambda: partners.logs["north"].calls > 0)
        for number in range(3):
            partners.logs["west"].add(a_note(str(number)))
            await until(lambda: size(node, "west") == len(partners.logs["west"].served))

    while_synced(node, story)
    assert size(node, "north") == 0
    assert partners.logs["north"].calls == 1


def test_idle_looks_write_nothing_and_say_nothing(node: Runtime, partners: FakePartners) -> None:
    north = partners.logs["north"]
    add(node, north)

    async def story() -> None:
        await until(lambda: north.calls >= 10)

    assert while_synced(node, story) == []


def test_a_failure_is_kept_and_told_once_and_its_end_too(
    node: Runtime, partners: FakePartners
) -> None:
    north = partners.logs["north"]
    add(node, north)
    partners.gone.add("north")

    def last_error() -> str | None:
        with node.store.view() as view:
            return node.service(Federation).partners(view)[0].last_error

    async def story() -> None:
        await until(lambda: north.calls >= 4)
        assert "north is gone." in (await asyncio.to_thread(last_error) or "")
        partners.gone.clear()
        await until(lambda: last_error() is None)

    events = while_synced(node, story)

    assert [event["event"] for event in events] == ["federation.pull_failed", "federation.pulled"]
    assert events[0]["reason"] == "north is gone."


def test_a_lie_is_kept_as_the_error_and_nothing_else(node: Runtime, partners: FakePartners) -> None:
    north = partners.logs["north"]
    add(node, north)
    north.add(a_note(), issuer="west")

    async def story() -> None:
        await until(lambda: north.calls >= 4)

    events = while_synced(node, story)

    assert [event["event"] for event in events] == ["federation.pull_failed"]
    assert "north, position 0" in events[0]["reason"]
    assert size(node, "north") == 0


def test_it_ends_at_once_even_while_a_partner_hangs(node: Runtime, partners: FakePartners) -> None:
    add(node, partners.logs["north"])
    partners.hanging.add("north")
    ended: list[float] = []

    async def story() -> None:
        await until(lambda: partners.logs["north"].calls > 0)
        ended.append(time.monotonic())

    while_synced(node, story)
    assert time.monotonic() - ended[0] < 10  # the partner hangs for an hour
