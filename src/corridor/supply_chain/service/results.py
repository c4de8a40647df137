"""Shocks that are kept: signed, listed, and computed again to see whether they still hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from corridor import __version__
from corridor.core.records import Entry, Part, Visibility
from corridor.core.store import Transaction, View
from corridor.supply_chain.errors import OtherGraph
from corridor.supply_chain.records import Loss, PutTo, ShockResult, Table, TableUsed
from corridor.supply_chain.rules.digests import digest, table_digest, whole_digest
from corridor.supply_chain.rules.graph import Graph, graph_of
from corridor.supply_chain.rules.scenarios import Scenario
from corridor.supply_chain.service.facts import SupplyChain
from corridor.supply_chain.service.kept import every, one
from corridor.supply_chain.service.shocks import (
    HORIZON_DAYS,
    MOST_DAYS,
    Shock,
    computed,
    filled,
    shocked,
)

ENGINE = f"corridor {__version__}, spreading 5"
"""The number grows when the same graph and scenario would give another result."""
SHOCK = "supply_chain.shock"
"""The job that computes a shock and keeps it."""
MOST_LISTED = 500
"""Inputs that lose something, beside the services; a record is no data set."""


class Asked(Part):
    """Scenarios that happen together, and how they are put to the graph."""

    scenarios: tuple[Scenario, ...]
    parameters: Mapping[str, str] = {}
    home: str | None = None
    draws: int = 1_000
    seed: int = 0
    tables: tuple[str, ...] = ()
    """Only these; all, if none is named."""
    horizon_days: float = Field(default=HORIZON_DAYS, gt=0, le=MOST_DAYS)
    """What begins after so many days is left out."""
    day_by_day: bool = False
    """Whether to follow the losses from day to day."""


class ToKeep(Part):
    """What a job is told: a question, and who may see what comes of it."""

    asked: Asked
    visibility: Visibility = "internal"


@dataclass(frozen=True, slots=True)
class Found:
    """What a shock does, with the facts that it was computed from."""

    asked: Asked
    tables: tuple[Table, ...]
    graph: Graph
    shock: Shock


class Compared(Part):
    """Whether the same comes out again, from the facts as they are now."""

    same: bool
    differing: tuple[str, ...]
    """Inputs for which another loss comes out, by name."""


def put(chain: SupplyChain, view: View, asked: Asked) -> Found:
    """Put scenarios to the graph as it is now.

    Raises:
        UnknownTable: if a table that is named is not there.
        BadScenario: if a scenario names what is not there, or lacks a parameter.
        TooLarge: if there are more draws of more inputs than are computed at once.
    """
    tables = chain.chosen(view, asked.tables)
    graph = graph_of(tables)
    shock = shocked(
        graph,
        asked.scenarios,
        asked.parameters,
        asked.home,
        asked.draws,
        asked.seed,
        horizon=asked.horizon_days,
        day_by_day=asked.day_by_day,
    )
    return Found(asked, tuple(tables), graph, shock)


def kept(tx: Transaction, found: Found, visibility: Visibility = "internal") -> ShockResult:
    """Sign and keep what a shock was found to do."""
    result = result_of(tx.clock(), found, visibility)  # fmt: skip
    tx.append(result)
    tx.audit("supply_chain.shock_kept", result.id, graph=result.graph_sha256, seed=result.seed)
    return result


def result_of(at: object, found: Found, visibility: Visibility) -> ShockResult:
    """Return the record of what a shock was found to do."""
    from corridor.supply_chain.rules.spreading import HORIZON  # NumPy, as in `computed`

    used = [_used(table) for table in found.tables]
    services, others = _split(found)
    return ShockResult.model_validate(
        {
            "made_at": at,
            "visibility": visibility,
            "engine_version": ENGINE,
            "tables": used,
            "graph_sha256": whole_digest({each.name: each.sha256 for each in used}),
            "scenarios": _put_to(found.asked),
            "home": found.asked.home,
            "draws": found.shock.draws,
            "seed": found.shock.seed,
            "tolerance": found.shock.tolerance,
            "horizon": HORIZON,
            "settled": found.shock.settled,
            "services": services,
            "losses": others[:MOST_LISTED],
            "prices": found.shock.prices[:MOST_LISTED],
            "not_listed": max(0, len(others) - MOST_LISTED),
            "horizon_days": found.shock.horizon_days,
            "in_time": [e for e in found.shock.in_time if e.input in {s.input for s in services}],
        }
    )


def results(view: View) -> list[tuple[Entry, ShockResult]]:
    """Return the results that are kept here, the own and those of partners, oldest first."""
    return every(view, ShockResult)


def result(view: View, wanted: str) -> ShockResult:
    """Return a result by its record's id, or the beginning of it where that is enough.

    Raises:
        NotFound: if there is none, or several begin so.
    """
    return one(view, ShockResult, wanted, "shock", "predictions list")


def again(chain: SupplyChain, view: View, before: ShockResult) -> Compared:
    """Compute a kept result again, and compare.

    Raises:
        OtherGraph: if the facts, or the engine, are no longer those that it rests on.
    """
    tables = chain.chosen(view, [each.name for each in before.tables])
    changed = [
        used.name
        for used, table in zip(before.tables, tables, strict=True)
        if used.sha256 != table_digest(table)
    ]
    if changed:
        raise OtherGraph(f"Not what it was when this was computed: {', '.join(changed)}.")
    if before.engine_version != ENGINE:
        raise OtherGraph(f"It was computed by {before.engine_version}; this is {ENGINE}.")
    disruptions = [one for each in before.scenarios for one in each.disruptions]
    graph = graph_of(tables)
    now = computed(
        graph,
        disruptions,
        before.home,
        before.draws,
        before.seed,
        horizon=before.horizon_days,
        day_by_day=bool(before.in_time),
    )
    return _compared(before, now)


def _compared(before: ShockResult, now: Shock) -> Compared:
    lost = {each.input: each for each in now.losses}
    stated = {each.input: each for each in (*before.services, *before.losses)}
    gone = [name for name, each in stated.items() if name not in lost and each.high > 0]
    other = [n for n, each in lost.items() if n in stated and stated[n] != each]
    more = [] if before.not_listed else [n for n in lost if n not in stated]
    differing = tuple(sorted({*gone, *other, *more}))
    if now.prices[:MOST_LISTED] != before.prices:
        differing = (*differing, "prices")
    days = {each.input: each for each in now.in_time}
    if any(days.get(each.input) != each for each in before.in_time):
        differing = (*differing, "days")
    return Compared(same=not differing, differing=differing)


def _used(table: Table) -> TableUsed:
    return TableUsed(name=table.name, sha256=table_digest(table), licence=table.licence)


def _put_to(asked: Asked) -> list[PutTo]:
    return [
        PutTo(
            name=each.name,
            title=each.title,
            sha256=digest(each),
            likelihood=each.likelihood,
            disruptions=disruptions,
        )
        for each, disruptions in zip(
            asked.scenarios, filled(asked.scenarios, asked.parameters), strict=True
        )
    ]


def _split(found: Found) -> tuple[list[Loss], Sequence[Loss]]:
    """Return the loss of every service, nothing included, and the others that lose."""
    lost = {each.input: each for each in found.shock.losses}
    services = [
        lost.get(each.id) or _nothing(each.id, each.title)
        for each in found.graph.inputs.values()
        if each.layer == "service"
    ]
    return services, [each for each in found.shock.losses if each.layer != "service"]


def _nothing(name: str, title: str) -> Loss:
    figures = dict.fromkeys(("low", "high", "p5", "median", "p95"), 0.0)
    return Loss.model_validate(
        {"input": name, "title": title, "layer": "service", "path": (), **figures}
    )
