"""Writing the account: what is promised, what is refused when nothing more can be kept."""

import asyncio
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.decided import (
    SECRETS,
    a_deciding_process,
    a_store_for_decisions,
    an_account,
    identity_in,
    some_decided,
)
from support.writers import check_the_account

from corridor.access.errors import NotAccounted
from corridor.access.jobs.account import MOST_AT_ONCE, Accountant
from corridor.access.records.account import Answered, Decided
from corridor.access.rules.account import ANSWERED
from corridor.access.service.account import PIECE, Account
from corridor.access.settings import AccessSettings
from corridor.access.store.account import Which
from corridor.core.store import Store, Transaction

STRICT, NORMAL = AccessSettings(strict_audit=True), AccessSettings(audit_seconds=0.02)
ANY = Which()


@pytest.fixture
def store(tmp_path: Path, store_url: str) -> Iterator[Store]:
    store = a_store_for_decisions(tmp_path, store_url)
    yield store
    store.close()


def kept(store: Store) -> list[str]:
    """The requests in the account, the oldest first; the whole account must hold."""
    with store.view() as view:
        account = an_account()
        [checked] = account.checked(view)
        assert not checked.faults
        found = [e.decided.request_id for e in account.decided_between(view, ANY, 10_000)]
    return found[::-1]


async def until_empty(accountant: Accountant) -> None:
    async with asyncio.timeout(60):
        while accountant.waiting:
            await asyncio.sleep(0.005)


def test_a_strict_decision_is_durable_when_it_is_promised(store: Store) -> None:
    async def decide() -> None:
        async with Accountant(store, an_account(), STRICT).at_work() as accountant:
            for number in range(3):
                await accountant.note(some_decided(f"r{number}"))
                assert len(kept(store)) == number + 1

    asyncio.run(decide())


def test_many_callers_share_a_commit(store: Store) -> None:
    async def decide() -> None:
        async with Accountant(store, an_account(), STRICT).at_work() as accountant:
            notes = (accountant.note(some_decided(f"r{number}")) for number in range(200))
            await asyncio.gather(*notes)

    asyncio.run(decide())

    assert kept(store) == [f"r{number}" for number in range(200)]


@dataclass(frozen=True, slots=True)
class Counted(Account):
    """An account that counts how often its writer rests in each batch."""

    rests: list[int] = field(default_factory=list[int])

    def write(
        self,
        tx: Transaction,
        items: Sequence[Decided | Answered],
        rest: Callable[[], object] | None = None,
    ) -> None:
        """Count, and write."""
        self.rests.append(0)

        def counted() -> None:
            self.rests[-1] += 1

        Account.write(self, tx, items, counted if rest is not None else None)


def test_the_writer_leaves_callers_room_unless_somebody_waits_or_much_does(store: Store) -> None:
    account = Counted(SECRETS)

    async def decide(settings: AccessSettings, number: int) -> list[int]:
        account.rests.clear()
        async with Accountant(store, account, settings).at_work() as accountant:
            names = (f"r{settings.strict_audit}-{number}-{each}" for each in range(number))
            await asyncio.gather(*(accountant.note(some_decided(name)) for name in names))
            await until_empty(accountant)
        return list(account.rests)

    assert asyncio.run(decide(NORMAL, 2 * PIECE + 1)) == [2]
    assert asyncio.run(decide(NORMAL, PIECE)) == [0]
    assert asyncio.run(decide(STRICT, 2 * PIECE + 1)) == [0]
    assert asyncio.run(decide(NORMAL, MOST_AT_ONCE)) == [0]
    assert len(kept(store)) == 2 * (2 * PIECE + 1) + PIECE + MOST_AT_ONCE


def test_a_normal_decision_is_not_waited_for_and_durable_soon(store: Store) -> None:
    async def decide() -> None:
        async with Accountant(store, an_account(), NORMAL).at_work() as accountant:
            for number in range(50):
                await accountant.note(some_decided(f"r{number}"))
            assert accountant.waiting == 50
            await until_empty(accountant)

    asyncio.run(decide())

    assert kept(store) == [f"r{number}" for number in range(50)]


def test_what_is_left_is_written_at_the_end_and_nothing_is_taken_after_it(store: Store) -> None:
    accountant = Accountant(store, an_account(), AccessSettings(audit_seconds=1.0))

    async def decide() -> None:
        async with accountant.at_work():
            for number in range(300):
                await accountant.note(some_decided(f"r{number}"))
        with pytest.raises(NotAccounted, match="not being written"):
            await accountant.note(some_decided("late"))

    asyncio.run(decide())

    assert len(kept(store)) == 300


def test_it_can_be_begun_again_in_another_loop(store: Store) -> None:
    accountant = Accountant(store, an_account(), STRICT)

    async def decide(name: str) -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(accountant.run(stop))
        await asyncio.sleep(0)
        await accountant.note(some_decided(name))
        stop.set()
        await running

    asyncio.run(decide("first"))
    asyncio.run(decide("second"))

    assert kept(store) == ["first", "second"]


def test_callers_that_bring_more_than_is_written_are_held_and_none_is_refused(
    store: Store,
) -> None:
    most = 0

    async def caller(accountant: Accountant, name: int) -> None:
        nonlocal most
        for number in range(40):
            await accountant.note(some_decided(f"r{name}-{number}"))
            most = max(most, accountant.waiting)

    async def decide() -> None:
        accountant = Accountant(store, an_account(), NORMAL, most_waiting=60, crowded=30)
        async with accountant.at_work(), asyncio.timeout(60):
            await asyncio.gather(*(caller(accountant, name) for name in range(20)))

    asyncio.run(decide())

    assert most < 60, "nobody came to where decisions are refused"
    assert len(kept(store)) == 20 * 40


def test_while_the_store_is_down_nobody_is_held_for_good(tmp_path: Path) -> None:
    store = a_store_for_decisions(tmp_path)
    where = tmp_path / "store.db"

    async def decide() -> None:
        accountant = Accountant(store, an_account(), NORMAL, most_waiting=50, crowded=2)
        async with accountant.at_work(), asyncio.timeout(60):
            store.close()
            where.rename(tmp_path / "away")
            where.mkdir()
            for number in range(6):
                await accountant.note(some_decided(f"r{number}"))
            where.rmdir()
            (tmp_path / "away").rename(where)
            await until_empty(accountant)

    asyncio.run(decide())

    assert kept(store) == [f"r{number}" for number in range(6)]
    store.close()


@pytest.mark.parametrize("settings", [STRICT, NORMAL])
def test_while_the_store_is_down_strict_refuses_and_normal_keeps_up_to_its_bound(
    tmp_path: Path, settings: AccessSettings
) -> None:
    store = a_store_for_decisions(tmp_path)
    where = tmp_path / "store.db"
    refused = 0

    async def decide() -> None:
        nonlocal refused
        accountant = Accountant(store, an_account(), settings, most_waiting=5)
        async with accountant.at_work():
            store.close()
            where.rename(tmp_path / "away")
            where.mkdir()
            for number in range(8):
                try:
                    await accountant.note(some_decided(f"r{number}"))
                except NotAccounted:
                    refused += 1
            accountant.answered(Answered(request_id="r0", at=1.0, who="x", answer_sha256="ab" * 32))
            where.rmdir()
            (tmp_path / "away").rename(where)
            await until_empty(accountant)
            await accountant.note(some_decided("after"))

    asyncio.run(decide())

    strict = settings.strict_audit
    assert refused == (8 if strict else 3)
    assert kept(store) == [*([] if strict else [f"r{n}" for n in range(5)]), "after"]
    with store.view() as view:
        assert len(view.audited(act=ANSWERED)) == 1, "an answer is always taken"
    store.close()


def test_a_decision_may_be_strict_where_the_node_is_not(store: Store) -> None:
    async def decide() -> None:
        slow = AccessSettings(audit_seconds=1.0)
        async with Accountant(store, an_account(), slow).at_work() as accountant:
            await accountant.note(some_decided("normal"))
            assert kept(store) == []
            await accountant.note(some_decided("strict"), strict=True)
            assert kept(store) == ["normal", "strict"]

    asyncio.run(decide())


def test_a_decision_may_be_normal_where_the_node_is_strict(store: Store) -> None:
    async def decide() -> None:
        async with Accountant(store, an_account(), STRICT).at_work() as accountant:
            await accountant.note(some_decided("normal"), strict=False)
            assert accountant.waiting == 1
            await until_empty(accountant)

    asyncio.run(decide())

    assert kept(store) == ["normal"]


@pytest.mark.parametrize("settings", [STRICT, NORMAL])
def test_a_decision_that_cannot_be_written_takes_no_other_with_it(
    store: Store, settings: AccessSettings
) -> None:
    broken = some_decided("broken").model_copy(update={"project": None})

    async def decide() -> list[BaseException | None]:
        async with Accountant(store, an_account(), settings).at_work() as accountant:
            items = (some_decided("r1"), broken, some_decided("r2"))
            notes = [accountant.note(item) for item in items]
            return await asyncio.gather(*notes, return_exceptions=True)

    told = asyncio.run(decide())

    assert kept(store) == ["r1", "r2"]
    assert [type(each) for each in told if each] == [NotAccounted] * settings.strict_audit


def test_a_caller_that_leaves_takes_nobody_with_it(store: Store) -> None:
    async def decide() -> None:
        async with Accountant(store, an_account(), STRICT).at_work() as accountant:
            leaving = asyncio.create_task(accountant.note(some_decided("left")))
            staying = asyncio.create_task(accountant.note(some_decided("stayed")))
            await asyncio.sleep(0)
            leaving.cancel()
            await staying

    asyncio.run(decide())

    assert kept(store) == ["left", "stayed"]


def test_every_decision_that_was_promised_is_there_after_a_kill(
    store_url: str, tmp_path: Path
) -> None:
    with a_deciding_process(tmp_path, store_url, "life") as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(200)]
        process.kill()
        said += process.stdout.read().split("\n")[:-1]  # the last may be torn
    assert process.returncode == -signal.SIGKILL

    store = a_store_for_decisions(tmp_path, store_url)
    promised = {line.strip() for line in said}
    assert len(promised) >= 200
    assert promised <= set(kept(store))
    with store.view() as view:
        check_the_account(view, identity_in(tmp_path))
    store.close()
