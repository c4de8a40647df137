"""What a drill costs requests that it does not touch: the processor's time of the node that answers them.

The node serves a service that the drill does not touch: at a steady rate of about half of what it can, and
as fast as it can. As many requests with a drill and without one are made in turns, the one that comes first in
turns too. A drill that an operator's terminal holds is a process of its own: what is compared is what
the node's process takes for each request that it answers, the drill's probes among them. A drill that
the node itself holds is in that process: all that it takes is added to the requests that it does not
touch, and that depends on how many there are.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
from support.nodes import bearer
from support.partners import until
from support.programs import a_program

from benchmarks.load.caller import Task
from benchmarks.load.gateways import SERVICE, Prepared, a_prepared_node, running
from benchmarks.load.processes import Part, a_supplier, call, processor_seconds, well
from benchmarks.rows import Row

REHEARSED = "tutor"
LOST = "tutor-0-inc"
MOST_RATIO = 1.02
DRAWS = 4_000
PROBE_SECONDS = 0.2
"""At most one probe in so many seconds: the pause between two of one service in one language."""
SETTINGS = {
    "baseline_seconds": 0.5,
    "recovery_seconds": 1.0,
    "return_seconds": 0.0,
    "probe_pause_seconds": PROBE_SECONDS,
}
STAGES = "full:3600s"
PATIENCE_SECONDS = 120.0
IDLE_SECONDS, QUICK_IDLE_SECONDS = 20.0, 4.0


@dataclass(frozen=True, slots=True)
class Size:
    """How much is asked."""

    turns: int
    requests: int
    """With a drill, and as many without one, in a turn."""


FULL, QUICK = Size(10, 20_000), Size(2, 2_000)
HALF_LOAD = 2_000.0
"""Requests a second."""
AT_HALF_LOAD, AS_FAST_AS_IT_CAN = ("at half load", HALF_LOAD), ("as fast as it can", 0.0)
Pace = tuple[str, float]
"""How it is called, and requests a second; 0 is as fast as they are answered."""


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
    """Measure the processor's time of a request while a drill is held by a terminal, and by the node."""
    task = Task(node.address, prepared.key, SERVICE, size.requests)
    well(call(task))  # the first ones open connections
    for holder in (BY_TERMINAL, BY_NODE):
        for pace in (AT_HALF_LOAD, AS_FAST_AS_IT_CAN):
            yield from _compared(node, prepared, replace(task, rate=pace[1]), size, holder, pace)


def alone(node: Part, prepared: Prepared, seconds: float) -> Iterator[Row]:
    """Measure what a drill takes of a core where nobody asks anything."""
    idle = _idle(node, seconds)
    with held_by_node(prepared):
        drilled = _idle(node, seconds)
    yield Row("node where nobody asks, no drill", idle * 100, "% of a core")
    yield Row(
        "node where nobody asks, holding a drill of one language", drilled * 100, "% of a core"
    )


def added(pairs: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Return the median of the ratios of pairs, and its 95 % interval by drawing the pairs anew."""
    chance, ratios = random.Random(3), [within / without for without, within in pairs]  # noqa: S311
    drawn = sorted(statistics.median(chance.choices(ratios, k=len(ratios))) for _ in range(DRAWS))
    low, high = drawn[round(0.025 * (DRAWS - 1))], drawn[round(0.975 * (DRAWS - 1))]
    return statistics.median(ratios), low, high


@contextmanager
def held_by_node(prepared: Prepared) -> Generator[None]:
    """Let the node hold a drill of the other service while the block runs."""
    with _operator(prepared) as web:
        wanted = {"withdraw": LOST, "stages": STAGES, "tripwire": {"failed": 1.0}}
        web.post("/drills/runs", json=wanted).raise_for_status()
        with _running(web):
            yield


@contextmanager
def held_by_terminal(prepared: Prepared) -> Generator[None]:
    """Hold a drill of the other service in a process of its own while the block runs."""
    words = ("drill", "run", "--withdraw", LOST, "--stages", STAGES, "--most-failed", "1")
    log = prepared.home / "drill.log"
    with (
        _operator(prepared) as web,
        a_program(log, "--home", prepared.home, *words) as program,
    ):
        with _running(web):
            yield
        until(lambda: not program.runs, PATIENCE_SECONDS)


@contextmanager
def _operator(prepared: Prepared) -> Generator[httpx2.Client]:
    headers, address = bearer(prepared.token), prepared.address
    with httpx2.Client(base_url=address, headers=headers, trust_env=False, timeout=120) as web:
        until(lambda: not web.get("/drills/live").is_success, PATIENCE_SECONDS)
        yield web


@contextmanager
def _running(web: httpx2.Client) -> Generator[None]:
    """Wait until all requests of the service are concerned; end the drill after the block."""
    until(lambda: web.get("/drills/live").json().get("stage") == "full", PATIENCE_SECONDS)
    try:
        yield
    finally:
        web.post("/drills/live/abort", json={"reason": "it was measured"}).raise_for_status()
        until(lambda: web.get("/drills/runs").json()[-1]["result"], PATIENCE_SECONDS)


BY_TERMINAL, BY_NODE = (held_by_terminal, True), (held_by_node, False)
"""Who holds it, and whether its probes count as requests: they do where all else of it is elsewhere."""
Holder = tuple[Callable[[Prepared], AbstractContextManager[None]], bool]


def _compared(
    node: Part, prepared: Prepared, task: Task, size: Size, holder: Holder, pace: Pace
) -> Iterator[Row]:
    hold, counts_probes = holder
    pairs: list[tuple[float, float]] = []
    for turn in range(size.turns):
        found = {False: 0.0, True: 0.0}
        for drilled in (False, True) if turn % 2 else (True, False):
            with hold(prepared) if drilled else nullcontext():
                found[drilled] = _cost(node, task, count=drilled and counts_probes)
        pairs.append((found[False], found[True]))
    without, within = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratio, low, high = added(pairs)
    asked, how = size.turns * size.requests, pace[0]
    who = "a terminal" if counts_probes else "the node"
    yield Row(f"a request {how}, no drill beside {asked:,}", without, "µs CPU")
    yield Row(
        f"a request {how}, a drill held by {who} beside {asked:,}",
        within,
        "µs CPU",
        "no drill",
        ratio,
        f"at most {MOST_RATIO} x" if counts_probes else "",
        ratio <= MOST_RATIO if counts_probes else None,
    )
    for end, value in (("from", low), ("to", high)):
        name = f"what it adds {how}, held by {who}, 95 % interval {end}"
        yield Row(name, (value - 1) * 100, "%", "no drill", value)


def _cost(node: Part, task: Task, *, count: bool) -> float:
    """Return what a request costs, in microseconds."""
    before, began = processor_seconds(node.pid), time.perf_counter()
    told = well(call(task))
    spent = processor_seconds(node.pid) - before
    probes = (time.perf_counter() - began) / PROBE_SECONDS if count else 0.0
    return spent / (told.answered + probes) * 1e6


def _idle(node: Part, seconds: float) -> float:
    before, began = processor_seconds(node.pid), time.perf_counter()
    time.sleep(seconds)
    return (processor_seconds(node.pid) - before) / (time.perf_counter() - began)
