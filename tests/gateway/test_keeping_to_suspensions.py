"""What is suspended is kept to by the node that serves: its streams, its start, its retries."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from support.arrivals import arrived
from support.clocks import StoppedClock
from support.nodes import bearer
from support.partners import until
from support.stages import SERVICE, Stage, a_stage
from support.supply import DIGEST
from support.taps import Tap, a_tap

from corridor.gateway import Extent, Gateway, Proxy, Suspension

SECONDS = timedelta(seconds=1)
LEASE_SECONDS = 1.0


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("keeping")
    with a_stage(folder, clock=StoppedClock()) as stage:
        yield stage


@pytest.fixture
def clock(served: Stage) -> StoppedClock:
    assert isinstance(served.node.clock, StoppedClock)
    return served.node.clock


@pytest.fixture
def stage(served: Stage) -> Iterator[Stage]:
    served.reset()
    yield served
    with served.node.runtime.store.transaction("test") as tx:
        gateway = served.node.runtime.service(Gateway)
        for each in gateway.stated(tx):
            gateway.lift(tx, each.suspension, "the test is over")
    proxy, now = served.node.runtime.service(Proxy), served.node.clock
    known = tuple(proxy.snapshot.providers.values())
    until(lambda: not any(proxy.snapshot.suspended(each, now()) for each in known))


def cut_with(event: str) -> bool:
    """Tell whether the last event of a stream says that its provider is suspended."""
    return orjson.loads(event)["error"]["code"] == "suspended"


def test_a_suspension_that_says_so_ends_streams_at_once_with_a_typed_error(stage: Stage) -> None:
    stage.alpha.next("hold_in_the_middle")
    with stage.reading() as events:
        assert "alpha" in next(events)
        stage.node.suspend("alpha-inc", extent=Extent(cuts_streams=True))

        assert [cut_with(event) for event in events] == [True]  # nothing else; alpha still holds

    until(lambda: stage.alpha.left == 1)
    [line] = [each for each in stage.node.account(1) if each.provider == "alpha"][-1:]
    assert line.outcome == "failed"
    stage.node.lift(next(iter_own(stage)))
    until(lambda: stage.ask().provider == "alpha")  # being cut does not count against its health


def iter_own(stage: Stage) -> Iterator[Suspension]:
    with stage.node.runtime.store.view() as view:
        yield from stage.node.runtime.service(Gateway).suspensions(view)


def test_what_a_drill_suspends_for_its_own_probes_leaves_all_others_served(stage: Stage) -> None:
    other = stage.node.issue_key(SERVICE, label="probes")
    mine, theirs = stage.node.key_of(stage.secret).id, stage.node.key_of(other).id
    stage.node.suspend("alpha-inc", extent=Extent(key_ids=(theirs,), drill_id=mine))

    assert stage.ask().provider == "alpha"
    until(lambda: stage.ask(headers=bearer(other)).provider == "beta")
    assert stage.ask().provider == "alpha"


def test_a_leased_suspension_falls_away_when_nothing_is_heard_of_its_holder(stage: Stage) -> None:
    runtime = stage.node.runtime
    gateway = runtime.service(Gateway)
    drill = stage.node.key_of(stage.secret).id
    stage.node.suspend("alpha-inc", extent=Extent(is_leased=True, drill_id=drill))
    [held] = iter_own(stage)
    until(lambda: stage.ask().provider == "beta")
    beaten = time.monotonic()
    end = beaten + 3 * LEASE_SECONDS
    while time.monotonic() < end:  # longer than the lease by itself
        before, beaten = beaten, time.monotonic()
        with runtime.store.transaction("test") as tx:
            gateway.beat(tx, [held])
        moved = stage.ask().provider == "beta"
        # Where this test was held up for as long as a lease, it was right to fall away.
        assert moved or time.monotonic() > before + LEASE_SECONDS / 2

    until(lambda: stage.ask().provider == "alpha")
    assert list(iter_own(stage)) == [held]  # nobody has lifted it


@pytest.mark.parametrize(
    "extent",
    [Extent(), Extent(cuts_streams=True, services=("another",))],
    ids=["gentle", "elsewhere"],
)
def test_a_stream_that_no_suspension_cuts_goes_on(stage: Stage, extent: Extent) -> None:
    stage.node.offer("another", ["alpha"])
    stage.alpha.next("hold_in_the_middle")
    with stage.reading() as events:
        assert "alpha" in next(events)
        stage.node.suspend("alpha-inc", extent=extent)
        until(lambda: bool(stage.node.runtime.service(Proxy).snapshot.closures))
        stage.alpha.release()
        assert list(events)[-1] == "[DONE]"


def test_a_suspension_that_begins_later_cuts_streams_when_its_time_comes(
    stage: Stage, clock: StoppedClock
) -> None:
    stage.node.suspend("alpha-inc", 60, Extent(starts=clock() + 5 * SECONDS, cuts_streams=True))
    until(lambda: bool(stage.node.runtime.service(Proxy).snapshot.closures))
    head = stage.node.runtime.service(Proxy).snapshot.head
    stage.alpha.next("hold_in_the_middle")
    with stage.reading() as events:
        assert "alpha" in next(events)

        clock.advance(5)

        assert [cut_with(event) for event in events] == [True]
    assert stage.ask().provider == "beta"
    clock.advance(60)
    assert stage.ask().provider == "alpha"
    assert stage.node.runtime.service(Proxy).snapshot.head == head  # by the clock alone


def test_a_partners_suspension_cuts_streams_that_come_through_its_node(stage: Stage) -> None:
    stage.node.add_provider("through", stage.alpha.url, supplier="jp-inc", served="near")
    stage.node.offer("abroad", ["through"])
    until(lambda: stage.ask(model="abroad").status == 200)
    stage.alpha.next("hold_in_the_middle")
    theirs = Suspension(
        made_at=stage.node.clock(),
        visibility="partners",
        until=stage.node.clock() + 60 * SECONDS,
        model_sha256=DIGEST,
        cuts_streams=True,
        reason="their order",
    )
    with stage.reading(model="abroad") as events:
        assert "alpha" in next(events)
        arrived(stage.node.runtime.store, theirs)  # our own way to that model: proposed, not cut
        until(lambda: bool(waiting(stage)))
        assert stage.ask(model="abroad").status == 200

        with stage.node.runtime.store.transaction("test") as tx:
            stage.node.runtime.service(Gateway).confirm(tx, theirs.id, "we follow")

        assert [cut_with(event) for event in events] == [True]
    assert "suspended" in stage.ask(model="abroad").text


def waiting(stage: Stage) -> list[str]:
    with stage.node.runtime.store.view() as view:
        return [each.id for each in stage.node.runtime.service(Gateway).proposals(view)]


def test_a_suspension_of_one_service_leaves_another_its_provider(stage: Stage) -> None:
    stage.node.offer("advice", ["alpha", "beta"])
    until(lambda: stage.ask(model="advice").provider == "alpha")
    stage.node.suspend("alpha-inc", extent=Extent(services=(SERVICE,)))

    until(lambda: stage.ask().provider == "beta")
    assert stage.ask(model="advice").provider == "alpha"
    assert stage.ask(model="alpha").provider == "alpha"


@pytest.fixture
def tap() -> Iterator[Tap]:
    with a_tap() as tap:
        yield tap


WAYS: tuple[dict[str, object], ...] = (
    {},
    {"stream": True},
    {"model": "tapped"},
    {"model": "tapped", "stream": True},
    {"model": "partners"},
    {"model": "tapped", "path": "/v1/embeddings", "input": "hello"},
)


def ask_every_way(stage: Stage) -> None:
    """Ask so that every reason to go to a provider comes up, the others well or failing."""
    for mode in ("answer", "503", "hang_after_headers", "403 content"):
        stage.alpha.mode = stage.beta.mode = mode
        for way in WAYS:
            stage.ask(**way)  # pyright: ignore[reportArgumentType]


def test_no_byte_leaves_for_a_suspended_provider(tmp_path: Path, tap: Tap) -> None:
    quick = {"attempt_seconds": 0.2, "first_byte_seconds": 0.2, "overall_seconds": 0.5}
    with a_stage(tmp_path, gateway={**quick, "failures_to_open": 1}) as stage:
        stage.node.stop()
        stage.node.add_provider("tapped", tap.url, supplier="tapped-inc")
        stage.node.add_provider("partners", tap.url, supplier="jp-inc", credential="node:jp")
        stage.node.offer(SERVICE, ["tapped", "partners", "alpha", "beta"])
        stage.node.suspend("tapped-inc")
        stage.node.suspend("jp-inc")
        stage.node.start()

        ask_every_way(stage)
        stage.node.stop()
        stage.node.start()
        ask_every_way(stage)

        assert tap.touched == (0, 0)
        for suspension in list(iter_own(stage)):
            stage.node.lift(suspension)
        until(lambda: stage.ask(model="tapped").status == 503 and tap.touched > (0, 0))
