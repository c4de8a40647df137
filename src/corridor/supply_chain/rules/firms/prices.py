"""What dearer firms do to the prices of all: the Leontief price model along the links.

    rise_j = sum over suppliers i of (W_ij / costs_j) rise_i

for all but the firms whose rise is given (Miller and Blair, Input-Output Analysis, 2nd ed. 2009,
2.6). Costs are passed on in full, essential or not; nobody buys less or elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from corridor.supply_chain.errors import BadNetwork
from corridor.supply_chain.rules.firms.network import Floats, Network

TOLERANCE, HORIZON = 1e-9, 10_000


@dataclass(frozen=True)
class Prices:
    """By which part of its usual price what a firm sells is dearer."""

    rise: Floats
    steps: int
    tolerance: float
    settled: bool


def prices(network: Network, named: Mapping[int, float], tolerance: float = TOLERANCE) -> Prices:
    """Return the rises of all firms; a step looks once at each link.

    Raises:
        BadNetwork: if a firm is not there, or a rise is none.
    """
    for firm, rise in named.items():
        if not (0 <= firm < network.size and np.isfinite(rise) and rise >= 0):
            raise BadNetwork(f"Firm {firm} cannot be dearer by {rise}.")
    given = np.array(sorted(named), dtype=np.int64)
    stated = np.array([named[int(firm)] for firm in given])
    paid = network.costs[network.buyers]
    part = np.divide(network.sales, paid, out=np.zeros_like(network.sales), where=paid > 0)
    rise, steps, grown = np.zeros(network.size), 0, np.inf
    rise[given] = stated
    while grown > tolerance and steps < HORIZON:
        passed = part * rise[network.suppliers]
        after = np.bincount(network.buyers, passed, network.size).astype(np.float64)
        after[given] = stated
        grown, steps = float(np.abs(after - rise).max(initial=0.0)), steps + 1
        rise = after
    return Prices(rise, steps, tolerance, grown <= tolerance)
