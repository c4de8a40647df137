"""Durable appends a second: one writer, and 64 writers that share commits.

The measure is the disk: how often a second it makes 4 KiB durable, in the same folder and run.
"""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from support.postgres import a_postgres_server, why_not

from benchmarks.rows import Row
from corridor.core.records import Record
from corridor.core.signing import Signer
from corridor.core.store import Identity, Store

WRITERS = 64
BLOCK = bytes(4096)
LEAST_TIMES = 20
LEAST_RATE = 5_000


class Reading(Record):
    """A record as small as most are."""

    kind: ClassVar[str] = "benchmark.reading"

    place: str = "helpline"
    score: float = 0.5


def rows(quick: bool) -> Iterator[Row]:
    """Measure the disk, then SQLite, then PostgreSQL where its packages are installed."""
    seconds = 1.0 if quick else 5.0
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        fsyncs = fsyncs_a_second(Path(folder), seconds)
        yield Row("fsync of 4 KiB", fsyncs, "1/s")
        with a_store(f"sqlite:///{folder}/store.db") as store:
            yield from of_a_store(store, "SQLite", fsyncs, seconds)
    if missing := why_not():
        yield Row(f"PostgreSQL ({missing})", 0.0, "1/s", target="measured", met=False)
        return
    with a_postgres_server() as server, a_store(server.a_database()) as store:
        yield from of_a_store(store, "PostgreSQL", fsyncs, seconds)


def of_a_store(store: Store, database: str, fsyncs: float, seconds: float) -> Iterator[Row]:
    """Measure the appends of one store."""
    appends_a_second(store, 1, seconds / 5)  # the first ones make files and connections
    single = appends_a_second(store, 1, seconds)
    ratio = single / fsyncs
    yield Row(f"{database}: append, 1 writer", single, "1/s", "fsync of 4 KiB", ratio)
    shared = appends_a_second(store, WRITERS, seconds)
    times = shared / single
    yield Row(
        f"{database}: append, {WRITERS} writers",
        shared,
        "1/s",
        f"{database}: append, 1 writer",
        times,
        f"at least {LEAST_TIMES} x and {LEAST_RATE:,}/s",
        times >= LEAST_TIMES and shared >= LEAST_RATE,
    )


def fsyncs_a_second(folder: Path, seconds: float) -> float:
    """Return how often a second this disk makes an appended block durable."""
    handle = os.open(folder / "blocks", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write() -> None:
        os.write(handle, BLOCK)
        os.fsync(handle)

    try:
        return _rate(write, time.monotonic() + seconds)[0] / seconds
    finally:
        os.close(handle)


def appends_a_second(store: Store, writers: int, seconds: float) -> float:
    """Return how many records a second some threads append, each in a transaction of its own."""

    def append() -> None:
        with store.transaction("benchmark") as tx:
            tx.append(Reading(made_at=datetime.now(UTC)))  # noqa: TID251  there is no service

    counts: list[tuple[int, float]] = []
    start = threading.Barrier(writers + 1)

    def write() -> None:
        start.wait()
        counts.append(_rate(append, time.monotonic() + seconds))

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.monotonic()
    for thread in threads:
        thread.join()
    return sum(count for count, _ in counts) / (max(end for _, end in counts) - began)


@contextmanager
def a_store(url: str) -> Generator[Store]:
    """Open a store with a new identity."""
    identity = Identity("benchmark", Signer.generate())
    store = Store.open(url, identity, lambda: datetime.now(UTC))  # noqa: TID251
    try:
        yield store
    finally:
        store.close()


def _rate(act: Callable[[], None], until: float) -> tuple[int, float]:
    count = 0
    while time.monotonic() < until:
        act()
        count += 1
    return count, time.monotonic()
