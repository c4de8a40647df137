"""A node's word that its grants stand: who may have it, which is taken, and how it is kept fresh."""

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.borders import Border, Side, a_border, a_grant, take_in
from support.builders import NOON, Note
from support.partners import a_raw_server, pull, until

from corridor.access.errors import NotTrusted
from corridor.access.jobs.leases import keep_leases
from corridor.access.records import Lease, Revocation
from corridor.access.rules.borders import is_news, may_wait, refresh_seconds
from corridor.access.service.borders import LEASE_TYPE
from corridor.core.canonical import canonical
from corridor.core.errors import CorridorError, Invalid
from corridor.core.signing import Signer, opened, sealed
from corridor.core.statements import statement_of
from corridor.core.store import LogHeld
from corridor.federation import Partner
from corridor.federation.jobs import keep_synced


@pytest.fixture
def border(tmp_path: Path) -> Iterator[Border]:
    with a_border(tmp_path, lease_refresh_seconds=0.05) as border:
        yield border


def a_lease(made_at: datetime = NOON, **fields: object) -> Lease:
    said = {"issuer": "jp", "audience": "in", "made_at": made_at, "log_size": 7, **fields}
    return Lease.model_validate(said)


def read(border: Border, lease: Lease, signer: Signer | None = None) -> Lease:
    """Let `in` read a lease that `jp`, or another, signed."""
    key = signer or border.jp.runtime.identity.signer
    envelope = sealed(canonical(lease.model_dump(mode="json")), key, LEASE_TYPE)
    return border.at_in.borders.read_lease(border.at_in.partner("jp"), envelope, border.clock())


def test_a_partner_is_told_how_long_the_log_is_now(border: Border) -> None:
    border.renew()
    before = border.at_in.lease("jp")
    border.jp.state(Note(made_at=NOON))
    border.clock.advance(1)
    border.renew()
    after = border.at_in.lease("jp")

    assert before is not None
    assert after is not None
    assert after.made_at - before.made_at == timedelta(seconds=1)
    assert after.log_size == before.log_size + 1
    assert (after.issuer, after.audience) == ("jp", "in")


def test_nobody_but_a_partner_is_given_a_lease(border: Border) -> None:
    url = f"{border.jp.runtime.address}/access/lease"
    assert httpx2.get(url).status_code == 403

    border.jp.suspend("in")

    with pytest.raises(CorridorError, match="does not accept this node's signature"):
        border.renew()


def test_a_node_whose_log_may_lack_something_vouches_for_nothing(border: Border) -> None:
    with border.jp.runtime.store.transaction("test") as tx:
        tx.hold("restored from a backup")

    with border.jp.runtime.store.view() as view, pytest.raises(LogHeld):
        border.jp.borders.vouch(view, "in", NOON)
    with pytest.raises(CorridorError):
        border.renew()
    assert border.at_in.lease("jp") is None


def test_a_lease_that_another_signed_is_refused(border: Border) -> None:
    with pytest.raises(NotTrusted, match="no lease that it signed"):
        read(border, a_lease(), Signer.generate())


def test_a_signed_record_is_no_lease(border: Border) -> None:
    signer = border.jp.runtime.identity.signer
    envelope = sealed(statement_of(Note(made_at=NOON), "jp"), signer)

    with pytest.raises(NotTrusted, match="no lease that it signed"):
        border.at_in.borders.read_lease(border.at_in.partner("jp"), envelope, NOON)


def test_a_lease_is_no_record(border: Border) -> None:
    signer = border.jp.runtime.identity.signer
    lease = canonical(a_lease().model_dump(mode="json"))
    envelope = sealed(lease, signer, LEASE_TYPE)

    assert opened(envelope, signer.public, LEASE_TYPE) == lease
    with pytest.raises(Invalid, match=r"vnd\.corridor\.lease"):
        opened(envelope, signer.public)


@pytest.mark.parametrize("field", ["audience", "issuer"])
def test_a_lease_for_another_node_or_of_another_is_refused(border: Border, field: str) -> None:
    with pytest.raises(NotTrusted, match="answered with a lease of"):
        read(border, a_lease().model_copy(update={field: "kr"}))


@pytest.mark.parametrize(
    ("days", "message"),
    [(365, "31536000 s in the future"), (-365, "its clock is behind, or somebody shows an old")],
)
def test_a_clock_that_is_a_year_off_is_named(border: Border, days: int, message: str) -> None:
    with pytest.raises(NotTrusted, match=message) as refused:
        read(border, a_lease(NOON + timedelta(days=days)))

    assert "Compare the clocks" in (refused.value.hint or "")


@pytest.mark.parametrize("seconds", [-5, 0, 5])
def test_clocks_may_differ_a_little(border: Border, seconds: int) -> None:
    lease = a_lease(NOON + timedelta(seconds=seconds))

    assert read(border, lease) == lease


def test_an_old_lease_that_is_shown_again_changes_nothing(border: Border) -> None:
    border.renew()
    old = border.at_in.lease("jp")
    border.clock.advance(3)
    border.renew()
    held = border.at_in.lease("jp")

    assert old is not None
    with border.at_in.runtime.store.transaction("test") as tx:
        assert not border.at_in.borders.keep_lease(tx, old)
    assert border.at_in.lease("jp") == held != old


def test_a_log_that_has_shrunk_is_not_vouched_for(border: Border) -> None:
    with border.at_in.runtime.store.transaction("test") as tx:
        border.at_in.borders.keep_lease(tx, a_lease(log_size=9))

    later = a_lease(NOON + timedelta(seconds=1), log_size=8)
    with (
        pytest.raises(NotTrusted, match="has 8 entries; it said 9"),
        border.at_in.runtime.store.transaction("test") as tx,
    ):
        border.at_in.borders.keep_lease(tx, later)


def test_a_lease_from_before_the_clock_was_set_back_is_replaced(border: Border) -> None:
    border.clock.advance(3600)
    border.renew()
    border.clock.advance(-3600)

    assert border.renew()
    lease = border.at_in.lease("jp")
    assert lease is not None
    assert lease.made_at == NOON


seconds = st.floats(-1e6, 1e6)


@given(seconds, st.integers(0, 50), seconds, st.integers(0, 50), seconds)
def test_no_lease_takes_the_place_of_one_that_says_more(
    made: float, size: int, held_made: float, held_size: int, now: float
) -> None:
    at = [NOON + timedelta(seconds=each) for each in (made, held_made, now)]
    lease, held = a_lease(at[0], log_size=size), a_lease(at[1], log_size=held_size)
    try:
        news = is_news(lease, held, at[2])
    except NotTrusted:
        news = False

    believed = held.made_at <= at[2] + timedelta(seconds=5)
    assert not (news and believed and (size < held_size or lease.made_at <= held.made_at))


def test_a_lease_is_asked_for_thrice_before_it_ends_or_as_usual() -> None:
    assert refresh_seconds(15, 60) == 15
    assert refresh_seconds(15, 30) == 10


@pytest.mark.parametrize(
    ("held_age", "held_size", "known", "waits"),
    [
        (10, 5, 5, True),  # heard lately, and new records came
        (10, 5, 7, False),  # all of them are known
        (10, 6, 5, False),  # it was behind already
        (600, 5, 5, False),  # after a silence
    ],
)
def test_a_new_lease_waits_for_the_log_only_among_nodes_that_see_each_other(
    held_age: int, held_size: int, known: int, *, waits: bool
) -> None:
    held = a_lease(NOON - timedelta(seconds=held_age), log_size=held_size)

    assert may_wait(a_lease(), held, known, 15, NOON) is waits
    assert not may_wait(a_lease(), None, known, 15, NOON)


# The background


def in_background(
    side: Side, work: Callable[[], Awaitable[None]] | None = None, *, holds: Callable[[], bool]
) -> None:
    """Keep a node's leases until something holds, and then stop in good order."""

    async def run() -> None:
        stop = asyncio.Event()
        async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
            tasks.create_task(keep_leases(side.runtime, stop, random.Random(1)))  # noqa: S311
            if work is not None:
                await work()
            await asyncio.to_thread(until, holds)
            stop.set()

    asyncio.run(run())


def test_a_node_asks_those_on_whose_grants_it_relies_again_and_again(border: Border) -> None:
    border.grant(tier=3)
    seen: set[datetime] = set()

    def heard_thrice() -> bool:
        border.clock.advance(0.01)
        if lease := border.at_in.lease("jp"):
            seen.add(lease.made_at)
        return len(seen) >= 3

    in_background(border.at_in, holds=heard_thrice)

    assert len(seen) == 3


def test_a_grant_that_comes_while_it_runs_is_noticed(border: Border) -> None:
    async def granted_later() -> None:
        await asyncio.sleep(0.2)
        assert border.at_in.lease("jp") is None
        await asyncio.to_thread(border.grant)

    in_background(border.at_in, granted_later, holds=lambda: border.at_in.lease("jp") is not None)


def test_a_node_that_granted_nothing_here_is_not_asked(border: Border) -> None:
    border.grant(tier=1, node="kr")
    border.grant(tier=1, until=border.clock() - timedelta(seconds=1))

    async def a_while() -> None:
        await asyncio.sleep(0.4)

    in_background(border.at_in, a_while, holds=lambda: True)

    assert border.at_in.lease("jp") is None


def test_a_partner_that_does_not_answer_delays_no_other(border: Border) -> None:
    border.grant(tier=1)
    signer, released = Signer.generate(), threading.Event()
    asked = threading.Event()

    def silent(_: object) -> None:
        asked.set()
        released.wait(60)

    with a_raw_server(silent) as url:
        key = signer.public.hex
        border.at_in.state(Partner(made_at=NOON, name="kr", url=url, public_key=key))
        take_in(border.at_in, signer, "kr", a_grant("ab" * 16, border.clock))
        try:
            in_background(
                border.at_in,
                holds=lambda: asked.is_set() and border.at_in.lease("jp") is not None,
            )
        finally:
            released.set()

    assert border.at_in.lease("kr") is None


def test_after_a_silence_the_node_is_asked_until_it_answers_again(border: Border) -> None:
    grant = border.grant(tier=3)
    border.renew()
    border.jp.stop()
    border.clock.advance(600)
    assert not border.decide(grant).allowed

    async def healed() -> None:
        await asyncio.sleep(0.3)
        await asyncio.to_thread(border.jp.start)

    in_background(border.at_in, healed, holds=lambda: border.decide(grant).allowed)


def test_among_nodes_that_see_each_other_a_busy_log_closes_nothing(border: Border) -> None:
    grant = border.grant(tier=3)
    border.renew()
    outcomes: set[str] = set()

    def caught_up() -> bool:
        outcomes.add(border.decide(grant).outcome)
        lease = border.at_in.lease("jp")
        return lease is not None and lease.made_at > NOON + timedelta(seconds=1)

    async def busy() -> None:
        for _ in range(5):
            border.clock.advance(1)
            border.jp.state(Note(made_at=NOON))
            await asyncio.sleep(0.1)
            outcomes.add(border.decide(grant).outcome)
            await asyncio.to_thread(pull, border.at_in.runtime, border.at_in.partner("jp"))

    in_background(border.at_in, busy, holds=caught_up)

    assert outcomes == {"allow"}


def test_once_the_nodes_see_each_other_again_nothing_opens_that_was_revoked_meanwhile(
    border: Border,
) -> None:
    grant = border.grant(tier=1)
    border.renew()
    border.jp.stop()
    border.clock.advance(7200)
    outcomes: list[str] = []

    def revoked() -> bool:
        decision = border.decide(grant)
        outcomes.append(decision.outcome)
        return decision.reasons == ("revoked",)

    async def healed() -> None:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(keep_synced(border.at_in.runtime, stop))
            await asyncio.sleep(0.3)
            assert border.decide(grant).allowed  # its tier may go on offline
            said = {"scope": "grant", "target": grant.record.id, "reason": "has left"}
            fields = {"made_at": border.clock(), "visibility": "partners", **said}
            border.jp.state(Revocation.model_validate(fields))
            await asyncio.to_thread(border.jp.start)
            await asyncio.to_thread(until, revoked)
            stop.set()

    in_background(border.at_in, healed, holds=revoked)

    first = outcomes.index("deny")
    assert "allow" not in outcomes[first:]
