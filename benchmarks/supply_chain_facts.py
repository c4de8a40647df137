"""How long the shipped table and all figures of concentration take, from the start of Python."""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.rows import Row

PROGRAM = """\
from datetime import UTC, datetime
from corridor.supply_chain import concentration, graph_of
from corridor.supply_chain.adapters.own import shipped
graph = graph_of([shipped(lambda: datetime(2026, 1, 1, tzinfo=UTC))])
actors = dict(graph.actors)
count = 0
for name in graph.inputs:
    for market, shares in graph.markets(name).items():
        for by in ("provider", "country"):
            concentration(shares, actors, by, graph.unplaced(name, market))
            count += 1
print(count)
"""
RUNS, QUICK_RUNS, LIMIT = 7, 3, 1.0


def rows(quick: bool) -> Iterator[Row]:
    """Time the whole process, and one that only takes in what the supply chain stands on."""
    runs = QUICK_RUNS if quick else RUNS
    alone, alone_cpu = timed("import corridor.supply_chain", runs)
    whole, whole_cpu = timed(PROGRAM, runs)
    yield Row("start of Python with the supply chain", alone, "s")
    yield Row("the same, processor time", alone_cpu, "s CPU")
    yield Row(
        "the shipped graph and all its figures, cold", whole, "s", "1 s", whole / LIMIT,
        "at most 1 s", whole <= LIMIT,
    )  # fmt: skip
    yield Row("the same, processor time", whole_cpu, "s CPU")


def timed(program: str, runs: int) -> tuple[float, float]:
    """Return the median time of a new process, by the clock and of the processor."""
    times: list[float] = []
    used: list[float] = []
    for _ in range(runs):
        started, before = time.perf_counter(), processor()
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)  # noqa: S603  our own
        times.append(time.perf_counter() - started)
        used.append(processor() - before)
    return statistics.median(times), statistics.median(used)


def processor() -> float:
    """Return the processor time of all processes that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime
