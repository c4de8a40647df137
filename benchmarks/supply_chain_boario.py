"""The engine in time beside BoARIO: the same table, event and settings, a year of days.

The compiled form is there before the clock starts, as BoARIO's imports are. Where BoARIO would take long it
runs fewer days, and so does Corridor. Both use one thread: Corridor's loops have no more, and on a busy machine
several threads of BLAS wait for each other far longer than they help.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.load.boario import MRIO, boario, environment
from benchmarks.rows import Row
from corridor.supply_chain.adapters.mrio import Mrio, read
from corridor.supply_chain.rules.industries.course import Behaviour, Course, Outage, course
from corridor.supply_chain.rules.industries.economy import Economy
from corridor.supply_chain.rules.industries.rebuilding import Damage

SIZES = {200: 365, 600: 180, 1600: 40}
"""Industries, and for how many days."""
QUICK = {200: 60}
SECTORS = 20
REPEATS = 5
SHOCK_DAYS = 120
"""Later the two steps that BoARIO takes otherwise than its papers add up (`Behaviour.as_boario`)."""
REBUILT_BY = {"construction": 0.6, "manufactoring": 0.4}
LARGEST, TARGET, TARGET_LARGEST = 1600, 10, 25
CLOSE = 2e-4


def rows(quick: bool) -> Iterator[Row]:
    """Compare at each size."""
    environment()
    test = read(MRIO)
    hit = [("reg1", "manufactoring"), ("reg1", "mining")]
    yield from compared("48 industries", None, test, hit, 60 if quick else 365)
    yield from rebuilt(test, hit, 120 if quick else 365)
    for size, days in (QUICK if quick else SIZES).items():
        table = made_up(size)
        yield from compared(f"{size:,} industries", table, table, [table.names[0]], days)


def rebuilt(mrio: Mrio, hit: list[tuple[str, str]], days: int) -> Iterator[Row]:
    """Yield how far apart the totals are where half of the capital is destroyed and rebuilt.

    BoARIO's event of 30 days in step 1 destroys in step 1, and orders from step 31 on.
    """
    with tempfile.TemporaryDirectory() as place:
        theirs = boario(None, hit, days, Path(place), REBUILT_BY)
    sectors = {
        sector: number for (_, sector), number in zip(mrio.names, mrio.economy.sectors, strict=True)
    }
    damage = Damage(
        {mrio.industry("/".join(pair)): 0.5 for pair in hit}, start=1, waiting=30, within=60,
        sectors={int(sectors[name]): part for name, part in REBUILT_BY.items()},
    )  # fmt: skip
    for name, behaviour in (
        ("", Behaviour()),
        (", two steps as it does", Behaviour(as_boario=True)),
    ):
        ours = course(mrio.economy, [], days, behaviour, [damage])
        difference = np.abs(ours.total - np.array(theirs.total))
        for until in sorted({SHOCK_DAYS, days}):
            apart = float(difference[:until].max())
            yield Row(
                f"totals apart, capital rebuilt, {until} days{name}", apart * 1e6, "millionths",
                "BoARIO", None, "at most 200 millionths", apart <= CLOSE,
            )  # fmt: skip


def made_up(size: int) -> Mrio:
    """Return a table of chance, every industry buying from every other."""
    chance = np.random.default_rng(size)
    sales = chance.lognormal(0, 1, (size, size))
    names = tuple((f"r{i // SECTORS}", f"s{i % SECTORS:02}") for i in range(size))
    consumers = chance.lognormal(0, 1, size) * size
    return Mrio(Economy(sales, consumers, np.arange(size) % SECTORS), names)


def compared(
    name: str, given: Mrio | None, mrio: Mrio, hit: list[tuple[str, str]], days: int
) -> Iterator[Row]:
    """Yield both times a day and how far apart the totals are."""
    with tempfile.TemporaryDirectory() as place:
        theirs = boario(given, hit, days, Path(place))
    losses = {mrio.industry("/".join(pair)): 0.5 for pair in hit}
    seconds, ours = timed(mrio.economy, Outage(losses, start=2, duration=32, recovery=60), days)
    apart = float(np.abs(ours.total - np.array(theirs.total)).max())
    target = TARGET_LARGEST if mrio.economy.size == LARGEST else TARGET
    ratio = theirs.seconds / seconds
    yield Row(f"BoARIO, {name}", theirs.seconds / days * 1e6, "µs a day")
    yield Row(
        f"Corridor, {name}", seconds / days * 1e6, "µs a day", "BoARIO", ratio,
        f"at least {target} x as fast", ratio >= target,
    )  # fmt: skip
    yield Row(
        f"totals apart, {name}", apart * 1e6, "millionths", "BoARIO", None,
        "at most 200 millionths", apart <= CLOSE,
    )  # fmt: skip


def timed(economy: Economy, outage: Outage, days: int) -> tuple[float, Course]:
    """Return the median time of a run, the table already put in order, and its result."""
    found, times = course(economy, [outage], days), list[float]()
    for _ in range(REPEATS):
        started = time.perf_counter()
        found = course(economy, [outage], days)
        times.append(time.perf_counter() - started)
    return float(np.median(times)), found
