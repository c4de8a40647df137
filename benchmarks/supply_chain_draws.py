"""Ten thousand draws of a scenario on the shipped graph."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from benchmarks.rows import Row
from corridor.supply_chain import graph_of
from corridor.supply_chain.adapters.own import shipped
from corridor.supply_chain.adapters.scenarios import library
from corridor.supply_chain.service.shocks import shocked

DRAWS, QUICK_DRAWS, LIMIT = 10_000, 1_000, 10.0


def rows(quick: bool) -> Iterator[Row]:
    """Time the scenario of the library that reaches furthest."""
    graph = graph_of([shipped(lambda: datetime(2026, 1, 1, tzinfo=UTC))])
    draws = QUICK_DRAWS if quick else DRAWS
    scenarios = [library()["taiwan-strait-closed"]]
    started = time.perf_counter()
    found = shocked(graph, scenarios, {}, draws=draws)
    seconds = time.perf_counter() - started
    yield Row(
        f"{draws:,} draws of the shipped graph, {len(found.losses)} inputs lose", seconds, "s",
        "10 s", seconds / LIMIT, "at most 10 s", seconds <= LIMIT,
    )  # fmt: skip
