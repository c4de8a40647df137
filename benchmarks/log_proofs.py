"""How long a proof takes to make as the log grows: it is to follow the tree's height, not its size.

The trees are grown in a real store, and each proof is read from it; the measure is the median CPU
time over proofs of random entries. The largest tree has some ten million nodes and 1 GB.
"""

import math
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from benchmarks.rows import Row
from corridor.core.signing import Signer
from corridor.core.store import Identity, Store, View

SIZES = (1, 100_000, 5_000_000)
QUICK_SIZES = (1, 1_000, 50_000)
PROOFS = 300
CHUNK = 10_000
SLACK = 2.0
"""A ratio of times may be so many times the ratio of heights: the disk's cache is colder."""
LOG = "north"


def rows(quick: bool) -> Iterator[Row]:
    """Measure inclusion and consistency proofs at each size of one log that grows."""
    chance = random.Random(20261122)  # noqa: S311  nobody is to guess
    measured: dict[str, list[tuple[int, float]]] = {"inclusion": [], "consistency": []}
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        identity = Identity("bench", Signer.generate())
        store = Store.open(f"sqlite:///{folder}/store.db", identity, lambda: datetime.now(UTC))  # noqa: TID251
        for size in QUICK_SIZES if quick else SIZES:
            began = time.monotonic()
            grow(store, size, chance)
            yield Row(f"growing to {size:,} leaves", time.monotonic() - began, "s")
            with store.view() as view:
                for name, proof in proofs_of(view, size).items():
                    measured[name].append((size, microseconds(proof, size, chance)))
        store.close()
    for name, found in measured.items():
        yield Row(f"{name} proof, 1 leaf", found[0][1], "µs CPU")
        for (smaller, before), (larger, after) in pairwise(found):
            yield compared(name, smaller, before, larger, after)


def compared(name: str, smaller: int, before: float, larger: int, after: float) -> Row:
    """Say how a proof's time grew from one size to the next."""
    heights = math.log2(larger) / math.log2(smaller) if smaller > 1 else None
    return Row(
        f"{name} proof, {larger:,} leaves",
        after,
        "µs CPU",
        f"{smaller:,} leaves",
        after / before,
        f"at most {SLACK:.0f} x the ratio of heights, {heights:.2f}" if heights else "",
        after / before <= SLACK * heights if heights else None,
    )


def grow(store: Store, size: int, chance: random.Random) -> None:
    """Grow the log to a size."""
    with store.view() as view:
        start = view.log_size(LOG)
    for first in range(start, size, CHUNK):
        with store.transaction("bench") as tx:
            tx.grow(LOG, first, [chance.randbytes(32) for _ in range(min(CHUNK, size - first))])


def proofs_of(view: View, size: int) -> dict[str, Callable[[int], object]]:
    """Return what makes a proof for a position, at the log's size now."""
    return {
        "inclusion": lambda position: view.inclusion(position, LOG, size),
        "consistency": lambda position: view.consistency(position + 1, LOG, size),
    }


def microseconds(proof: Callable[[int], object], size: int, chance: random.Random) -> float:
    """Return the median CPU time of a proof, in microseconds."""
    found: list[float] = []
    for _ in range(PROOFS):
        position = chance.randrange(size)
        began = time.process_time_ns()
        proof(position)
        found.append((time.process_time_ns() - began) / 1000)
    return statistics.median(found)
