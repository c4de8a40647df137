"""Calls that settle "is the gap under 5 points?" with 95 %, against asking the whole suite.

Simulated outcomes (see `outcomes.drawn`), and recorded ones of real models: from `outcomes/*.jsonl`, and
from the folder that CORRIDOR_BENCH_SAMPLES names.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.outcomes import WAYS
from benchmarks.outcomes.drawn import a_case
from benchmarks.outcomes.recorded import cases, suites_in
from benchmarks.rows import Row

SIZES = {"MGSM": 250, "Belebele": 900, "MMLU-ProX": 11_829}
"""Items per language of three suites, as published."""
TIMES, QUICK_TIMES = 300, 40
ORDERS, QUICK_ORDERS = 40, 8
MOST, MOST_WRONG = 1 / 3, 0.05
RECORDED = Path(__file__).parent / "outcomes"


def rows(quick: bool) -> Iterator[Row]:
    """Measure both, by size of the suite and by what is known before."""
    yield from simulated(QUICK_TIMES if quick else TIMES)
    yield from recorded(ORDERS if not quick else QUICK_ORDERS)


def simulated(times: int) -> Iterator[Row]:
    """Settle simulated cases, each in one random order."""
    pooled: dict[str, list[float]] = {way: [] for way in WAYS}
    right: list[bool] = []
    for name, size in SIZES.items():
        drawn = [a_case(np.random.default_rng(seed), size) for seed in range(times)]
        for way in WAYS:
            found = [case.settled(way, seed) for seed, case in enumerate(drawn)]
            right += [same for _, same in found]
            pooled[way] += [share for share, _ in found]
            yield calls(f"simulated, {name}: {way}", [share for share, _ in found], size)
    yield from together("simulated", pooled, right)


def recorded(orders: int) -> Iterator[Row]:
    """Settle recorded cases, each in several random orders."""
    pooled: dict[str, list[float]] = {}
    right: list[bool] = []
    named = os.environ.get("CORRIDOR_BENCH_SAMPLES")
    for suite, samples in suites_in([RECORDED, *([Path(named)] if named else [])]).items():
        for name, case in cases(samples):
            for way in case.ways:
                found = [case.settled(way, seed) for seed in range(orders)]
                right += [same for _, same in found]
                pooled.setdefault(way, []).extend(share for share, _ in found)
                label = f"recorded, {suite}, {name}, gap {case.gap:+.1f}: {way}"
                yield calls(label, [share for share, _ in found], len(case.english))
    yield from together("recorded", pooled, right)


def calls(name: str, shares: Sequence[float], size: int) -> Row:
    """Return the median calls in a language, of the size of the suite."""
    found = median(shares)
    against = f"all {size} items"
    return Row(name, found * size, "calls", against, found, "at most 1/3", found <= MOST)


def together(kind: str, pooled: dict[str, list[float]], right: Sequence[bool]) -> Iterator[Row]:
    """Return the medians over all cases, and how often the whole suite contradicted an answer."""
    for way, shares in pooled.items():
        found = median(shares)
        name = f"{kind}, all: {way}"
        yield Row(
            name, 100 * found, "% of calls", "the whole suite", found, "at most 1/3", found <= MOST
        )
    if right:
        wrong = 1 - sum(right) / len(right)
        limit = f"limit of {MOST_WRONG:.0%}"
        name = f"{kind}, all: answers that the whole suite contradicts"
        yield Row(
            name, 100 * wrong, "%", limit, wrong / MOST_WRONG, "at most 5 %", wrong <= MOST_WRONG
        )
