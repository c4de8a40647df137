"""Capital that is destroyed, and the orders that rebuild it: demand that adds to all other demand.

Hallegatte, Risk Analysis 28 (2008) 779, section 2.4, and 34 (2014) 152, equations (5) and (9): what
is destroyed bounds capacity, and is ordered anew from the sectors that rebuild.

    capacity of j      alpha_j (1 - left_j / K_j) x_0j,   left_j = sum over i of R_ij
    ordered of i       sum over j of R_ij / tau, each day, once rebuilding has begun
    R_ij               R_ij (1 - served_i / tau) on the next day
    R_ij at first      damage_j part_s (what j buys of i / what j buys of the sector s of i)

with served_i the part of its orders that i delivers: rebuilding has its turn with everybody else.
Who loses capital orders it where it buys usually; if it buys nothing of a sector that rebuilds, of
all of that sector by their size. What is destroyed is a part of K, by default 4 times the value
added of a year, which is coarse. Insurance, money, and houses are no part of this model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from corridor.supply_chain.errors import BadNetwork
from corridor.supply_chain.rules.industries.economy import DAYS_A_YEAR, Economy, Floats
from corridor.supply_chain.rules.industries.kernels import Rebuilding

CAPITAL = 4.0
"""Years of value added."""
WHOLE = 1e-9
"""Parts that come to 1 but for this do so by rounding."""


@dataclass(frozen=True)
class Damage:
    """Industries lose a part of their capital at once, and later order it anew."""

    parts: Mapping[int, float]
    """By industry: the part that is destroyed, 0 to 1."""
    start: int
    """The day on which it is destroyed; the first of all days is 0."""
    sectors: Mapping[int, float]
    """By sector that rebuilds: its part of the work; they come to 1."""
    waiting: int = 0
    """For how many days nothing is ordered yet."""
    within: float = 60.0
    """tau: each day this part of what is left is ordered, one 60th; at least 1."""
    capital: Mapping[int, float] = field(default_factory=dict[int, float])
    """By industry: its capital in years of value added, where that is not 4."""


def rebuilding(economy: Economy, damages: Sequence[Damage]) -> Rebuilding:
    """Return what is to be rebuilt, as the kernels want it.

    Raises:
        BadNetwork: if an industry or a sector is not there, a part is none, or there is no capital.
    """
    place = np.argsort(economy.order)
    events: list[int] = []
    industries: list[int] = []
    orders: list[Floats] = []
    capital: list[float] = []
    for number, damage in enumerate(damages):
        work = _work(economy, damage)
        for industry, part in damage.parts.items():
            whole = _capital(economy, damage, industry, part)
            events.append(number)
            industries.append(int(place[industry]))
            capital.append(whole)
            orders.append(part * whole * work * _sources(economy, int(place[industry])))
    _check_not_twice(damages)
    size = economy.size
    return Rebuilding(
        np.array(events, dtype=np.int64),
        np.array(industries, dtype=np.int64),
        np.array(orders, dtype=np.float64).reshape(len(orders), size),
        np.array(capital),
        np.array([damage.start for damage in damages], dtype=np.int64),
        np.array([damage.start + damage.waiting for damage in damages], dtype=np.int64),
        np.array([damage.within for damage in damages], dtype=np.float64),
        np.ones((len(damages), size)),
    )


def _check_not_twice(damages: Sequence[Damage]) -> None:
    whole: dict[int, float] = {}
    for damage in damages:
        for industry, part in damage.parts.items():
            whole[industry] = whole.get(industry, 0.0) + part
            if whole[industry] > 1 + WHOLE:
                raise BadNetwork(f"Industry {industry} would lose more than all of its capital.")


def _work(economy: Economy, damage: Damage) -> Floats:
    """Return, by industry in the kernels' order, the part of the work of its sector."""
    kinds = len(economy.starts) - 1
    for sector, part in damage.sectors.items():
        if not (0 <= sector < kinds and 0 <= part <= 1):
            raise BadNetwork(f"Sector {sector} cannot do {part} of the rebuilding.")
        if economy.starts[sector] == economy.starts[sector + 1]:
            raise BadNetwork(f"Sector {sector} has no industry that could rebuild.")
    if abs(sum(damage.sectors.values()) - 1) > WHOLE:
        raise BadNetwork("The parts of the rebuilding do not come to 1.")
    if not (damage.within >= 1 and damage.waiting >= 0 and damage.start >= 0):
        raise BadNetwork("Rebuilding is within a day or more, and nothing is before day 0.")
    by_sector = np.array([damage.sectors.get(sector, 0.0) for sector in range(kinds)])
    return by_sector[economy.sectors[economy.order]]


def _capital(economy: Economy, damage: Damage, industry: int, part: float) -> float:
    if not (0 <= industry < economy.size and 0 <= part <= 1):
        raise BadNetwork(f"Industry {industry} cannot lose {part} of its capital.")
    added = economy.output[industry] * DAYS_A_YEAR - economy.sales[:, industry].sum()
    whole = damage.capital.get(industry, CAPITAL) * float(added)
    if not whole > 0:
        raise BadNetwork(
            f"Industry {industry} has no value added, so that its capital is not known.",
        )
    return whole


def _sources(economy: Economy, industry: int) -> Floats:
    """Return, by supplier in the kernels' order, its part of what is ordered of its sector."""
    parts = economy.parts[:, industry].copy()
    output = economy.output[economy.order]
    for first, last in zip(economy.starts[:-1], economy.starts[1:], strict=True):
        own = slice(first, last)
        if parts[own].sum() == 0 and output[own].sum() > 0:
            parts[own] = output[own] / output[own].sum()
    return parts
