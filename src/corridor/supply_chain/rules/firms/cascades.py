"""What a loss at some firms does to all, and how much each firm puts at risk (ESRI).

    h_d(j) = min(1 - psi_j, min over essential k of 1 - loss_jk, 1 - sum over non-essential loss_jk)
    h_u(i) = min(1 - psi_i, 1 - sum over buyers j of (W_ij / revenue_i) (1 - h_u(j)))

with loss_jk the sum, over suppliers i of sector k, of sigma_i, the weight of the link, and 1 -
h_d(i). sigma_i = min(1, sales_i / what is left of i's market) says how far nobody stands in for i.
The index of a shock is the sum of w_i (1 - min(h_d(i), h_u(i))). The tolerance, and the horizon if
it was reached first, are part of every result: in closed circles the figures depend on them.

Within, firms are numbered by how many they sell to: those whom losses meet most often then lie side
by side in memory, and of 100,000 firms a link costs a quarter to a half less.
"""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from corridor.supply_chain.errors import BadNetwork
from corridor.supply_chain.rules.firms.kernels import (
    FRONTIER,
    LOSS,
    Links,
    Markets,
    Work,
    damage,
    index,
    spread,
)
from corridor.supply_chain.rules.firms.kernels import sweep as sweep_stretch
from corridor.supply_chain.rules.firms.network import NON_ESSENTIAL, Floats, Ints, Network

TOLERANCE = 1e-6
HORIZON = 10_000
STRETCH = 64
"""Scenarios that a thread takes at a time."""


@dataclass(frozen=True)
class Precision:
    """When to stop: below which growth, or after how many steps."""

    tolerance: float = TOLERANCE
    horizon: int = HORIZON


@dataclass(frozen=True)
class Cascade:
    """What became of every firm after one shock."""

    down: Floats
    """By firm: the part that is lost for want of inputs."""
    up: Floats
    """By firm: the part that is lost for want of buyers."""
    index: float
    """Which part of all is lost, by the weights."""
    index_down: float
    index_up: float
    steps_down: int
    steps_up: int
    links: int
    """How many links were touched."""
    precision: Precision
    settled: bool
    """Whether nothing grew by more than the tolerance any more, before the horizon."""

    @property
    def loss(self) -> Floats:
        """By firm: the larger of both losses."""
        return np.maximum(self.down, self.up)


@dataclass(frozen=True)
class Sweep:
    """What each firm puts at risk by failing alone; one row a firm, in the order asked."""

    firms: Ints
    index: Floats
    down: Floats
    up: Floats
    steps_down: Ints
    steps_up: Ints
    links: Ints
    precision: Precision
    settled: bool


@dataclass(frozen=True)
class Cascades:
    """Runs shocks on one network."""

    network: Network
    weights: Floats
    """By firm: what its whole loss counts; they sum to 1."""
    substitution: bool = False
    """Whether firms of a market stand in for each other."""
    markets: Ints | None = None
    """By firm; its sector where none are given."""
    precision: Precision = Precision()

    @classmethod
    def on(
        cls, network: Network, *, substitution: bool = False, weights: Floats | None = None,
        precision: Precision = Precision(),
    ) -> "Cascades":  # fmt: skip
        """Return what runs shocks on a network; a firm counts by its revenue unless weights say so.

        Raises:
            BadNetwork: if all weights are zero.
        """
        stated = network.revenue if weights is None else weights
        if not stated.sum() > 0:
            raise BadNetwork("No firm has a weight: nobody sells anything.")
        return cls(network, stated / stated.sum(), substitution, precision=precision)

    def shock(self, losses: Mapping[int, float]) -> Cascade:
        """Return what becomes of all when some firms lose a part of what they make, 0 to 1.

        Raises:
            BadNetwork: if a firm is not there, or a part is none.
        """
        self._check(losses)
        below, above = self._work(self._inner.prepared.slots), self._work(0)
        for firm, loss in losses.items():
            damage(self._open, below, self._place[firm], loss)
            damage(self._closed, above, self._place[firm], loss)
        tolerance, horizon = self.precision.tolerance, self.precision.horizon
        down, links_down = spread(self._down, self._open, below, tolerance, horizon)
        up, links_up = spread(self._up, self._closed, above, tolerance, horizon)
        both, lower, upper = index(self._weights, below, above)
        return Cascade(
            below.firms[self._place, LOSS], above.firms[self._place, LOSS], both, lower, upper, down, up, links_down + links_up,
            self.precision, not below.counts[FRONTIER] and not above.counts[FRONTIER],
        )  # fmt: skip

    def sweep(self, firms: Ints | None = None, shock: float = 1.0) -> Sweep:
        """Return what each of some firms, or each of all, puts at risk by failing alone."""
        asked = np.arange(self.network.size) if firms is None else firms
        self._check({int(firm): shock for firm in asked})
        found = np.zeros((len(asked), 7))
        stretches = range(0, len(asked), STRETCH)
        threads = max(1, min(len(stretches), len(os.sched_getaffinity(0))))
        slots, places = self._inner.prepared.slots, self._place[asked]
        works = [(self._work(slots), self._work(0)) for _ in range(threads)]

        def run(thread: int) -> None:
            below, above = works[thread]
            for first in stretches[thread::threads]:
                part = slice(first, first + STRETCH)
                sweep_stretch(
                    places[part], shock, self._weights, self._down, self._up, self._open,
                    self._closed, below, above, self.precision.tolerance, self.precision.horizon,
                    found[part],
                )  # fmt: skip

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, range(threads)))
        down, up, links = (found[:, column].astype(np.int64) for column in (3, 4, 5))
        columns = (found[:, 0], found[:, 1], found[:, 2], down, up, links)
        return Sweep(asked, *columns, self.precision, not found[:, 6].any())

    def _check(self, losses: Mapping[int, float]) -> None:
        for firm, loss in losses.items():
            if not 0 <= firm < self.network.size:
                raise BadNetwork(f"There is no firm {firm}; there are {self.network.size}.")
            if not 0 <= loss <= 1:
                raise BadNetwork(f"Firm {firm} cannot lose {loss}; a part is from 0 to 1.")

    @cached_property
    def _inner(self) -> Network:
        return self.network.in_order(self.network.by_buyers)

    @cached_property
    def _place(self) -> Ints:
        """By firm: its number within."""
        return np.argsort(self.network.by_buyers)

    @cached_property
    def _weights(self) -> Floats:
        return self.weights[self.network.by_buyers]

    @property
    def _down(self) -> Links:
        p = self._inner.prepared
        return Links(p.down_start, p.down_buyer, p.down_weight, p.down_slot)

    @property
    def _up(self) -> Links:
        p = self._inner.prepared
        slots = np.full(len(p.up_supplier), NON_ESSENTIAL, dtype=np.int32)
        return Links(p.up_start, p.up_supplier, p.up_weight, slots)

    @property
    def _open(self) -> Markets:
        market = self.network.sectors if self.markets is None else self.markets
        market, sales = market[self.network.by_buyers], self._inner.revenue
        whole = np.bincount(market, sales).astype(np.float64)
        return Markets(self.substitution, market, sales, whole)

    @property
    def _closed(self) -> Markets:
        return self._open._replace(open=False)

    def _work(self, slots: int) -> Work:
        size = self.network.size
        damaged, touched, frontier = (np.zeros(size, dtype=np.int64) for _ in range(3))
        firms, seen = np.zeros((size, 4)), np.zeros(size, dtype=np.int8)
        left, counts = self._open.whole.copy(), np.zeros(3, dtype=np.int64)
        return Work(firms, np.zeros(slots), left, seen, damaged, touched, frontier, counts)
