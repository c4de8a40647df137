"""How long a plan takes on the shipped graph, and how far from the best it is known to be."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np

from benchmarks.rows import Row
from corridor.supply_chain import Graph, Plan, graph_of
from corridor.supply_chain.adapters.measures import library as measures
from corridor.supply_chain.adapters.own import shipped
from corridor.supply_chain.adapters.scenarios import library as scenarios
from corridor.supply_chain.rules.plans.measures import Measure, Placed
from corridor.supply_chain.service.planning import planned
from corridor.supply_chain.service.plans import Ground, Wanted

COUNTRY = {"country": "US"}
BUDGET, LIMIT = 150_000_000, 10.0
MANY, MANY_BUDGET, SECONDS = 60, 150, 20.0
KINDS = ("stock", "second-source", "domestic-capacity")


def rows(quick: bool) -> Iterator[Row]:
    """Time a plan from the measures that come with Corridor, then one from many generated ones."""
    table = shipped(clock)
    told = list(scenarios().values())
    placed = [each for found in measures().values() for each in found]
    for name, figures in (("a proved plan", 0), ("the same, and what to find out", 12)):
        wanted = Wanted(budget=BUDGET, parameters=COUNTRY, figures=figures, seconds=SECONDS)
        found, seconds, used = timed(Ground([table], told, placed), wanted)
        yield Row(
            f"{name}: {len(found.scenarios)} scenarios x {len(placed)} measures x {found.draws} draws",
            seconds, "s", f"{LIMIT:g} s", seconds / LIMIT, f"at most {LIMIT:g} s, proved",
            seconds <= LIMIT and found.exact,
        )  # fmt: skip
        yield Row("the same, processor time", used, "s CPU")
    count, limit = (20, 5.0) if quick else (MANY, SECONDS)
    many = generated(graph_of([table]), count)
    wanted = Wanted(budget=MANY_BUDGET, parameters=COUNTRY, figures=0, seconds=limit)
    found, seconds, _ = timed(Ground([table], told, many), wanted)
    yield Row(
        f"a plan: {len(found.scenarios)} scenarios x {count} measures, {limit:g} s to prove it",
        seconds, "s",
    )  # fmt: skip
    share = 100 * found.gap / max(found.before - found.bound, 1e-12)
    yield Row(
        "the same: gap of step by step to the bound, of what any plan could avoid",
        share, "%", "10 %", share / 10, "at most 10 %", share <= 10,
    )  # fmt: skip


def timed(ground: Ground, wanted: Wanted) -> tuple[Plan, float, float]:
    """Make a plan; return it with the seconds it took, by the clock and of the processor."""
    started, before = time.perf_counter(), time.process_time()
    found = planned(ground, wanted, clock)
    return found, time.perf_counter() - started, time.process_time() - before


def generated(graph: Graph, count: int) -> Sequence[Placed]:
    """Return measures of three kinds on inputs of the graph, the same on every run."""
    chance = np.random.default_rng(0)
    needed = {d.input for needs in graph.needs.values() for d in needs if d.essentiality > 0}
    names = [name for name in graph.inputs if name in needed]
    found: list[Placed] = []
    for number in range(count):
        kind = KINDS[chance.integers(3)]
        price = int(chance.integers(1, 30))
        stated: dict[str, object] = {
            "name": f"m{number}",
            "title": f"Measure {number}",
            "kind": kind,
            "input": names[chance.integers(len(names))],
            "cost": {"low": price, "high": 2 * price, "currency": "USD", "source": "generated"},
            "source": "generated",
        }
        if kind == "stock":
            stated["days"] = float(chance.integers(10, 200))
        else:
            lead = float(chance.integers(0, 200))
            stated |= {"part": float(chance.integers(5, 60)), "country": "JP", "lead_days": lead}
        found.append(Placed(measure=Measure.model_validate(stated), where=f"measure {number}"))
    return found


def clock() -> datetime:
    """Return the moment at which all is made."""
    return datetime(2026, 1, 1, tzinfo=UTC)
