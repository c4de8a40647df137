"""Durable appends a second, of records and of lines of the account: one writer, and 64 at once.

The measure is the disk: how often a second it makes 4 KiB durable, in the same folder and run. Rates
are the median of five runs; with each goes the processor time of one append, for what else runs on
the machine changes a rate by half.
"""

import os
import statistics
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
from corridor.core.store import Identity, Store, Transaction

WRITERS = 64
RUNS = 5
BLOCK = bytes(4096)
LEAST_TIMES = 20
LEAST_RATE = 5_000

Act = Callable[[Transaction], None]


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
    rate_of(store, state_a_reading, 1, seconds / 5)  # the first ones make files and connections
    least = f"at least {LEAST_TIMES} x and {LEAST_RATE:,}/s"
    yield from of_an_act(store, f"{database}: append", state_a_reading, fsyncs, seconds, least)
    yield from of_an_act(store, f"{database}: audit", account_for_it, fsyncs, seconds)


def of_an_act(
    store: Store, name: str, act: Act, fsyncs: float, seconds: float, target: str = ""
) -> Iterator[Row]:
    """Measure one writer beside the disk, then many beside the one."""
    single, work = rate_of(store, act, 1, seconds)
    yield Row(f"{name}, 1 writer", single, "1/s", "fsync of 4 KiB", single / fsyncs)
    yield Row(f"{name}, 1 writer, each", work, "µs CPU")
    shared, work = rate_of(store, act, WRITERS, seconds)
    times = shared / single
    met = times >= LEAST_TIMES and shared >= LEAST_RATE if target else None
    one = f"{name}, 1 writer"
    yield Row(f"{name}, {WRITERS} writers", shared, "1/s", one, times, target, met)
    yield Row(f"{name}, {WRITERS} writers, each", work, "µs CPU")


def state_a_reading(tx: Transaction) -> None:
    """Append a record."""
    tx.append(Reading(made_at=datetime.now(UTC)))  # noqa: TID251  there is no service


def account_for_it(tx: Transaction) -> None:
    """Add a line to the account, as long as one on a decision about access."""
    tx.audit("benchmark.decide", "m-1", grant="g-1", purpose="helpline", outcome="allow", policy=3)


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


def rate_of(store: Store, act: Act, writers: int, seconds: float) -> tuple[float, float]:
    """Return the median rate of some threads that do an act, and its CPU time in microseconds."""
    runs = [one_run(store, act, writers, seconds / RUNS) for _ in range(RUNS)]
    rates, works = zip(*runs, strict=True)
    return statistics.median(rates), statistics.median(works)


def one_run(store: Store, act: Act, writers: int, seconds: float) -> tuple[float, float]:
    """Let some threads do an act again and again, each time in a transaction of its own."""

    def once() -> None:
        with store.transaction("benchmark") as tx:
            act(tx)

    counts: list[tuple[int, float]] = []
    start = threading.Barrier(writers + 1)

    def write() -> None:
        start.wait()
        counts.append(_rate(once, time.monotonic() + seconds))

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    start.wait()
    began, worked = time.monotonic(), time.process_time()
    for thread in threads:
        thread.join()
    done = sum(count for count, _ in counts)
    work = (time.process_time() - worked) * 1e6 / done
    return done / (max(end for _, end in counts) - began), work


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
