import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from support.builders import NOON
from support.clocks import StoppedClock
from support.connections import FakeConnection
from support.nodes import Node, a_node
from support.supply import a_provider

from corridor.catalogue import Connection, UnknownProvider
from corridor.core.errors import Conflict, NotFound
from corridor.core.store import Transaction
from corridor.gateway import (
    ApiKey,
    ApiKeyRevoked,
    Gateway,
    Proxy,
    Refusal,
    Route,
    Service,
    Suspension,
    UnknownKey,
    UnknownService,
)
from corridor.gateway.rules import Snapshot
from corridor.gateway.service import key_digest
from corridor.gateway.settings import GatewaySettings


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


def test_a_key_is_kept_by_its_hash_and_stays_on_the_node(node: Node, gateway: Gateway) -> None:
    with node.runtime.store.transaction("test") as tx:
        key, secret = gateway.issue_key(tx, "app", ["helpline"])

    assert key.sha256 == key_digest(secret)
    assert secret.startswith(key.prefix)
    assert key.visibility == "internal"
    node.runtime.store.close()
    for file in node.home.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes()


def test_no_two_keys_are_alike(gateway: Gateway, tx: Transaction) -> None:
    secrets = {gateway.issue_key(tx, "app", ["*"])[1] for _ in range(50)}

    assert len(secrets) == 50
    assert min(len(secret) for secret in secrets) >= 43


def test_a_key_for_nothing_is_refused(gateway: Gateway, tx: Transaction) -> None:
    with pytest.raises(ValidationError):
        gateway.issue_key(tx, "app", [])


def test_a_lifetime_ends_a_key(gateway: Gateway, tx: Transaction) -> None:
    key, _ = gateway.issue_key(tx, "app", ["*"], timedelta(days=2))

    assert key.expires_at == NOON + timedelta(days=2)


def test_a_revoked_key_is_in_force_no_more_and_cannot_be_revoked_again(
    gateway: Gateway, tx: Transaction
) -> None:
    key, _ = gateway.issue_key(tx, "app", ["*"])
    other, _ = gateway.issue_key(tx, "app", ["*"])

    gateway.revoke_key(tx, key.prefix, "lost")

    assert gateway.keys(tx) == [other]
    assert [(r.key_id, r.reason) for r in tx.own(ApiKeyRevoked)] == [(key.id, "lost")]
    assert len(list(tx.own(ApiKey))) == 2
    with pytest.raises(UnknownKey):
        gateway.revoke_key(tx, key.prefix, "lost")


def test_a_suspension_lasts_until_its_end_or_until_it_is_lifted(
    gateway: Gateway, tx: Transaction, clock: StoppedClock
) -> None:
    first = gateway.suspend(tx, "vendor", timedelta(seconds=10), "drill")
    second = gateway.suspend(tx, "other", timedelta(seconds=20), "drill")

    assert gateway.suspensions(tx) == [first, second]
    gateway.lift(tx, second, "over")
    assert gateway.suspensions(tx) == [first]
    clock.advance(10)
    assert gateway.suspensions(tx) == []


def test_a_supplier_that_is_not_there_cannot_be_suspended(
    gateway: Gateway, tx: Transaction
) -> None:
    with pytest.raises(NotFound):
        gateway.suspend(tx, "nobody", timedelta(seconds=10), "drill")


def test_a_snapshot_holds_what_the_proxy_needs_and_no_revoked_key(
    gateway: Gateway, tx: Transaction
) -> None:
    gateway.offer(tx, "helpline", "Helpline", ["hi-Deva"])
    gateway.route(tx, "helpline", ["alpha"])
    kept, _ = gateway.issue_key(tx, "app", ["*"])
    revoked, _ = gateway.issue_key(tx, "app", ["*"])
    gateway.revoke_key(tx, revoked.prefix, "lost")

    snapshot = gateway.snapshot(tx)

    assert snapshot.head == tx.head()
    assert set(snapshot.services) == set(snapshot.routes) == {"helpline"}
    assert set(snapshot.providers) == {"alpha", "beta"}
    assert dict(snapshot.keys) == {kept.sha256: kept}


SECRET = "ck-a-key-of-a-test"  # noqa: S105


def a_proxy(ways: dict[str, Connection], **settings: float) -> Proxy:
    """Return a proxy that knows some providers, each of a supplier of the same name."""
    key = ApiKey(made_at=NOON, label="app", prefix="ck-a", sha256=key_digest(SECRET), models=("*",))
    proxy = Proxy(GatewaySettings.model_validate(settings), lambda: NOON)
    proxy.snapshot = Snapshot(
        head=1,
        services={"s": Service(made_at=NOON, name="s", title="S", languages=("en-Latn",))},
        routes={"s": Route(made_at=NOON, service="s", providers=tuple(ways))},
        providers={name: a_provider(name, supplier=name) for name in ways},
        keys={key.sha256: key},
    )
    proxy.connections = dict(ways)
    return proxy


def suspending(proxy: Proxy, supplier: str) -> Snapshot:
    later = NOON + timedelta(hours=1)
    suspension = Suspension(made_at=NOON, supplier=supplier, until=later, reason="test")
    return replace(proxy.snapshot, head=proxy.snapshot.head + 1, suspensions=(suspension,))


async def provider_of(proxy: Proxy) -> str:
    async with proxy.reply("/chat/completions", SECRET, b'{"model":"s"}', request_id="r") as reply:
        return reply.provider


async def come_true(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0)


def test_a_suspension_is_learnt_while_a_timed_out_attempt_is_being_left() -> None:
    async def story() -> None:
        alpha, beta = FakeConnection(), FakeConnection()
        beta.goes_on.set()
        beta.lets_go.set()
        proxy = a_proxy({"alpha": alpha, "beta": beta}, attempt_seconds=0.01)
        asking = asyncio.ensure_future(provider_of(proxy))
        await come_true(lambda: alpha.leaving == 1)

        proxy.learn(suspending(proxy, "alpha"), proxy.connections)

        alpha.lets_go.set()
        assert await asking == "beta"

    asyncio.run(story())


def test_a_suspension_is_learnt_while_a_failed_attempt_is_being_left() -> None:
    async def story() -> None:
        alpha, beta = FakeConnection(status=503), FakeConnection()
        for event in (alpha.goes_on, beta.goes_on, beta.lets_go):
            event.set()
        proxy = a_proxy({"alpha": alpha, "beta": beta})
        asking = asyncio.ensure_future(provider_of(proxy))
        await come_true(lambda: alpha.leaving == 1)

        proxy.learn(suspending(proxy, "alpha"), proxy.connections)

        alpha.lets_go.set()
        assert await asking == "beta"

    asyncio.run(story())


def test_a_suspension_does_not_count_against_the_suppliers_health() -> None:
    async def story() -> None:
        alpha, beta = FakeConnection(), FakeConnection()
        for event in (alpha.lets_go, beta.goes_on, beta.lets_go):
            event.set()
        proxy = a_proxy({"alpha": alpha, "beta": beta}, failures_to_open=1)
        before = proxy.snapshot
        asking = asyncio.ensure_future(provider_of(proxy))
        await come_true(lambda: bool(alpha.calls))
        proxy.learn(suspending(proxy, "alpha"), proxy.connections)
        assert await asking == "beta"

        proxy.learn(before, proxy.connections)
        alpha.goes_on.set()

        assert await provider_of(proxy) == "alpha"

    asyncio.run(story())


def test_a_caller_who_leaves_does_not_count_against_the_providers_health() -> None:
    async def story() -> None:
        alpha = FakeConnection()
        alpha.lets_go.set()
        proxy = a_proxy({"alpha": alpha}, failures_to_open=1)
        asking = asyncio.ensure_future(provider_of(proxy))
        await come_true(lambda: bool(alpha.calls))
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert [line.outcome for line in proxy.handled] == ["left"]

        alpha.goes_on.set()

        assert await provider_of(proxy) == "alpha"

    asyncio.run(story())


def test_a_provider_without_a_way_to_it_is_passed_over() -> None:
    proxy = a_proxy({"alpha": FakeConnection()})
    proxy.connections = {}

    with pytest.raises(Refusal) as caught:
        asyncio.run(provider_of(proxy))

    assert (caught.value.status, caught.value.code) == (503, "no_provider")
    assert [(line.outcome, line.status) for line in proxy.handled] == [("failed", 503)]


def test_a_name_that_is_both_a_service_and_a_provider_is_listed_once() -> None:
    proxy = a_proxy({"s": FakeConnection()})

    assert proxy.models(SECRET) == ["s"]
