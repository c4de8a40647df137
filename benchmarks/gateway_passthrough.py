"""What a request costs at a node with all on, beside a bare pass-through: the limit of the runtime.

Both have the same server and the same client, in processes of their own, before the same supplier,
asked by the same callers, in turns. The node checks the key, decides by the policies, counts what
is used, and writes its account of decisions and answers; the bare one does nothing. The measure of
cost is the processor's time of the whole process. What is added is over the times of the supplier
asked directly.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.load.caller import Task
from benchmarks.load.gateways import SERVICE, Prepared, a_prepared_node, running
from benchmarks.load.processes import (
    Part,
    a_bare,
    a_supplier,
    call,
    processor_seconds,
    share,
    well,
)
from benchmarks.rows import Row

EVENT_SECONDS = 0.001
MOST_RATIO = 1.7
ALONE_MS, LOADED_MS = 1.0, 3.0
"""What may be added at one connection, at the median, and at half load for 99 of 100."""
START_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Size:
    """How much is asked."""

    plain: int
    streams: int
    rounds: int
    starts: int


FULL, QUICK = Size(4_000, 1_200, 5, 5), Size(1_000, 300, 2, 2)


def rows(quick: bool) -> Iterator[Row]:
    """Measure the cost, the times, and the start."""
    size = QUICK if quick else FULL
    with (
        tempfile.TemporaryDirectory() as folder,
        a_supplier(seconds=EVENT_SECONDS) as supplier,
        a_prepared_node(Path(folder), {SERVICE: [supplier.address]}) as prepared,
    ):
        with running(prepared) as node:
            asked = Task(node.address, prepared.key, SERVICE, size.plain)
            with a_bare(supplier) as bare:
                bares = Task(bare.address, prepared.key, SERVICE, size.plain)
                yield from costs((bare, node), (bares, asked), size, stream=False)
                yield from costs((bare, node), (bares, asked), size, stream=True)
                yield from times(supplier, (bares, asked), size)
            yield one_core(node, asked)
        yield starts(prepared, size)


def costs(
    parts: Sequence[Part], tasks: Sequence[Task], size: Size, *, stream: bool
) -> Iterator[Row]:
    """Measure the processor's time of a request, of both in turns."""
    requests = size.streams if stream else size.plain
    wanted = [replace(task, requests=requests, stream=stream) for task in tasks]
    for task in wanted:
        well(call(replace(task, requests=requests // 4)))  # the first ones open connections
    spent: list[list[float]] = [[], []]
    for _ in range(size.rounds):
        for found, part, task in zip(spent, parts, wanted, strict=True):
            before = processor_seconds(part.pid)
            well(call(task))
            found.append((processor_seconds(part.pid) - before) / requests * 1e6)
    what = "stream of 22 events" if stream else "whole answer"
    bare, node = (statistics.median(found) for found in spent)
    yield Row(f"bare pass-through, {what}", bare, "µs CPU")
    yield Row(
        f"node, {what}",
        node,
        "µs CPU",
        "bare pass-through",
        node / bare,
        f"at most {MOST_RATIO} x",
        node / bare <= MOST_RATIO,
    )


def times(supplier: Part, tasks: Sequence[Task], size: Size) -> Iterator[Row]:
    """Measure how much later an answer comes than from the supplier itself, of all three in turns.

    What the bare one adds is what the machine's own scheduling does with as many processes. In one
    round the slowest of 100 hang on a few moments, so each figure is the median of several rounds.
    """
    bare, asked = tasks
    fast = well(call(asked))
    rate = size.plain / fast.seconds / 2
    yield Row("node, 32 connections", size.plain / fast.seconds, "1/s")
    cases = (
        ("one connection, p50", 0.5, ALONE_MS, {"connections": 1, "requests": size.plain // 4}),
        ("half load, p99", 0.99, LOADED_MS, {"rate": rate}),
    )
    for name, part, limit, how in cases:
        itself = replace(asked, address=supplier.address)
        turns = [replace(task, **how) for task in (itself, bare, asked)]
        rounds = [[_time(task, part) * 1e3 for task in turns] for _ in range(size.rounds)]
        before, least, seen = (statistics.median(found) for found in zip(*rounds, strict=True))
        yield Row(f"supplier itself, at {name}", before, "ms")
        yield Row(f"bare pass-through, added at {name}", least - before, "ms")
        yield Row(
            f"added at {name}",
            seen - before,
            "ms",
            f"limit of {limit:.0f} ms",
            (seen - before) / limit,
            f"at most {limit:.0f} ms",
            seen - before <= limit,
        )


def _time(task: Task, part: float) -> float:
    return share(well(call(task)).times, part)


def one_core(node: Part, asked: Task) -> Row:
    """Measure how many requests a second a node answers that has one core for itself."""
    cores = sorted(os.sched_getaffinity(0))
    own, others = {cores[0]}, set(cores[1:]) or set(cores)
    _bind(node.pid, own)
    os.sched_setaffinity(0, others)  # what is started by us inherits it
    try:
        seen = well(call(asked))
    finally:
        os.sched_setaffinity(0, cores)
        _bind(node.pid, set(cores))
    return Row("node on one core", asked.requests / seen.seconds, "1/s")


def starts(prepared: Prepared, size: Size) -> Row:
    """Measure the time until a node answers."""
    found: list[float] = []
    for _ in range(size.starts):
        began = time.perf_counter()
        with running(prepared):
            found.append(time.perf_counter() - began)
    median = statistics.median(found)
    return Row(
        "start of a node, until it answers",
        median,
        "s",
        f"limit of {START_SECONDS:.0f} s",
        median / START_SECONDS,
        f"at most {START_SECONDS:.0f} s",
        median <= START_SECONDS,
    )


def _bind(pid: int, cores: set[int]) -> None:
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), cores)
