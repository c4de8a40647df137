"""The smallest sets of countries or suppliers whose loss stops a service, exactly.

An integer program. A country (or supplier) is lost or not; an input stops at its source if those who
are lost have at least a part of what is known of its supply; it stops further up as `chokepoints`
says. Least is the number of those lost. Takes in SciPy (HiGHS), so nothing that starts often loads
it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from scipy import optimize as untyped_optimize  # pyright: ignore[reportMissingTypeStubs, reportAttributeAccessIssue, reportUnknownVariableType]  it ships no types
from scipy import sparse as untyped_sparse  # pyright: ignore[reportMissingTypeStubs, reportAttributeAccessIssue, reportUnknownVariableType]  it ships no types

from corridor.core.records import Part
from corridor.supply_chain.errors import Unsolved
from corridor.supply_chain.rules.chokepoints import (
    Of,
    below,
    essential_needs,
    providers,
    whose,
)
from corridor.supply_chain.rules.graph import Graph

NONE, OUT_OF_TIME = 2, 1
"""What `milp` says: there is no solution; the time limit came first."""


class Cut(Part):
    """Those whose loss together stops a service."""

    lost: tuple[str, ...]
    stops: tuple[str, ...]
    """The inputs that stop, from the ground up."""
    bound: int
    """No set has fewer."""
    exact: bool
    """Whether it is proved that this is one of the smallest; else the time was over first."""


@dataclass(slots=True)
class _Program:
    """Rows of an integer program: sums of variables that are at least 0, or at least a number."""

    names: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    rows: list[dict[int, float]] = field(default_factory=list[dict[int, float]])
    least: list[float] = field(default_factory=list[float])

    def variable(self, kind: str, name: str) -> int:
        """Return the number of a variable, a new one if it is not there yet."""
        return self.names.setdefault((kind, name), len(self.names))

    def add(self, terms: Mapping[int, float], least: float = 0.0) -> None:
        """Demand that a sum is at least a number."""
        self.rows.append(dict(terms))
        self.least.append(least)


def smallest_cuts(
    graph: Graph, service: str, of: Of, *, part: float = 1.0, most: int = 3, seconds: float = 10.0
) -> list[Cut]:
    """Return smallest sets whose loss stops a service, at most so many of the smallest size.

    `part` is how much of the known supply of an input has to be lost for it to stop.

    Raises:
        Circular: if something is needed for itself.
        Unsolved: if the time was over before any set was found.
    """
    order = below(graph, service)
    program = _program(graph, order, of, part)
    program.add({program.variable("stops", service): 1.0}, 1.0)
    found: list[Cut] = []
    while len(found) < most:
        cut = _solved(program, order, seconds)
        if cut is None or (found and len(cut.lost) > len(found[0].lost)):
            break
        found.append(cut)
        again = {program.variable("lost", name): -1.0 for name in cut.lost}
        program.add(again, 1.0 - len(cut.lost))
    return found


def _program(graph: Graph, order: Sequence[str], of: Of, part: float) -> _Program:
    program = _Program()
    for name in order:
        stops = {program.variable("stops", name): -1.0}
        weights: dict[str, float] = {}
        for actor, weight in providers(graph, name, of).items():
            who = whose(graph, actor, of)
            weights[who] = weights.get(who, 0.0) + weight
        if weights:
            source = program.variable("source", name)
            stops[source] = 1.0
            lost = {program.variable("lost", who): weight for who, weight in weights.items()}
            program.add({**lost, source: -part * sum(weights.values()) * (1 - 1e-9)})
        for at, group in enumerate(essential_needs(graph, name)):
            gone = program.variable("group", f"{name}/{at}")
            stops[gone] = 1.0
            for each in group:
                program.add({program.variable("stops", each.input): 1.0, gone: -1.0})
        program.add(stops)
    return program


def _solved(program: _Program, order: Sequence[str], seconds: float) -> Cut | None:
    count = len(program.names)
    cost = np.zeros(count)
    for (kind, _), at in program.names.items():
        cost[at] = kind == "lost"
    places = [
        (row, at, value) for row, terms in enumerate(program.rows) for at, value in terms.items()
    ]
    row, at, value = (np.array(each) for each in zip(*places, strict=True))
    untyped = cast("Any", untyped_optimize)
    matrix = cast("Any", untyped_sparse).csr_array(
        (value, (row, at)), shape=(len(program.rows), count)
    )
    result = untyped.milp(
        cost,
        integrality=np.ones(count),
        bounds=untyped.Bounds(0, 1),
        constraints=untyped.LinearConstraint(matrix, lb=np.array(program.least)),
        options={"time_limit": seconds},
    )
    if result.status == NONE:
        return None
    if result.x is None:
        raise Unsolved(f"No set was found within {seconds:g} s.")
    chosen = {name for name, at in program.names.items() if result.x[at] > 0.5}
    lost = tuple(sorted(name for kind, name in chosen if kind == "lost"))
    bound = result.mip_dual_bound
    return Cut(
        lost=lost,
        stops=tuple(name for name in order if ("stops", name) in chosen),
        bound=len(lost) if bound is None else int(np.ceil(float(bound) - 1e-6)),
        exact=result.status != OUT_OF_TIME,
    )
