"""`corridor verify` of a bundle, the start of Python included."""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from benchmarks.rows import Row
from corridor.core.bundling import bundle_of
from corridor.core.checkpoints import verifier_key
from corridor.core.records import Record
from corridor.core.signing import Signer
from corridor.core.store import Identity, Store

TIMES, QUICK_TIMES = 20, 5
MOST_SECONDS = 0.5


class Reading(Record):
    """A record as small as most are."""

    kind: ClassVar[str] = "benchmark.reading"

    text: str = "x" * 2000


def rows(quick: bool) -> Iterator[Row]:
    """Measure Python alone, then the command, by wall clock and CPU, medians."""
    times = QUICK_TIMES if quick else TIMES
    with tempfile.TemporaryDirectory() as folder:
        bundle, trust = a_bundle(Path(folder))
        bare, _ = seconds([sys.executable, "-c", "pass"], times)
        wall, cpu = seconds(
            [sys.executable, "-m", "corridor", "verify", str(bundle), "--trust", str(trust)], times
        )
    yield Row("start of Python alone", bare * 1000, "ms")
    yield Row("corridor verify, CPU", cpu * 1000, "ms")
    yield Row(
        "corridor verify",
        wall * 1000,
        "ms",
        f"limit of {MOST_SECONDS * 1000:.0f} ms",
        wall / MOST_SECONDS,
        f"at most {MOST_SECONDS} s",
        wall <= MOST_SECONDS,
    )


def a_bundle(folder: Path) -> tuple[Path, Path]:
    """Make a bundle of a record in a log of a thousand, and the file of keys to trust."""
    identity = Identity("bench", Signer.generate())
    now = datetime.now(UTC)  # noqa: TID251  a benchmark has no clock given
    store = Store.open(f"sqlite:///{folder}/store.db", identity, lambda: now)
    with store.transaction("bench") as tx:
        entries = [tx.append(Reading(made_at=now, visibility="public")) for _ in range(1000)]
    with store.view() as view:
        text = bundle_of(view, entries[500]).text()
    store.close()
    bundle, trust = folder / "record.bundle.json", folder / "trust.txt"
    bundle.write_text(text, encoding="utf-8")
    trust.write_text(f"log {verifier_key(identity.name, identity.signer.public)}\n")
    return bundle, trust


def seconds(command: list[str], times: int) -> tuple[float, float]:
    """Return the median wall and CPU seconds of a command."""
    walls: list[float] = []
    cpus: list[float] = []
    for _ in range(times):
        before = _children()
        began = time.monotonic()
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603  our own command
        walls.append(time.monotonic() - began)
        cpus.append(_children() - before)
    return statistics.median(walls), statistics.median(cpus)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
