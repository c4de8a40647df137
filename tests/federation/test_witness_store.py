"""The tables of witnessing, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from support.builders import NOON, a_store, an_identity
from support.logs import ALog

from corridor.core.errors import Conflict
from corridor.core.store import Store
from corridor.federation import Evidence, Fork
from corridor.federation.records import Claimed, Cosigned, Taken, Witnessed
from corridor.federation.store import MIGRATIONS
from corridor.federation.store import witness as tables

LARGE = 2**40
"""More than 32 bits hold."""


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    opened = a_store(tmp_path, an_identity("south"), migrations=MIGRATIONS, url=store_url)
    yield opened
    opened.close()


def a_state(size: int) -> Witnessed:
    return Witnessed(
        origin="north", size=size, root=b"\x00\xff" * 16, note=f"{size}", cosigned_at=LARGE
    )


def a_claim(size: int) -> Claimed:
    return Claimed(
        origin="north", size=size, root=b"r" * 32, note="n", told_by="west", told_at=NOON
    )


def a_taken(size: int, cosignatures: int) -> Taken:
    return Taken(log="south", size=size, note=f"{size}", cosignatures=cosignatures, taken_at=NOON)


def test_the_last_cosigned_state_of_a_log_takes_the_place_of_the_one_before(store: Store) -> None:
    for size in (1, LARGE):
        with store.transaction("test") as tx:
            tables.keep_witnessed(tx, a_state(size))

    with store.view() as view:
        assert tables.every_witnessed(view) == [a_state(LARGE)]
        assert tables.witnessed_of(view, "north") == a_state(LARGE)
        assert tables.witnessed_of(view, "west") is None


def test_of_writers_that_saw_the_same_state_one_alone_goes_on_from_it(store: Store) -> None:
    with store.transaction("test") as tx:
        tables.keep_witnessed(tx, a_state(0))

    def advance(size: int) -> bool:
        try:
            with store.transaction("test") as tx:
                last = tables.witnessed_of(tx, "north")
                if last is None or last.size != 0:
                    raise Conflict("Another was first.")
                tables.keep_witnessed(tx, a_state(size))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(advance, range(1, 33))) == 1


def test_claims_are_kept_in_order_and_dropped_one_by_one(store: Store) -> None:
    with store.transaction("test") as tx:
        for size in (LARGE, 3, 7):
            tables.keep_claim(tx, a_claim(size))
    with store.transaction("test") as tx:
        tables.drop_claim(tx, a_claim(7))

    with store.view() as view:
        assert tables.claims_of(view) == [a_claim(3), a_claim(LARGE)]
        assert tables.claims_of(view, "west") == []


def test_old_checkpoints_are_forgotten_and_the_newest_settled_one_is_not(store: Store) -> None:
    for size in range(1, 60):
        with store.transaction("test") as tx:
            tables.keep_taken(tx, a_taken(size, 2 if size == 9 else 1), quorum=2)

    with store.view() as view:
        assert tables.taken_of(view, "south") == a_taken(59, 1)
        assert tables.taken_of(view, "south", quorum=2) == a_taken(9, 2)
        assert tables.taken_of(view, "south", 30) is None
        kept = [size for size in range(60) if tables.taken_of(view, "south", size)]
    assert len(kept) == tables.MAX_CHECKPOINTS + 1


def test_what_a_witness_cosigned_stays_when_it_fails_afterwards(store: Store) -> None:
    with store.transaction("test") as tx:
        tables.keep_cosigned(tx, "south", "vkey", error="gone")
        tables.keep_cosigned(
            tx, "south", "vkey", size=LARGE, cosigned_at=NOON.isoformat(), error=None
        )
    with store.transaction("test") as tx:
        tables.keep_cosigned(tx, "south", "vkey", error="gone again")

    with store.view() as view:
        assert tables.cosigned_by(view) == [
            Cosigned(log="south", witness="vkey", size=LARGE, cosigned_at=NOON, error="gone again")
        ]


def test_own_forks_are_not_followed(store: Store) -> None:
    log = ALog().grow(3)
    evidence = Evidence(
        smaller=log.note(), larger=log.fork(1, 2).note(), root=log.fork(1, 2).root(3).hex()
    )
    with store.transaction("test") as tx:
        tx.append(
            Fork(
                made_at=NOON + timedelta(seconds=1),
                visibility="partners",
                log="north",
                public_key=log.identity.signer.public.hex,
                evidence=evidence,
            )
        )
    with store.view() as view:
        assert tables.forks_told(view, 0) == []
