"""The smallest sets of countries or suppliers whose loss stops a service, exactly.

An integer program. A country (or supplier) is lost or not; an input stops at its source if those who
are lost have at least a part of what is known of its supply; it stops further up as `chokepoints`
says. Least is the number of those lost. Takes in SciPy (HiGHS), so nothing that starts often loads
it.
"""

from collections.abc import Sequence

import numpy as np

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
from corridor.supply_chain.rules.programs import Program


class Cut(Part):
    """Those whose loss together stops a service."""

    lost: tuple[str, ...]
    stops: tuple[str, ...]
    """The inputs that stop, from the ground up."""
    bound: int
    """No set has fewer."""
    exact: bool
    """Whether it is proved that this is one of the smallest; else the time was over first."""


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


def _program(graph: Graph, order: Sequence[str], of: Of, part: float) -> Program:
    program = Program()
    for name in order:
        stops = {program.variable("stops", name): -1.0}
        weights: dict[str, float] = {}
        for actor, weight in providers(graph, name, of).items():
            who = whose(graph, actor, of)
            weights[who] = weights.get(who, 0.0) + weight
        if weights:
            source = program.variable("source", name)
            stops[source] = 1.0
            lost = {program.variable("lost", who, 1.0): weight for who, weight in weights.items()}
            program.add({**lost, source: -part * sum(weights.values()) * (1 - 1e-9)})
        for at, group in enumerate(essential_needs(graph, name)):
            gone = program.variable("group", f"{name}/{at}")
            stops[gone] = 1.0
            for each in group:
                program.add({program.variable("stops", each.input): 1.0, gone: -1.0})
        program.add(stops)
    return program


def _solved(program: Program, order: Sequence[str], seconds: float) -> Cut | None:
    answer = program.solved(seconds)
    if not answer.possible:
        return None
    if answer.values is None:
        raise Unsolved(f"No set was found within {seconds:g} s.")
    lost = tuple(sorted(answer.chosen("lost")))
    stops = set(answer.chosen("stops"))
    return Cut(
        lost=lost,
        stops=tuple(name for name in order if name in stops),
        bound=len(lost) if answer.bound is None else int(np.ceil(answer.bound - 1e-6)),
        exact=answer.exact,
    )
