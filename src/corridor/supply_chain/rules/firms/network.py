"""Firms and what they sell to each other, as arrays, made ready for the kernels.

Firm j needs the products of sector k for its own in one of three ways: essential (2), where a loss
of what it buys from k bounds what it makes; non-essential (1), where it lessens what it makes by
its part of all costs; or ignorable (0). What is sold to consumers, and what is paid for labour and
capital, are part of revenue and costs; without them a closed circle of firms dies of any shock.

That holds for essential inputs too, so by default their loss counts by the part of costs that is
bought from others. Where the network is `strict` it counts in full, as Leontief has it: right
where there are no circles, and where there are, losses creep on through them for very many steps.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from corridor.supply_chain.errors import BadNetwork

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Small = NDArray[np.int32]
"""Half as long, so that twice as many come with one look into memory."""
NON_ESSENTIAL = -1
"""In place of a slot, for links whose losses are summed over all sectors."""


@dataclass(frozen=True)
class Network:
    """Who sells how much to whom. `sectors` are numbers from 0; money is in one unit a year."""

    suppliers: Ints
    """By link."""
    buyers: Ints
    """By link."""
    sales: Floats
    """By link: what the buyer pays the supplier."""
    sectors: Ints
    """By firm."""
    essentiality: NDArray[np.int8]
    """From the sector that is bought (row) into the sector that buys (column): 0, 1 or 2."""
    final_demand: Floats
    """By firm: what consumers pay it."""
    value_added: Floats
    """By firm: what it pays for labour and capital."""
    strict: bool = False
    """Whether the loss of an essential input stops all that a firm makes, or the bought-in part."""

    def __post_init__(self) -> None:
        """Check that the arrays fit each other.

        Raises:
            BadNetwork: if they do not, or a figure is negative or no number.
        """
        count = len(self.sectors)
        if not len(self.suppliers) == len(self.buyers) == len(self.sales):
            raise BadNetwork("Suppliers, buyers and sales are not of one length.")
        if len(self.final_demand) != count or len(self.value_added) != count:
            raise BadNetwork("Final demand and value added are not of one length with sectors.")
        for name in ("suppliers", "buyers"):
            ends: Ints = getattr(self, name)
            if len(ends) and not (ends.min() >= 0 and ends.max() < count):
                raise BadNetwork(f"A link has a firm that is not there, among {name}.")
        kinds = self.essentiality.shape[0]
        if count and not (self.sectors.min() >= 0 and self.sectors.max() < kinds):
            raise BadNetwork("A firm has a sector that is not in the table of essentiality.")
        for name in ("sales", "final_demand", "value_added"):
            figures: Floats = getattr(self, name)
            if not (np.isfinite(figures).all() and (figures >= 0).all()):
                place = int(np.argmin(np.isfinite(figures) & (figures >= 0)))
                raise BadNetwork(f"{name}[{place}] is {figures[place]}, which is no amount.")

    @property
    def size(self) -> int:
        """How many firms there are."""
        return len(self.sectors)

    @cached_property
    def revenue(self) -> Floats:
        """By firm: all that it sells."""
        sold = np.bincount(self.suppliers, self.sales, self.size)
        return sold + self.final_demand

    @cached_property
    def costs(self) -> Floats:
        """By firm: all that it pays."""
        paid = np.bincount(self.buyers, self.sales, self.size)
        return paid + self.value_added

    @property
    def bought_in(self) -> Floats:
        """By firm: which part of its costs it pays to others."""
        return 1 - _parts(self.value_added, self.costs)

    @cached_property
    def by_buyers(self) -> Ints:
        """The firms, those that sell to most first."""
        return np.argsort(-np.bincount(self.suppliers, minlength=self.size), kind="stable")

    def in_order(self, order: Ints) -> "Network":
        """Return the same network with its firms numbered in another order."""
        place = np.argsort(order)
        return replace(
            self,
            suppliers=place[self.suppliers],
            buyers=place[self.buyers],
            sectors=self.sectors[order],
            final_demand=self.final_demand[order],
            value_added=self.value_added[order],
        )

    @cached_property
    def prepared(self) -> "Prepared":
        """The links as the kernels want them; made once."""
        return _prepared(self)


@dataclass(frozen=True)
class Prepared:
    """Links in the order of suppliers (down) and of buyers (up), with the weight of a loss."""

    down_start: Ints
    """By firm: where its links to buyers begin; one more at the end."""
    down_buyer: Small
    down_weight: Floats
    """Which part of what the buyer gets of this sector (essential), or of all its costs, this is."""
    down_slot: Small
    """The buyer and sector whose loss it adds to, as one number; or NON_ESSENTIAL."""
    up_start: Ints
    up_supplier: Small
    up_weight: Floats
    """Which part of the supplier's revenue this is."""
    slots: int


def _prepared(network: Network) -> Prepared:
    into = network.essentiality[network.sectors[network.suppliers], network.sectors[network.buyers]]
    slot = np.full(len(network.sales), NON_ESSENTIAL, dtype=np.int64)
    weight = np.zeros(len(network.sales))
    essential, partly = into == 2, into == 1
    kinds = len(network.essentiality)
    keys = network.buyers[essential] * kinds + network.sectors[network.suppliers[essential]]
    unique, slot[essential] = np.unique(keys, return_inverse=True)
    bought = np.bincount(slot[essential], network.sales[essential], len(unique)).astype(np.float64)
    weight[essential] = _parts(network.sales[essential], bought[slot[essential]])
    if not network.strict:
        weight[essential] *= network.bought_in[network.buyers[essential]]
    weight[partly] = _parts(network.sales[partly], network.costs[network.buyers[partly]])
    down = np.argsort(network.suppliers, kind="stable")
    down = down[weight[down] > 0]
    up_weight = _parts(network.sales, network.revenue[network.suppliers])
    up = np.argsort(network.buyers, kind="stable")
    up = up[up_weight[up] > 0]
    return Prepared(
        down_start=_starts(network.suppliers[down], network.size),
        down_buyer=network.buyers[down].astype(np.int32),
        down_weight=weight[down],
        down_slot=slot[down].astype(np.int32),
        up_start=_starts(network.buyers[up], network.size),
        up_supplier=network.suppliers[up].astype(np.int32),
        up_weight=up_weight[up],
        slots=len(unique),
    )


def _parts(amounts: Floats, wholes: Floats) -> Floats:
    return np.divide(amounts, wholes, out=np.zeros(len(amounts)), where=wholes > 0)


def _starts(sorted_firms: Ints, count: int) -> Ints:
    return np.concatenate(
        ([0], np.cumsum(np.bincount(sorted_firms, minlength=count))), dtype=np.int64
    )
