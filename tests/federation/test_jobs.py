import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict
from support.builders import NOON, an_identity
from support.liars import a_served_liar
from support.partners import (
    QUICK,
    FakeLog,
    FakePartners,
    a_node,
    a_note,
    a_served_node,
    introduce,
    pull,
)

from corridor.core.rotations import rotated
from corridor.edge.runtime import Runtime
from corridor.federation import Federation, FederationSettings, Fork
from corridor.federation.jobs import keep_synced
from corridor.federation.ports import Card
from corridor.federation.records import KeyRotation
from corridor.federation.service.pace import Pace


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
            async with asyncio.timeout(60):
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


def test_a_partner_that_is_not_active_is_left_alone_until_it_is(
    node: Runtime, partners: FakePartners
) -> None:
    north = partners.logs["north"]
    federation = node.service(Federation)
    add(node, north)
    add(node, partners.logs["west"])
    with node.store.transaction("test") as tx:
        federation.suspend(tx, "north", "for a test")
    north.add(a_note())

    def resume() -> None:
        with node.store.transaction("test") as tx:
            federation.resume(tx, "north", "it was a test")

    async def story() -> None:
        await until(lambda: partners.logs["west"].calls >= 5)
        assert north.calls == 0
        await asyncio.to_thread(resume)
        await until(lambda: size(node, "north") == 1)

    while_synced(node, story)


def test_a_partner_that_is_suspended_while_it_is_followed_is_not_asked_any_more(
    node: Runtime, partners: FakePartners
) -> None:
    north = partners.logs["north"]
    add(node, north)

    def suspend() -> None:
        with node.store.transaction("test") as tx:
            node.service(Federation).suspend(tx, "north", "for a test")

    async def story() -> None:
        await until(lambda: north.calls >= 3)
        await asyncio.to_thread(suspend)
        await asyncio.sleep(0.3)
        calls = north.calls
        north.add(a_note())
        await asyncio.sleep(0.3)
        assert north.calls == calls

    while_synced(node, story)
    assert size(node, "north") == 0


def test_a_fork_is_stated_once_for_all_partners_and_the_partner_frozen(
    node: Runtime, partners: FakePartners
) -> None:
    north, west = partners.logs["north"], partners.logs["west"]
    add(node, north)
    add(node, west)
    north.add(a_note("one"))

    def forks() -> list[Fork]:
        with node.store.view() as view:
            return list(view.own(Fork))

    async def story() -> None:
        await until(lambda: size(node, "north") == 1)
        north.served.clear()
        north.add(a_note("another"))
        north.add(a_note("two"))
        await until(lambda: bool(forks()))
        calls = north.calls
        west.add(a_note())
        await until(lambda: size(node, "west") == 1)
        await asyncio.sleep(0.3)
        assert north.calls <= calls + 1

    while_synced(node, story)

    (fork,) = forks()
    assert (fork.log, fork.visibility) == ("north", "partners")
    with node.store.view() as view:
        standing = node.service(Federation).standing(view, "north")
        (status, _) = node.service(Federation).partners(view)
    assert standing is not None
    assert standing.standing == "frozen"
    assert "is not the log of which 1 entries were known before" in (status.last_error or "")
    assert size(node, "north") == 1


def test_a_partner_with_a_new_key_that_the_old_one_announced_is_followed(tmp_path: Path) -> None:
    old, new = an_identity("north"), an_identity("north")
    rotation = rotated("north", old.signer, new.signer, 2)

    class Rotating(FakeLog):
        async def card(self, url: str) -> Card:
            return (await super().card(url)).model_copy(update={"rotations": (rotation,)})

    log = Rotating(old)
    log.add(a_note())
    with a_node(tmp_path, client=log) as node:
        add(node, log)

        async def story() -> None:
            await until(lambda: size(node, "north") == 1)
            log.add(KeyRotation(made_at=NOON, visibility="public", rotation=rotation))
            log.identity = new
            log.add(a_note())
            await until(lambda: size(node, "north") == 3)

        while_synced(node, story)
        with node.store.view() as view:
            partner = node.service(Federation).partner(view, "north")

    assert partner.key == new.signer.public
    assert [each.until for each in partner.earlier] == [2]


def test_a_partner_with_a_key_that_nobody_announced_is_not_followed(
    node: Runtime, partners: FakePartners
) -> None:
    north = partners.logs["north"]
    add(node, north)

    def last_error() -> str:
        with node.store.view() as view:
            return node.service(Federation).partners(view)[0].last_error or ""

    async def story() -> None:
        north.identity = an_identity("north")
        north.add(a_note())
        await until(lambda: bool(last_error()))

    while_synced(node, story)
    assert "north" in last_error()
    assert size(node, "north") == 0


def test_a_new_record_of_a_partner_is_soon_visible_with_the_usual_settings(tmp_path: Path) -> None:
    usual = FederationSettings()
    with a_served_node(tmp_path / "north") as north, a_node(tmp_path, settings=usual) as south:
        introduce(north, south)
        introduce(south, north)

        def at_north() -> int:
            with north.store.transaction("test") as tx:
                tx.append(a_note())
                return tx.log_size()

        async def story() -> None:
            for _ in range(2):
                held = await asyncio.to_thread(at_north)
                await until(lambda held=held: size(south, "north") == held)

        while_synced(south, story)


def test_nothing_goes_faster_than_its_pace() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        pace = Pace(100, began)
        for amount in range(1, 11):
            await pace.keep(amount)
        return loop.time() - began

    assert asyncio.run(main()) >= 0.1


def test_entries_come_no_faster_than_the_operator_allows(tmp_path: Path) -> None:
    slowly = QUICK.model_copy(update={"records_per_second": 50, "bytes_per_second": 20_000})
    log = FakeLog()
    for _ in range(10):
        log.add(a_note())
    with a_node(tmp_path, client=log, settings=slowly) as node:
        began = time.monotonic()
        assert pull(node, log.partner).entries == 10
        assert time.monotonic() - began >= 10 / 50


def test_one_that_trickles_gives_its_turn_to_the_others(tmp_path: Path) -> None:
    settings = QUICK.model_copy(update={"partners_at_once": 1, "request_seconds": 0.3})

    async def trickled(body: bytes) -> AsyncIterator[bytes]:
        for byte in body:
            yield bytes([byte])
            await asyncio.sleep(1)

    with (
        a_served_liar() as liar,
        a_served_liar(FakeLog(an_identity("west"))) as honest,
        a_node(tmp_path, settings=settings) as node,
    ):
        liar.stream = trickled
        liar.log.add(a_note())
        honest.log.add(a_note())
        add(node, liar.log)

        async def story() -> None:
            await until(lambda: len(liar.starts) >= 1)
            await asyncio.to_thread(add, node, honest.log)
            await until(lambda: size(node, "west") == 1)
            honest.log.add(a_note())
            await until(lambda: size(node, "west") == 2)

        while_synced(node, story)
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
