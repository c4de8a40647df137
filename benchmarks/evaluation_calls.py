"""Calls that settle "is the gap under 5 points?" with 95 %, against asking the whole suite.

Simulated outcomes on which the bets were chosen (see `outcomes.drawn`), simulated ones of another shape on which
nothing was (`outcomes.held_out`), and recorded ones of real models: from `outcomes/*.jsonl`, and from the folder that
CORRIDOR_BENCH_SAMPLES names.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.outcomes import WAYS, Case, drawn, held_out
from benchmarks.outcomes.recorded import cases, suites_in
from benchmarks.rows import Row

SIZES = {"MGSM": 250, "Belebele": 900, "MMLU-ProX": 11_829}
"""Items per language of three suites, as published."""
TIMES, QUICK_TIMES = 300, 40
ORDERS, QUICK_ORDERS = 40, 8
MOST, MOST_WRONG = 1 / 3, 0.05
Drawing = Callable[[np.random.Generator, int], Case]
RECORDED = Path(__file__).parent / "outcomes"


def rows(quick: bool) -> Iterator[Row]:
    """Measure all, by size of the suite and by what is known before."""
    times = QUICK_TIMES if quick else TIMES
    yield from simulated("simulated", drawn.a_case, 0, times)
    yield from simulated("held out", held_out.a_case, held_out.FIRST_SEED, times)
    yield from recorded(ORDERS if not quick else QUICK_ORDERS)


def simulated(kind: str, make: Drawing, first: int, times: int) -> Iterator[Row]:
    """Settle simulated cases, each in one random order; the first seed is the first case's."""
    pooled: dict[str, list[float]] = {way: [] for way in WAYS}
    right: list[bool] = []
    for name, size in SIZES.items():
        cases_there = [make(np.random.default_rng(first + seed), size) for seed in range(times)]
        for way in WAYS:
            found = [case.settled(way, first + seed) for seed, case in enumerate(cases_there)]
            right += [same for _, same in found]
            pooled[way] += [share for share, _ in found]
            yield calls(f"{kind}, {name}: {way}", [share for share, _ in found], size)
    yield from together(kind, pooled, right)


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
