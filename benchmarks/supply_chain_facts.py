"""How long the shipped table and all figures of concentration take, from the start of a process.

Once by the library, and once by the command on a node of its own, whose folder and store it opens. Each
process has the program's bytecode, as an installation has; the first of each kind, which makes it, is not
counted.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

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
START = "import corridor.supply_chain"
COMMAND = ("supply-chain", "concentration")
RUNS, QUICK_RUNS, LIMIT = 7, 3, 1.0


def rows(quick: bool) -> Iterator[Row]:
    """Time whole processes: the library's figures, the command's, and how little a start takes."""
    runs = QUICK_RUNS if quick else RUNS
    with tempfile.TemporaryDirectory() as place:
        environment = with_bytecode(Path(place) / "bytecode")
        home = ("-m", "corridor", "--home", str(Path(place) / "in"))
        ran((*home, "node", "init", "--name", "in"), environment)
        alone, alone_cpu = timed(("-c", START), runs, environment)
        whole, whole_cpu = timed(("-c", PROGRAM), runs, environment)
        asked, asked_cpu = timed((*home, *COMMAND), runs, environment)
    yield Row("start of Python with the supply chain", alone, "s")
    yield Row("the same, processor time", alone_cpu, "s CPU")
    yield held("the shipped graph and all its figures, cold", whole, "s")
    yield Row("the same, processor time", whole_cpu, "s CPU")
    yield held("`corridor supply-chain concentration`, cold", asked, "s")
    yield held("the same, processor time", asked_cpu, "s CPU")


def held(name: str, value: float, unit: str) -> Row:
    """Return a row that is held to the limit."""
    return Row(name, value, unit, "1 s", value / LIMIT, "at most 1 s", value <= LIMIT)


def with_bytecode(folder: Path) -> dict[str, str]:
    """Return the environment of processes that keep their bytecode in a folder."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder)}


def timed(words: Sequence[str], runs: int, environment: Mapping[str, str]) -> tuple[float, float]:
    """Return the median time of a new process, by the clock and of the processor."""
    times: list[float] = []
    used: list[float] = []
    ran(words, environment)
    for _ in range(runs):
        started, before = time.perf_counter(), processor()
        ran(words, environment)
        times.append(time.perf_counter() - started)
        used.append(processor() - before)
    return statistics.median(times), statistics.median(used)


def ran(words: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run Python with these words, to its end."""
    subprocess.run([sys.executable, *words], check=True, capture_output=True, env=environment)  # noqa: S603  our own


def processor() -> float:
    """Return the processor time of all processes that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime
