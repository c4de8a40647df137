"""Generated stacks through the whole way: a table of files read, put together, and asked everything.

Each firm makes one input, and each link is a dependency on an earlier firm, drawn by weights with a heavy tail
(Pareto, 1.5), so that few are needed by very many, as in firm-level data. One in ten links is essential; half of the rest
has a part of the cost. A fifth of the inputs has two more providers. What grows faster than the links would show in
the time for each link, which is compared between the smallest and the largest size. It is time of the processor: by the
clock a step of milliseconds on a shared machine says nothing.
"""

import csv
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.rows import Row
from benchmarks.supply_chain_firms import made_up
from corridor.supply_chain import Disruption, Graph, Table, graph_of
from corridor.supply_chain.adapters.drafts import About
from corridor.supply_chain.adapters.own import read
from corridor.supply_chain.rules.digests import graph_digest
from corridor.supply_chain.rules.firms.cascades import Cascades
from corridor.supply_chain.rules.hits import hits
from corridor.supply_chain.rules.waves import spread
from corridor.supply_chain.service.facts import figures
from corridor.supply_chain.service.thinness import points, thin_inputs

T = TypeVar("T")
SIZES, QUICK = (1_000, 10_000, 100_000), (300, 3_000)
LINKS = 10
"""A firm."""
COUNTRIES = ("JP", "IN", "TW", "KR", "US", "DE", "NL", "CN")
FAIL = 200
"""Firms that fail in turn in the static engine."""
AT_MOST = 3.0
SHORT, REPEATS = 3.0, 3
"""What takes less is done several times."""
"""How many times as long a link may take at the largest size: caches are missed more, nothing else."""


def rows(quick: bool) -> Iterator[Row]:
    """Measure each step at each size, and how the time for a link grows."""
    first: dict[str, float] = {}
    for size in QUICK if quick else SIZES:
        for step, seconds, count in measured(size):
            each = seconds / count * 1e9
            name = f"{size:,} firms, {count:,} links: {step}"
            if step not in first:
                first[step] = each
                yield Row(name, seconds, "s CPU")
                continue
            grown = each / first[step]
            yield Row(
                name, seconds, "s CPU", "a link at the smallest size", grown,
                f"at most {AT_MOST:g} x", grown <= AT_MOST,
            )  # fmt: skip
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        yield Row(f"{size:,} firms: memory at most so far", peak, "MiB")


def measured(size: int) -> Iterator[tuple[str, float, int]]:
    """Yield the steps, how long each took, and the number of links."""
    with tempfile.TemporaryDirectory() as place:
        count = written(Path(place), size)
        about = About("made-up", "Made up", "CC0-1.0", "0" * 64)
        table, seconds = timed(
            lambda: read(Path(place), about, lambda: datetime(2026, 1, 1, tzinfo=UTC))
        )
        yield "files read and checked", seconds, count
    yield from asked(table, size, count)
    del table
    cascades = Cascades.on(made_up(size), substitution=True)
    cascades.sweep(np.arange(2))
    firms = np.linspace(0, size - 1, FAIL).astype(np.int64)
    found, seconds = timed(lambda: cascades.sweep(firms))
    yield "static engine, a link touched", seconds, int(found.links.sum())


def asked(table: Table, size: int, count: int) -> Iterator[tuple[str, float, int]]:
    """Yield the questions to the graph."""
    graph, seconds = timed(lambda: graph_of([table]))
    yield "put together", seconds, count
    _, seconds = timed(lambda: graph_digest([table]))
    yield "digest", seconds, count
    _, seconds = timed(lambda: all_figures(graph))
    yield "all figures of concentration", seconds, count
    _, seconds = timed(lambda: thin_inputs(graph))
    yield "inputs that few provide", seconds, count
    last = f"i{size - 1}"
    _, seconds = timed(lambda: points(graph, last))
    yield "what alone stops one", seconds, count
    lost = [Disruption(kind="country", country="TW", duration_days=90)]
    _, seconds = timed(lambda: spread(graph, hits(graph, lost), np.random.default_rng(0), 20, lost))
    yield "a country lost, 20 draws", seconds, count


def all_figures(graph: Graph) -> int:
    """Reckon every figure of concentration, by provider and by country; return how many there are."""
    return sum(
        1
        for name in graph.inputs
        for by in ("provider", "country")
        for _ in figures(graph, name, by)
    )


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return what comes of work, and how long the processor took, at the least of some times if it is short."""
    found, least = once(work)
    for _ in range(REPEATS if least < SHORT else 0):
        found, seconds = once(work)
        least = min(least, seconds)
    return found, least


def once(work: Callable[[], T]) -> tuple[T, float]:
    """Return what comes of work, and its time."""
    started = time.process_time()
    found = work()
    return found, time.process_time() - started


def written(folder: Path, size: int) -> int:
    """Write a stack in Corridor's own layout; return the number of links."""
    chance = np.random.default_rng(size)
    homes: list[int] = chance.integers(0, len(COUNTRIES), size).tolist()
    put(folder, "citations", ("id", "title", "licence"), [("r", "A report", "facts")])
    put(
        folder,
        "inputs",
        ("id", "title", "layer"),
        ((f"i{n}", f"Input {n}", "other") for n in range(size)),
    )
    put(
        folder, "actors", ("id", "title", "country"),
        ((f"a{n}", f"Firm {n}", COUNTRIES[homes[n]]) for n in range(size)),
    )  # fmt: skip
    provisions = [
        (f"i{n}", f"a{int(k) % size}", share, "revenue", 2025, "r")
        for n in range(size)
        for k, share in (((n, 50), (n * 7 + 1, 30), (n * 11 + 2, 15)) if n % 5 == 0 else ((n, 95),))
    ]
    put(folder, "provisions", ("input", "actor", "share", "basis", "year", "source"), provisions)
    pairs = linked(size, chance)
    kinds: list[int] = chance.choice(3, len(pairs), p=(0.45, 0.45, 0.1)).tolist()
    ends: tuple[list[int], list[int]] = (pairs[:, 0].tolist(), pairs[:, 1].tolist())
    part: list[float] = (0.8 / np.bincount(pairs[:, 1], minlength=size).clip(1)).tolist()
    put(
        folder, "dependencies", ("input", "into", "essentiality", "quantity", "source"),
        (
            (f"i{a}", f"i{b}", 2 if kind == 2 else 1, f"{part[b]:.6f}" if kind == 1 else "", "r")
            for a, b, kind in zip(*ends, kinds, strict=True)
        ),
    )  # fmt: skip
    return len(pairs)


def linked(
    size: int, chance: np.random.Generator
) -> "np.ndarray[tuple[int, int], np.dtype[np.int64]]":
    """Return pairs of firms, the earlier first, none twice."""
    weights = chance.pareto(1.5, size) + 1
    one = chance.choice(size, size * LINKS, p=weights / weights.sum())
    other = chance.integers(0, size, size * LINKS)
    ends = np.sort(np.stack((one, other), axis=1), axis=1).astype(np.int64)
    return np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)


def put(
    folder: Path,
    name: str,
    header: Sequence[str],
    lines: Iterable[Sequence[object]],
) -> None:
    """Write one file."""
    with (folder / f"{name}.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(header)
        out.writerows(lines)
