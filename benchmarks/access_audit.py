"""Decisions a second that are durable before their callers go on, and how long it takes otherwise.

The measure is the disk: how often a second it makes 4 KiB durable, in the same folder and run.
"""

import asyncio
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from support.decided import an_account, some_decided

from benchmarks.log_appends import fsyncs_a_second
from benchmarks.rows import Row
from corridor.access.jobs.account import Accountant
from corridor.access.settings import AccessSettings
from corridor.access.store import MIGRATIONS
from corridor.core.signing import Signer
from corridor.core.store import Identity, Store

CALLERS = 64
LEAST_RATE = 2_000
MOST_DELAY_MS = 50
NORMAL_RATE = 500
"""Decisions a second while the delay is measured."""


def rows(quick: bool) -> Iterator[Row]:
    """Measure the disk, then both modes."""
    seconds = 1.0 if quick else 5.0
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        fsyncs = fsyncs_a_second(Path(folder), seconds)
        yield Row("fsync of 4 KiB", fsyncs, "1/s")
        identity = Identity("benchmark", Signer.generate())
        place = f"sqlite:///{folder}/store.db"
        store = Store.open(place, identity, lambda: datetime.now(UTC), MIGRATIONS)  # noqa: TID251
        try:
            asyncio.run(strict_rate(store, seconds / 5))  # the first ones make files
            rate = asyncio.run(strict_rate(store, seconds))
            yield Row(
                f"strict account, {CALLERS} callers",
                rate,
                "1/s",
                "fsync of 4 KiB",
                rate / fsyncs,
                f"at least {LEAST_RATE:,}/s",
                rate >= LEAST_RATE,
            )
            delays = sorted(asyncio.run(normal_delays(store, seconds)))
            for share in (0.5, 0.99, 1.0):
                delay = delays[min(len(delays) - 1, int(share * len(delays)))] * 1000
                yield Row(
                    f"normal account, {NORMAL_RATE}/s: delay until durable, p{share * 100:.0f}",
                    delay,
                    "ms",
                    f"{MOST_DELAY_MS} ms",
                    delay / MOST_DELAY_MS,
                    f"at most {MOST_DELAY_MS} ms",
                    delay <= MOST_DELAY_MS,
                )
        finally:
            store.close()


async def strict_rate(store: Store, seconds: float) -> float:
    """Return how many decisions a second some callers put into the account, each waiting for its own."""
    accountant = Accountant(store, an_account(), AccessSettings(strict_audit=True))
    until, done = time.monotonic() + seconds, 0

    async def decide(caller: int) -> None:
        nonlocal done
        number = 0
        while time.monotonic() < until:
            number += 1
            await accountant.note(some_decided(f"{caller}.{number}", caller))
            done += 1

    async with accountant.at_work():
        began = time.monotonic()
        await asyncio.gather(*(decide(caller) for caller in range(CALLERS)))
        return done / (time.monotonic() - began)


async def normal_delays(store: Store, seconds: float) -> list[float]:
    """Return after how many seconds decisions were durable that nobody waited for."""
    accountant = Accountant(store, an_account(), AccessSettings())
    noted: list[float] = []
    durable: list[float] = []
    wanted = int(seconds * NORMAL_RATE)
    with store.view() as view:
        before = view.log_size(view.audit_log)

    def watch() -> None:
        # What another connection can read has been committed, and so is durable.
        while len(durable) < wanted:
            with store.view() as view:
                size = view.log_size(view.audit_log) - before
            durable.extend([time.monotonic()] * (size - len(durable)))
            time.sleep(0.002)

    watcher = threading.Thread(target=watch)
    watcher.start()
    async with accountant.at_work():
        for number in range(wanted):
            item = some_decided(f"n{number}")
            noted.append(time.monotonic())
            await accountant.note(item)
            await asyncio.sleep(1 / NORMAL_RATE)
    watcher.join()
    return [end - begin for begin, end in zip(noted, durable, strict=True)]
