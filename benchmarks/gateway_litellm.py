"""What a request costs at a node and at LiteLLM's proxy, in one run, and what they hold in memory.

Both are asked by the same callers, in turns, and ask the same supplier. LiteLLM has one worker, its
smallest config, no database; the node has all on. Then streams without end are asked of the node
alone: its memory has to stay as it is. Its control API is not asked for until the last row.
"""

import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2

from benchmarks.load.caller import Task
from benchmarks.load.gateways import SERVICE, a_prepared_node, running
from benchmarks.load.litellm import KEY, MODEL, a_litellm
from benchmarks.load.processes import Part, a_supplier, call, memory, processor_seconds, well
from benchmarks.rows import Row

EVENT_SECONDS = 0.001
PLAIN_RATIO, STREAM_RATIO = 30.0, 40.0
MEMORY_RATIO, FLAT_RATIO = 0.25, 1.1
CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Size:
    """How much is asked."""

    theirs: int
    ours: int
    rounds: int
    many: int
    """Streams while the memory is watched."""


FULL, QUICK = Size(300, 3_000, 3, 20_000), Size(60, 1_000, 1, 2_000)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two."""

    part: Part
    asked: Task


def rows(quick: bool) -> Iterator[Row]:
    """Measure both in turns, then the node's memory."""
    size = QUICK if quick else FULL
    with tempfile.TemporaryDirectory() as place, a_supplier(seconds=EVENT_SECONDS) as supplier:
        folder = Path(place)
        with (
            a_prepared_node(folder, {SERVICE: [supplier.address]}) as prepared,
            running(prepared) as node,
        ):
            task = Task(node.address, prepared.key, SERVICE, size.ours, CONNECTIONS)
            ours = Side(node, task)
            with a_litellm(folder, supplier) as litellm:
                theirs = Side(litellm, replace(task, address=litellm.address, key=KEY, model=MODEL))
                yield from costs(theirs, ours, size, stream=False)
                yield from costs(theirs, ours, size, stream=True)
                yield from held(theirs, ours)
            yield flat(ours, size.many)
            yield with_control(ours)


def costs(theirs: Side, ours: Side, size: Size, *, stream: bool) -> Iterator[Row]:
    """Measure how many requests both answer for a second of the processor's time."""
    sides = ((theirs, size.theirs), (ours, size.ours // (3 if stream else 1)))
    rates: list[list[float]] = [[], []]
    for side, requests in sides:
        well(call(replace(side.asked, requests=requests // 3, stream=stream)))
    for _ in range(size.rounds):
        for found, (side, requests) in zip(rates, sides, strict=True):
            found.append(_rate(side, requests, stream=stream))
    what = "streams of 22 events" if stream else "whole answers"
    target = STREAM_RATIO if stream else PLAIN_RATIO
    other, own = (statistics.median(found) for found in rates)
    yield Row(f"LiteLLM, {what} for a second of CPU", other, "1/s CPU")
    yield Row(
        f"node, {what} for a second of CPU",
        own,
        "1/s CPU",
        "LiteLLM",
        own / other,
        f"at least {target:.0f} x",
        own / other >= target,
    )


def held(theirs: Side, ours: Side) -> Iterator[Row]:
    """Tell what both hold in memory now."""
    other, own = (memory(side.part.pid) / 1024 for side in (theirs, ours))
    yield Row("LiteLLM, memory", other, "MiB")
    yield Row(
        "node, memory",
        own,
        "MiB",
        "LiteLLM",
        own / other,
        f"at most {MEMORY_RATIO} x",
        own / other <= MEMORY_RATIO,
    )


def flat(ours: Side, many: int) -> Row:
    """Measure how the memory of the node grows over many streams."""
    task = replace(ours.asked, stream=True, connections=64)
    well(call(replace(task, requests=many // 10)))
    before = memory(ours.part.pid)
    well(call(replace(task, requests=many)))
    grown = memory(ours.part.pid) / before
    return Row(
        f"node, memory after {many:,} streams more",
        memory(ours.part.pid) / 1024,
        "MiB",
        "before them",
        grown,
        f"at most {FLAT_RATIO} x",
        grown <= FLAT_RATIO,
    )


def with_control(ours: Side) -> Row:
    """Tell what the node holds once somebody has asked for its control API, which it takes in then."""
    before = memory(ours.part.pid)
    httpx2.get(f"{ours.part.address}/node", trust_env=False, timeout=30).raise_for_status()
    held = memory(ours.part.pid)
    name = "node, memory once the control API was asked for"
    return Row(name, held / 1024, "MiB", "before that", held / before)


def _rate(side: Side, requests: int, *, stream: bool) -> float:
    before = processor_seconds(side.part.pid)
    well(call(replace(side.asked, requests=requests, stream=stream)))
    return requests / (processor_seconds(side.part.pid) - before)
