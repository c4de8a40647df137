"""The static engine: every firm of a made-up economy fails by itself, at three sizes.

Suppliers and buyers of a link are drawn by weights with a heavy tail (Pareto, 1.5), sales are log-normal, half of
a firm's turnover is with consumers and half of its costs is labour. Firms of a sector stand in for each other.
"""

import time
from collections.abc import Iterator

import numpy as np

from benchmarks.rows import Row
from corridor.supply_chain.rules.firms.cascades import Cascades
from corridor.supply_chain.rules.firms.network import Network

SIZES = {1_000: 1_000, 10_000: 10_000, 100_000: 2_000}
"""Firms, and how many of them fail in turn."""
QUICK = {1_000: 1_000, 10_000: 300}
LINKS = 10
"""A firm."""
SECTORS = 50
WHOLE, LIMIT = 10_000, 60.0


def rows(quick: bool) -> Iterator[Row]:
    """Sweep at each size."""
    for size, count in (QUICK if quick else SIZES).items():
        started = time.perf_counter()
        cascades = Cascades.on(made_up(size), substitution=True)
        cascades.sweep(np.arange(2))  # compiled and put in order before the clock starts
        yield Row(f"{size:,} firms: making ready", time.perf_counter() - started, "s")
        firms = np.linspace(0, size - 1, count).astype(np.int64)
        started, before = time.perf_counter(), time.process_time()
        found = cascades.sweep(firms)
        seconds, used = time.perf_counter() - started, time.process_time() - before
        yield Row(f"{size:,} firms: scenarios", count / seconds, "1/s")
        yield Row(f"{size:,} firms: a link touched", used / found.links.sum() * 1e9, "ns CPU")
        if count == WHOLE:
            yield Row(
                f"{size:,} firms: all of them", seconds, "s", "60 s", seconds / LIMIT,
                "at most 60 s", seconds <= LIMIT,
            )  # fmt: skip
            yield Row("the same, processor time", used, "s CPU")


def made_up(size: int) -> Network:
    """Return an economy of chance, the same for the same size."""
    chance = np.random.default_rng(size)
    sells, buys = chance.pareto(1.5, size) + 1, chance.pareto(1.5, size) + 1
    suppliers = chance.choice(size, size * LINKS, p=sells / sells.sum())
    buyers = chance.choice(size, size * LINKS, p=buys / buys.sum())
    apart = suppliers != buyers
    suppliers, buyers = suppliers[apart], buyers[apart]
    sales = chance.lognormal(0, 1.5, len(suppliers))
    sold = np.bincount(suppliers, sales, size).astype(np.float64)
    paid = np.bincount(buyers, sales, size).astype(np.float64)
    kinds = chance.choice([0, 1, 2], (SECTORS, SECTORS), p=[0.2, 0.5, 0.3]).astype(np.int8)
    return Network(
        suppliers, buyers, sales, chance.integers(0, SECTORS, size), kinds, sold + 0.1, paid + 0.1
    )
