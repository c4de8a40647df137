"""What a drill costs requests that it does not touch: the processor's time of the node that holds it.

The node serves a service that the drill does not touch, as fast as it can, and holds the drill of
another one in its own process, where most of it is felt: its probes, what it reads and writes, and
what the gateway looks up for it. Blocks of requests without a drill and with one are made in turns,
the one that comes first in turns too. What is compared is the whole processor's time of the node over
these requests, so that the drill's own probes are among the cost.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from support.nodes import bearer
from support.partners import until

from benchmarks.load.caller import Task
from benchmarks.load.gateways import SERVICE, Prepared, a_prepared_node, running
from benchmarks.load.processes import Part, a_supplier, call, processor_seconds, well
from benchmarks.rows import Row

REHEARSED = "tutor"
LOST = "tutor-0-inc"
MOST_RATIO = 1.02
DRAWS = 4_000
SETTINGS = {"baseline_seconds": 0.5, "recovery_seconds": 1.0}
IDLE_SECONDS, QUICK_IDLE_SECONDS = 20.0, 4.0


@dataclass(frozen=True, slots=True)
class Size:
    """How much is asked."""

    turns: int
    blocks: int
    """Of each kind in a turn."""
    requests: int
    """In a block."""


FULL, QUICK = Size(16, 3, 2_000), Size(3, 2, 500)


def rows(quick: bool) -> Iterator[Row]:
    """Measure requests with and without a drill beside them, and the drill by itself."""
    size = QUICK if quick else FULL
    with (
        tempfile.TemporaryDirectory() as folder,
        a_supplier() as first,
        a_supplier() as second,
        a_prepared_node(
            Path(folder),
            {SERVICE: [first.address], REHEARSED: [second.address, first.address]},
            drills=SETTINGS,
        ) as prepared,
        running(prepared) as node,
    ):
        yield from beside(node, prepared, size)
        yield from alone(node, prepared, QUICK_IDLE_SECONDS if quick else IDLE_SECONDS)


def beside(node: Part, prepared: Prepared, size: Size) -> Iterator[Row]:
    """Measure the processor's time of a request that the drill does not touch."""
    task = Task(node.address, prepared.key, SERVICE, size.requests)
    well(call(task))  # the first ones open connections
    pairs: list[tuple[float, float]] = []
    for turn in range(size.turns):
        order = (False, True) if turn % 2 else (True, False)
        found = {drilled: _blocks(node, prepared, task, size.blocks, drilled) for drilled in order}
        pairs.append((found[False], found[True]))
    without, within = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratio, low, high = added(pairs)
    asked = size.turns * size.blocks * size.requests
    yield Row(f"a request, no drill, median of {size.turns} x {asked:,} asked", without, "µs CPU")
    yield Row(
        "a request that a drill beside it does not touch",
        within,
        "µs CPU",
        "no drill",
        ratio,
        f"at most {MOST_RATIO} x",
        ratio <= MOST_RATIO,
    )
    yield Row("the same ratio, lower end of its 95 % interval", low * 100, "%", "no drill", low)
    yield Row("the same ratio, upper end of its 95 % interval", high * 100, "%", "no drill", high)


def alone(node: Part, prepared: Prepared, seconds: float) -> Iterator[Row]:
    """Measure what a drill takes of a core where nobody asks anything."""
    idle = _idle(node, seconds)
    with a_drill(prepared):
        drilled = _idle(node, seconds)
    yield Row("node where nobody asks, no drill", idle * 100, "% of a core")
    yield Row("node where nobody asks, drill of a service", drilled * 100, "% of a core")


def added(pairs: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Return the median of the ratios of pairs, and its 95 % interval by drawing the pairs anew."""
    chance, ratios = random.Random(3), [within / without for without, within in pairs]  # noqa: S311
    drawn = sorted(statistics.median(chance.choices(ratios, k=len(ratios))) for _ in range(DRAWS))
    low, high = drawn[round(0.025 * (DRAWS - 1))], drawn[round(0.975 * (DRAWS - 1))]
    return statistics.median(ratios), low, high


@contextmanager
def a_drill(prepared: Prepared) -> Generator[None]:
    """Let the node hold a drill of the other service while the block runs."""
    with httpx2.Client(
        base_url=prepared.address, headers=bearer(prepared.token), trust_env=False, timeout=30
    ) as web:
        wanted = {"withdraw": LOST, "stages": "full:600s", "tripwire": {"failed": 1.0}}
        until(lambda: not web.get("/drills/live").is_success, 60)
        begun = web.post("/drills/runs", json=wanted).raise_for_status().json()
        until(lambda: web.get("/drills/live").json().get("stage") == "full", 60)
        try:
            yield
        finally:
            web.post("/drills/live/abort", json={"reason": "it was measured"}).raise_for_status()
            until(lambda: web.get(begun["run"]).json()["result"] is not None, 60)


def _blocks(node: Part, prepared: Prepared, task: Task, count: int, drilled: bool) -> float:
    """Return the median cost of a request of some blocks, in microseconds."""
    if drilled:
        with a_drill(prepared):
            return _median(node, task, count)
    return _median(node, task, count)


def _median(node: Part, task: Task, count: int) -> float:
    found: list[float] = []
    for _ in range(count):
        before = processor_seconds(node.pid)
        well(call(task))
        found.append((processor_seconds(node.pid) - before) / task.requests * 1e6)
    return statistics.median(found)


def _idle(node: Part, seconds: float) -> float:
    before, began = processor_seconds(node.pid), time.perf_counter()
    time.sleep(seconds)
    return (processor_seconds(node.pid) - before) / (time.perf_counter() - began)
