"""What becomes of an economy, day by day, when industries lose a part of their capacity.

    1 demand        D_f = orders of all + consumers + what is ordered to rebuild (see `rebuilding`)
    2 capacity      x_opt = min(D, alpha (1 - Delta) x_0)
    3 inventories   x = x_opt min(1, min over s of stock_s / (psi days_s A_s x_opt))
    4 rationing     every client of f gets the part x_f / D_f of what it ordered
    5 stocks        stock_s += received_s - A_s x
    6 orders        max(0, days_s A_s x_opt - stock_s) / tau_orders + A_s x, split by initial shares,
                    or by these times alpha (1 - Delta) of the suppliers
    7 overproduction  alpha += ((alpha_max - alpha) (D - x) / D) / tau, or back to 1, with x of the
                    day before
    8 recovery      Delta is whole for a time and then falls to 0

The clock: day 0 is as usual unless something begins on it. On each day, in this order, what is
destroyed or lost lessens capacity, orders of the day before and of consumers are met, goods arrive,
and the orders of the next day are made. Prices change nothing here; `prices` says what costs do.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from corridor.supply_chain.errors import BadNetwork
from corridor.supply_chain.records import Curve
from corridor.supply_chain.rules.industries.economy import Economy, Floats
from corridor.supply_chain.rules.industries.kernels import Habits, State, Table, run
from corridor.supply_chain.rules.industries.rebuilding import Damage, rebuilding

DAYS = 90.0


@dataclass(frozen=True)
class Behaviour:
    """How industries react."""

    days: float = DAYS
    """For how many days inputs are held; infinite: never short."""
    days_by_sector: Mapping[int, float] = field(default_factory=dict[int, float])
    """Where it differs."""
    least: float = 0.8
    """psi: below this part of what is held, production is less."""
    restoring_days: float = 60.0
    """Within how many days stocks are to be filled up again."""
    most_capacity: float = 1.25
    """How far above its usual capacity an industry can go."""
    rising_days: float = 365.0
    """How fast it gets there."""
    alternatives: bool = True
    """Whether orders go to suppliers that still produce, or are split as ever."""
    as_boario: bool = False
    """Take steps 6 and 7 as BoARIO 0.7.2 does, to compare: stocks are aimed at the demand that is
    left after the day's rebuilding, and capacity falls by the part that demand is below what was
    made; back to 1 only where demand is just met."""


@dataclass(frozen=True)
class Outage:
    """Industries lose a part of their capacity, for a time."""

    losses: Mapping[int, float]
    """By industry: the part that is lost, 0 to 1."""
    start: int
    """The first day of it; the first of all days is 0."""
    duration: int
    """For how many days it is whole."""
    recovery: int = 0
    """How many days it then takes: on the k-th of them, all but k / recovery of it is there."""
    curve: Curve = "linear"

    def left(self, day: int) -> float:
        """Return which part of the loss there is on a day."""
        if day < self.start:
            return 0.0
        after = day - (self.start + self.duration) + 1
        if after <= 0:
            return 1.0
        return 0.0 if after >= self.recovery else _falling(after / self.recovery, self.curve)


def _falling(part: float, curve: Curve) -> float:
    if curve == "fast first":
        return (1 - part) ** 2
    if curve == "slow first":
        return 1 - part**2
    return 1 - part if curve == "linear" else 0.5 * (1 + math.cos(math.pi * part))


@dataclass(frozen=True)
class Course:
    """What was made and what was missing, by day and industry, in units of money a day."""

    made: Floats
    unmet: Floats
    """What consumers ordered and did not get."""
    output: Floats
    """By industry: what it makes on a usual day."""
    consumers: Floats
    """By industry: what consumers order on a day."""
    damage: Floats
    """By day: what is destroyed and not yet rebuilt, in units of money."""

    @property
    def total(self) -> Floats:
        """By day: all that is made, over what is usual."""
        return self.made.sum(axis=1) / self.output.sum()

    @property
    def days_unmet(self) -> float:
        """All that consumers did not get, in days of all that they order."""
        return float(self.unmet.sum() / self.consumers.sum())

    @property
    def days_lost(self) -> float:
        """All that was made less than usual, in days of all that is made; less than 0 if more."""
        return float((1 - self.total).sum())


def course(
    economy: Economy,
    outages: Sequence[Outage],
    days: int,
    behaviour: Behaviour | None = None,
    damages: Sequence[Damage] = (),
) -> Course:
    """Return what becomes of an economy; several outages at once multiply what each leaves.

    Several damages of one industry add up; more than all of its capital is refused.

    Raises:
        BadNetwork: if one names an industry that is not there, or a part that is none.
    """
    habits = _habits(economy, behaviour or Behaviour())
    able = _able(economy, outages, days)
    order, back = economy.order, np.argsort(economy.order)
    table = Table(
        economy.starts,
        economy.parts,
        economy.bought,
        economy.output[order],
        economy.consumers[order] / 365,
    )
    made, unmet, left = np.zeros(able.shape), np.zeros(able.shape), np.zeros(days)
    anew = rebuilding(economy, damages)
    run(table, habits, _state(table, habits), anew, able[:, order], made, unmet, left)
    return Course(made[:, back], unmet[:, back], economy.output, economy.consumers / 365, left)


def _habits(economy: Economy, behaviour: Behaviour) -> Habits:
    cover = np.full(len(economy.starts) - 1, behaviour.days)
    for sector, days in behaviour.days_by_sector.items():
        cover[sector] = days
    return Habits(
        cover,
        behaviour.least,
        behaviour.restoring_days,
        behaviour.most_capacity,
        behaviour.rising_days,
        behaviour.alternatives,
        behaviour.as_boario,
    )


def _able(economy: Economy, outages: Sequence[Outage], days: int) -> Floats:
    able = np.ones((days, economy.size))
    for outage in outages:
        left = np.array([outage.left(day) for day in range(days)])
        for industry, loss in outage.losses.items():
            if not (0 <= industry < economy.size and 0 <= loss <= 1):
                raise BadNetwork(f"Industry {industry} cannot lose {loss} of its capacity.")
            able[:, industry] *= 1 - loss * left
    return able


def _state(table: Table, habits: Habits) -> State:
    size = len(table.output)
    stocks = np.where(np.isfinite(habits.cover), habits.cover, 0.0)[:, None] * table.bought
    ones, zeros = np.ones(size), np.zeros(size)
    return State(
        stocks, table.bought.copy(), ones, ones.copy(), ones.copy(),
        zeros, zeros.copy(), zeros.copy(), zeros.copy(),
    )  # fmt: skip
