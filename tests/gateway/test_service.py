import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from support.clocks import StoppedClock
from support.connections import FakeConnection
from support.nodes import Node, a_node
from support.proxies import a_proxy

from corridor.catalogue import UnknownProvider
from corridor.core.errors import Conflict, NotFound
from corridor.core.store import Transaction
from corridor.gateway import (
    Gateway,
    Proxy,
    Refusal,
    Route,
    Service,
    Target,
    UnknownService,
)
from corridor.gateway.rules.snapshot import Snapshot
from corridor.gateway.rules.suspensions import Closure
from corridor.gateway.service import Shown

VENDOR, OTHER, NOBODY = (
    Target(kind="supplier", name=name) for name in ("vendor", "other", "nobody")
)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def node(tmp_path: Path, clock: StoppedClock) -> Iterator[Node]:
    with a_node(tmp_path, clock=clock) as node:
        node.add_provider("alpha", None)
        node.add_provider("beta", "http://127.0.0.1:9/v1", supplier="other")
        yield node


@pytest.fixture
def gateway(node: Node) -> Gateway:
    return node.runtime.service(Gateway)


@pytest.fixture
def tx(node: Node) -> Iterator[Transaction]:
    with node.runtime.store.transaction("test") as tx:
        yield tx


def test_an_offered_service_can_be_found(gateway: Gateway, tx: Transaction) -> None:
    service = gateway.offer(tx, "helpline", "Helpline", ["hi-Deva"])

    assert gateway.service(tx, "helpline") == service
    assert gateway.services(tx) == {"helpline": service}


def test_offering_the_same_again_changes_nothing(gateway: Gateway, tx: Transaction) -> None:
    first = gateway.offer(tx, "helpline", "Helpline", ["hi-Deva"])

    assert gateway.offer(tx, "helpline", "Helpline", ["hi-Deva"]) == first
    assert len(list(tx.own(Service))) == 1


def test_a_newer_offer_of_a_name_counts(gateway: Gateway, tx: Transaction) -> None:
    gateway.offer(tx, "helpline", "Helpline", ["hi-Deva"])
    newer = gateway.offer(tx, "helpline", "Helpline", ["hi-Deva", "ja-Jpan"])

    assert gateway.service(tx, "helpline") == newer


def test_a_service_cannot_take_the_name_of_a_provider(gateway: Gateway, tx: Transaction) -> None:
    with pytest.raises(Conflict):
        gateway.offer(tx, "alpha", "Alpha", ["hi-Deva"])


@pytest.mark.parametrize(
    ("name", "languages"), [("Help Line", ["hi-Deva"]), ("helpline", ["hindi"]), ("helpline", [])]
)
def test_an_ill_formed_offer_is_refused(
    gateway: Gateway, tx: Transaction, name: str, languages: list[str]
) -> None:
    with pytest.raises(ValidationError):
        gateway.offer(tx, name, "Helpline", languages)
    assert gateway.services(tx) == {}


def test_a_route_is_kept_in_order_and_the_same_again_changes_nothing(
    gateway: Gateway, tx: Transaction
) -> None:
    gateway.offer(tx, "helpline", "Helpline", ["hi-Deva"])
    first = gateway.route(tx, "helpline", ["beta", "alpha"])

    assert first.providers == ("beta", "alpha")
    assert gateway.route(tx, "helpline", ["beta", "alpha"]) == first
    assert len(list(tx.own(Route))) == 1
    assert gateway.route(tx, "helpline", ["alpha"]) == gateway.routes(tx)["helpline"]


def test_a_route_of_no_service_or_to_no_provider_is_refused(
    gateway: Gateway, tx: Transaction
) -> None:
    with pytest.raises(UnknownService):
        gateway.route(tx, "helpline", ["alpha"])
    gateway.offer(tx, "helpline", "Helpline", ["hi-Deva"])
    with pytest.raises(UnknownProvider):
        gateway.route(tx, "helpline", ["alpha", "gamma"])
    with pytest.raises(ValidationError):
        gateway.route(tx, "helpline", [])
    assert gateway.routes(tx) == {}


def test_a_suspension_lasts_until_its_end_or_until_it_is_lifted(
    gateway: Gateway, tx: Transaction, clock: StoppedClock
) -> None:
    first = gateway.suspend(tx, VENDOR, timedelta(seconds=10), "drill")
    second = gateway.suspend(tx, OTHER, timedelta(seconds=20), "drill")

    assert gateway.suspensions(tx) == [first, second]
    gateway.lift(tx, second, "over")
    assert gateway.suspensions(tx) == [first]
    clock.advance(10)
    assert gateway.suspensions(tx) == []


def test_a_supplier_that_is_not_there_cannot_be_suspended(
    gateway: Gateway, tx: Transaction
) -> None:
    with pytest.raises(NotFound):
        gateway.suspend(tx, NOBODY, timedelta(seconds=10), "drill")


def test_a_snapshot_holds_what_the_proxy_needs(gateway: Gateway, tx: Transaction) -> None:
    gateway.offer(tx, "helpline", "Helpline", ["hi-Deva"])
    gateway.route(tx, "helpline", ["alpha"])

    snapshot = gateway.snapshot(tx)

    assert snapshot.head == tx.head()
    assert set(snapshot.services) == set(snapshot.routes) == {"helpline"}
    assert set(snapshot.providers) == {"alpha", "beta"}


@dataclass(frozen=True)
class Desk:
    """A node that is not served, with a service by alpha, then beta, and a caller's key."""

    node: Node
    secret: str

    async def provider_of(self, proxy: Proxy) -> str:
        """Ask, and return who answered."""
        shown = Shown(self.secret)
        async with proxy.reply("/chat/completions", shown, b'{"model":"s"}', request_id="r") as got:
            return got.provider


@pytest.fixture
def desk(node: Node) -> Desk:
    node.offer("s", ["alpha", "beta"])
    return Desk(node, node.issue_key())


def suspending(proxy: Proxy, supplier: str) -> Snapshot:
    closed = {
        p.name: (Closure(),) for p in proxy.snapshot.providers.values() if p.supplier == supplier
    }
    return replace(proxy.snapshot, head=proxy.snapshot.head + 1, closures=closed)


async def come_true(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0)


def test_a_suspension_is_learnt_while_a_timed_out_attempt_is_being_left(desk: Desk) -> None:
    async def story() -> None:
        alpha, beta = FakeConnection(), FakeConnection()
        beta.goes_on.set()
        beta.lets_go.set()
        proxy = a_proxy(desk.node, {"alpha": alpha, "beta": beta}, attempt_seconds=0.01)
        asking = asyncio.ensure_future(desk.provider_of(proxy))
        await come_true(lambda: alpha.leaving == 1)

        proxy.learn(suspending(proxy, "vendor"), proxy.connections)

        alpha.lets_go.set()
        assert await asking == "beta"

    asyncio.run(story())


def test_a_suspension_is_learnt_while_a_failed_attempt_is_being_left(desk: Desk) -> None:
    async def story() -> None:
        alpha, beta = FakeConnection(status=503), FakeConnection()
        for event in (alpha.goes_on, beta.goes_on, beta.lets_go):
            event.set()
        proxy = a_proxy(desk.node, {"alpha": alpha, "beta": beta})
        asking = asyncio.ensure_future(desk.provider_of(proxy))
        await come_true(lambda: alpha.leaving == 1)

        proxy.learn(suspending(proxy, "vendor"), proxy.connections)

        alpha.lets_go.set()
        assert await asking == "beta"

    asyncio.run(story())


def test_a_suspension_does_not_count_against_the_suppliers_health(desk: Desk) -> None:
    async def story() -> None:
        alpha, beta = FakeConnection(), FakeConnection()
        for event in (alpha.lets_go, beta.goes_on, beta.lets_go):
            event.set()
        proxy = a_proxy(desk.node, {"alpha": alpha, "beta": beta}, failures_to_open=1)
        before = proxy.snapshot
        asking = asyncio.ensure_future(desk.provider_of(proxy))
        await come_true(lambda: bool(alpha.calls))
        proxy.learn(suspending(proxy, "vendor"), proxy.connections)
        assert await asking == "beta"

        proxy.learn(before, proxy.connections)
        alpha.goes_on.set()

        assert await desk.provider_of(proxy) == "alpha"

    asyncio.run(story())


def test_a_caller_who_leaves_does_not_count_against_the_providers_health(desk: Desk) -> None:
    async def story() -> None:
        alpha = FakeConnection()
        alpha.lets_go.set()
        proxy = a_proxy(desk.node, {"alpha": alpha}, failures_to_open=1)
        asking = asyncio.ensure_future(desk.provider_of(proxy))
        await come_true(lambda: bool(alpha.calls))
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert [line.outcome for line in proxy.handled] == ["left"]

        alpha.goes_on.set()

        assert await desk.provider_of(proxy) == "alpha"

    asyncio.run(story())


def test_a_provider_without_a_way_to_it_is_passed_over(desk: Desk) -> None:
    proxy = a_proxy(desk.node, {"alpha": FakeConnection()})
    proxy.learn(proxy.snapshot, {})

    with pytest.raises(Refusal) as caught:
        asyncio.run(desk.provider_of(proxy))

    assert (caught.value.status, caught.value.code) == (503, "no_provider")
    assert [(line.outcome, line.status) for line in proxy.handled] == [("failed", 503)]


def test_a_name_that_is_both_a_service_and_a_provider_is_listed_once(desk: Desk) -> None:
    desk.node.add_provider("s", None)
    proxy = a_proxy(desk.node, {})

    assert asyncio.run(proxy.models(Shown(desk.secret))) == ["s", "alpha", "beta"]
