"""How much each firm's or sector's fortune counts for the whole economy, in the long run.

Acemoglu, Carvalho, Ozdaglar and Tahbaz-Salehi, "The Network Origins of Aggregate Fluctuations",
Econometrica 80(5), 2012: v = (alpha / n) [I - (1 - alpha) W']^-1 1, and log GDP = v' eps for
independent shocks eps, so that the whole varies like the length of v.
"""

import numpy as np
from numpy.typing import NDArray

from corridor.supply_chain.errors import BadNetwork

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def influence(
    suppliers: Ints,
    buyers: Ints,
    parts: Floats,
    size: int,
    labour: float,
    tolerance: float = 1e-12,
) -> Floats:
    """Return the influence of each of `size` sectors.

    `parts` are, by link, which part of the buyer's inputs the supplier's are (at most 1 a buyer),
    and `labour` is alpha. The sum of the series is cut off where its rest is below the tolerance.

    Raises:
        BadNetwork: if the parts of a buyer come to more than 1, or labour is no part of costs.
    """
    if not 0 < labour <= 1:
        raise BadNetwork(f"Labour's part of costs is {labour}; it is above 0 and at most 1.")
    bought = np.bincount(buyers, parts, size)
    if len(bought) and bought.max() > 1 + 1e-9:
        raise BadNetwork(f"The inputs of {int(bought.argmax())} come to {bought.max()}, not 1.")
    term = np.full(size, labour / size)
    found = term.copy()
    while term.sum() * (1 - labour) / labour > tolerance:
        term = (1 - labour) * np.bincount(suppliers, parts * term[buyers], size)
        found += term
    return found
