"""An economy as an input-output table: what each industry sells to each other, and to consumers."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from corridor.supply_chain.errors import BadNetwork

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DAYS_A_YEAR = 365


@dataclass(frozen=True)
class Economy:
    """Industries, each a sector of a region. Amounts are in one unit of money a year.

    An industry needs the products of sectors, whichever region they are from; products of one
    sector from two regions are alike to it.
    """

    sales: Floats
    """From the industry that sells (row) to the one that buys (column)."""
    consumers: Floats
    """By industry: what consumers of all regions buy."""
    sectors: Ints
    """By industry, from 0."""

    def __post_init__(self) -> None:
        """Check that the figures fit each other.

        Raises:
            BadNetwork: if they do not, or one is negative or no number.
        """
        size = len(self.consumers)
        if self.sales.shape != (size, size) or len(self.sectors) != size:
            raise BadNetwork("Sales, consumers and sectors are not of the same industries.")
        if size == 0 or self.sectors.min() < 0:
            raise BadNetwork("There is no industry, or a sector is below 0.")
        for name, figures in (("sales", self.sales), ("consumers", self.consumers)):
            wrong = ~(np.isfinite(figures) & (figures >= 0))
            if wrong.any():
                place = tuple(int(i) for i in np.unravel_index(wrong.argmax(), figures.shape))
                raise BadNetwork(f"{name}{list(place)} is {figures[place]}, which is no amount.")
        if not (self.output > 0).any():
            raise BadNetwork("No industry makes anything.")

    @property
    def size(self) -> int:
        """How many industries there are."""
        return len(self.consumers)

    @cached_property
    def output(self) -> Floats:
        """By industry: what it makes in a day."""
        return (self.sales.sum(axis=1) + self.consumers) / DAYS_A_YEAR

    @cached_property
    def order(self) -> Ints:
        """The industries in the order of their sectors, as the kernels want them."""
        return np.argsort(self.sectors, kind="stable")

    @cached_property
    def starts(self) -> Ints:
        """By sector: where its industries begin in that order; one more at the end."""
        counts = np.bincount(self.sectors)
        return np.concatenate(([0], np.cumsum(counts)), dtype=np.int64)

    @cached_property
    def bought(self) -> Floats:
        """By sector (row) and industry, in that order: what it buys of the sector in a day."""
        sales = self.sales[np.ix_(self.order, self.order)] / DAYS_A_YEAR
        filled = np.flatnonzero(np.diff(self.starts))
        found = np.zeros((len(self.starts) - 1, self.size))
        found[filled] = np.add.reduceat(sales, self.starts[filled], axis=0)
        return found

    @cached_property
    def parts(self) -> Floats:
        """By industries, in that order: which part of what is bought of a sector is from whom."""
        sales = self.sales[np.ix_(self.order, self.order)] / DAYS_A_YEAR
        whole = np.repeat(self.bought, np.diff(self.starts), axis=0)
        return np.divide(sales, whole, out=np.zeros_like(sales), where=whole > 0)
