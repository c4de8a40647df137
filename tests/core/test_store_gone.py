"""A store that goes and comes back while threads read and write: none is left waiting, and none fails for good."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.builders import NOON, Note, a_store
from support.partners import until
from support.stages import database_gone

from corridor.core.store import Store, StoreUnavailable

ROUNDS = 12
WRITERS, READERS = 4, 4


@dataclass
class Hand:
    """A thread that does one thing again and again, and counts how it went."""

    store: Store
    writes: bool
    done: int = 0
    refused: int = 0
    told: list[str] = field(default_factory=list[str])

    def work(self, stop: threading.Event) -> None:
        while not stop.wait(0.001):
            try:
                self.told += [self._one_turn()]
            except StoreUnavailable:
                self.refused += 1
            else:
                self.done += 1

    def _one_turn(self) -> str:
        if not self.writes:
            with self.store.view() as view:
                return str(view.head())
        with self.store.transaction("test") as tx:
            return tx.append(Note(made_at=NOON)).record_id


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = a_store(tmp_path)
    yield made
    made.close()


def test_whoever_reads_or_writes_is_told_and_goes_on_once_the_store_is_back(
    store: Store,
) -> None:
    hands = [Hand(store, writes) for writes in (True,) * WRITERS + (False,) * READERS]
    stop = threading.Event()
    with ThreadPoolExecutor(len(hands)) as threads:
        working = [threads.submit(hand.work, stop) for hand in hands]
        try:
            for _ in range(ROUNDS):
                with database_gone(Path(str(store.engine.url.database)), store):
                    refused = [hand.refused for hand in hands]
                    until(
                        lambda r=refused: all(h.refused > n for h, n in zip(hands, r, strict=True))
                    )
                done = [hand.done for hand in hands]
                until(lambda d=done: all(h.done > n for h, n in zip(hands, d, strict=True)))
        finally:
            stop.set()
        for each in working:
            each.result()

    with store.view() as view:
        kept = {note.id for note in view.own(Note)}
    assert {told for hand in hands if hand.writes for told in hand.told} == kept
