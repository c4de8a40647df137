"""Programs with whole numbers: rows of sums that are at least something, solved by HiGHS.

Takes in SciPy, so nothing that starts often loads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from scipy import optimize as untyped_optimize  # pyright: ignore[reportMissingTypeStubs, reportAttributeAccessIssue, reportUnknownVariableType]  it ships no types
from scipy import sparse as untyped_sparse  # pyright: ignore[reportMissingTypeStubs, reportAttributeAccessIssue, reportUnknownVariableType]  it ships no types

NONE, OUT_OF_TIME = 2, 1
"""What `milp` says: there is no solution; the time limit came first."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver says."""

    values: Mapping[tuple[str, str], float] | None
    """The best that was found; None if nothing was."""
    bound: float | None
    """No solution costs less; None if that is not known."""
    exact: bool
    possible: bool

    def chosen(self, kind: str) -> list[str]:
        """Return the names of a kind whose variable is 1."""
        return [name for (of, name), x in (self.values or {}).items() if of == kind and x > 0.5]


@dataclass(slots=True)
class Program:
    """Variables from 0 to 1, what each costs, and rows: sums that are at least a number."""

    names: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    costs: dict[int, float] = field(default_factory=dict[int, float])
    parts: set[int] = field(default_factory=set[int])
    """The variables that need not be whole."""
    rows: list[dict[int, float]] = field(default_factory=list[dict[int, float]])
    least: list[float] = field(default_factory=list[float])

    def variable(self, kind: str, name: str, cost: float = 0.0, *, whole: bool = True) -> int:
        """Return the number of a variable, a new one if it is not there yet."""
        if (kind, name) not in self.names:
            at = self.names[kind, name] = len(self.names)
            self.costs[at] = cost
            if not whole:
                self.parts.add(at)
        return self.names[kind, name]

    def add(self, terms: Mapping[int, float], least: float = 0.0) -> None:
        """Demand that a sum is at least a number."""
        self.rows.append(dict(terms))
        self.least.append(least)

    def solved(self, seconds: float) -> Answer:
        """Return the cheapest solution, or the best that was found within the time."""
        count = len(self.names)
        places = [(row, at, v) for row, terms in enumerate(self.rows) for at, v in terms.items()]
        row, at, value = (np.array(each) for each in zip(*places, strict=True))
        untyped = cast("Any", untyped_optimize)
        matrix = cast("Any", untyped_sparse).csr_array(
            (value, (row, at)), shape=(len(self.rows), count)
        )
        result = untyped.milp(
            np.array([self.costs[at] for at in range(count)]),
            integrality=np.array([at not in self.parts for at in range(count)], dtype=int),
            bounds=untyped.Bounds(0, 1),
            constraints=untyped.LinearConstraint(matrix, lb=np.array(self.least)),
            options={"time_limit": max(seconds, 0.0), "mip_rel_gap": 0.0},
        )
        values = None
        if result.x is not None:
            values = {name: float(result.x[at]) for name, at in self.names.items()}
        bound = result.mip_dual_bound
        return Answer(
            values=values,
            bound=None if bound is None else float(bound),
            exact=result.status not in {NONE, OUT_OF_TIME} and values is not None,
            possible=result.status != NONE,
        )
