"""What dearer products do to all prices, and to consumers: the Leontief price model.

    rise_j = sum over i of a_ij rise_i,   a_ij = what j buys of i / all that j makes

for all but the industries whose rise is given (Miller and Blair, Input-Output Analysis, 2nd ed.
2009, 2.6). Costs are passed on in full; quantities, wages and profits stay as they are.
"""

from collections.abc import Mapping

import numpy as np

from corridor.supply_chain.errors import BadNetwork
from corridor.supply_chain.rules.industries.economy import DAYS_A_YEAR, Economy, Floats


def rises(economy: Economy, named: Mapping[int, float]) -> Floats:
    """Return, by industry, by which part of its usual price its product is dearer.

    Raises:
        BadNetwork: if an industry is not there, or the table has no prices: costs beyond all income.
    """
    for industry, rise in named.items():
        if not (0 <= industry < economy.size and np.isfinite(rise) and rise >= 0):
            raise BadNetwork(f"Industry {industry} cannot be dearer by {rise}.")
    found = np.zeros(economy.size)
    given = np.array(sorted(named), dtype=np.int64)
    others = np.setdiff1d(np.arange(economy.size), given)
    found[given] = [named[int(industry)] for industry in given]
    whole = economy.output * DAYS_A_YEAR
    costs = np.divide(economy.sales, whole, out=np.zeros_like(economy.sales), where=whole > 0)
    inner = np.eye(len(others)) - costs[np.ix_(others, others)].T
    try:
        found[others] = np.linalg.solve(inner, costs[np.ix_(given, others)].T @ found[given])
    except np.linalg.LinAlgError as error:
        raise BadNetwork("Some industries buy all that they make of each other.") from error
    return found


def consumers_rise(economy: Economy, found: Floats) -> float:
    """Return by which part what consumers buy is dearer, if they buy as before."""
    return float(economy.consumers @ found / economy.consumers.sum())
