"""The loops of the static engine, compiled. Takes in Numba, so nothing that starts often loads it.

A scenario keeps the firms whose loss has grown by more than the tolerance since it was last handed
on (the frontier), and touches their links alone. All of one step is computed from the state before
it. Losses only grow, so the state is sums that are added to, and the largest loss of an essential
input is known without a look at the others.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.supply_chain.rules.compiling import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Small = NDArray[np.int32]
Flags = NDArray[np.int8]
LOSS, HANDED, MOST, PARTLY = 0, 1, 2, 3
"""Places in a firm's line of `firms`."""
EMPTY_MARKET = 1e-10
DAMAGED, TOUCHED, FRONTIER = 0, 1, 2
"""Places in `counts`."""
TWICE = 2
"""Added to `seen` of a firm while it is among the touched."""


class Links(NamedTuple):
    """Where a firm's loss goes: to its buyers, or to its suppliers."""

    start: Ints
    other: Small
    weight: Floats
    slot: Small


class Markets(NamedTuple):
    """Who can stand in for whom; nobody for anybody if not `open`."""

    open: bool
    market: Ints
    """By firm."""
    sales: Floats
    """By firm."""
    whole: Floats
    """By market: all its sales."""


class Work(NamedTuple):
    """The state of one scenario; all of it is zero between two.

    What is known of a firm lies side by side: in a large network each look at one is a look into
    memory, and one look then brings all of it.
    """

    firms: Floats
    """By firm: which part of it is lost, 0 to 1; which loss the others know of; the largest loss of
    an essential input; and the summed loss of inputs that are not essential."""
    slots: Floats
    """By buyer and essential sector: what is lost of that input; empty if there are none."""
    left: Floats
    """By market: sales that are left; kept up where others stand in."""
    seen: Flags
    """By firm: 1 if damaged, and 2 more while it is among the touched."""
    damaged: Ints
    touched: Ints
    frontier: Ints
    counts: Ints


@compiled
def spread(
    links: Links, markets: Markets, work: Work, tolerance: float, horizon: int
) -> tuple[int, int]:
    """Spread the losses that are in `work` until none grows by more than the tolerance.

    Returns the steps and how many links were touched. A frontier is left where the horizon came
    first.
    """
    steps, touched_links = 0, 0
    work.counts[TOUCHED] = work.counts[DAMAGED]
    for at in range(work.counts[DAMAGED]):
        work.touched[at] = work.damaged[at]
    find_frontier(markets, work, tolerance)
    while work.counts[FRONTIER] > 0 and steps < horizon:
        steps += 1
        touched_links += hand_on(links, markets, work)
        settle(markets, work)
        find_frontier(markets, work, tolerance)
    return steps, touched_links


@compiled
def damage(markets: Markets, work: Work, firm: int, loss: float) -> None:
    """Raise the loss of a firm at the beginning of a scenario."""
    if markets.open:
        more = loss - work.firms[firm, LOSS]
        work.left[markets.market[firm]] -= more * markets.sales[firm]
    work.firms[firm, LOSS] = loss
    if work.seen[firm] % 2 == 0:
        work.damaged[work.counts[DAMAGED]] = firm
        work.counts[DAMAGED] += 1
        work.seen[firm] += 1


@compiled
def felt(loss: float, sales: float, left: float) -> float:
    """Return what a firm's loss is to others, as far as nobody in its market stands in for it."""
    return loss if left <= EMPTY_MARKET else min(1.0, sales / left) * loss


@compiled
def find_frontier(markets: Markets, work: Work, tolerance: float) -> None:
    """Gather the firms whose loss has grown by more than the tolerance since it was handed on.

    Where others stand in, a firm's loss weighs more as they fail, so all that are damaged are
    looked at; else only those that were touched.
    """
    # Arrays are taken out of their tuples before every loop: to pass the tuples on, or to reach
    # into them, costs a hundred times what the loop does.
    firms, left, frontier = work.firms, work.left, work.frontier
    market, sales, stands_in = markets.market, markets.sales, markets.open
    candidates = work.damaged if stands_in else work.touched
    count = work.counts[DAMAGED] if stands_in else work.counts[TOUCHED]
    found = 0
    for at in range(count):
        firm = candidates[at]
        now = float(firms[firm, LOSS])
        if stands_in:
            now = felt(now, float(sales[firm]), float(left[market[firm]]))
        if now - firms[firm, HANDED] > tolerance:
            frontier[found] = firm
            found += 1
    work.counts[FRONTIER] = found


@compiled
def hand_on(links: Links, markets: Markets, work: Work) -> int:
    """Add what is new of the frontier's losses to their neighbours; return the links touched."""
    start, other, weight, slot = links.start, links.other, links.weight, links.slot
    firms, slots, left = work.firms, work.slots, work.left
    seen, touched = work.seen, work.touched
    market, sales, stands_in = markets.market, markets.sales, markets.open
    frontier, essential = work.frontier, len(work.slots) > 0
    count, touched_links = 0, 0
    for at in range(work.counts[FRONTIER]):
        firm = frontier[at]
        now = float(firms[firm, LOSS])
        if stands_in:
            now = felt(now, float(sales[firm]), float(left[market[firm]]))
        more = now - firms[firm, HANDED]
        firms[firm, HANDED] = now
        for link in range(start[firm], start[firm + 1]):
            near, added = other[link], weight[link] * more
            if essential and slot[link] >= 0:
                slots[slot[link]] += added
                firms[near, MOST] = max(firms[near, MOST], slots[slot[link]])
            else:
                firms[near, PARTLY] += added
            if seen[near] < TWICE:
                seen[near] += TWICE
                touched[count] = near
                count += 1
        touched_links += int(start[firm + 1] - start[firm])
    work.counts[TOUCHED] = count
    return touched_links


@compiled
def settle(markets: Markets, work: Work) -> None:
    """Give the touched the losses that follow from what was added to them."""
    firms, left, seen = work.firms, work.left, work.seen
    touched, damaged = work.touched, work.damaged
    market, sales, stands_in = markets.market, markets.sales, markets.open
    count = work.counts[DAMAGED]
    for at in range(work.counts[TOUCHED]):
        firm = touched[at]
        seen[firm] -= TWICE
        grown = min(1.0, max(float(firms[firm, MOST]), float(firms[firm, PARTLY])))
        if grown > firms[firm, LOSS]:
            if stands_in:
                left[market[firm]] -= (grown - firms[firm, LOSS]) * sales[firm]
            firms[firm, LOSS] = grown
            if seen[firm] == 0:
                seen[firm] = 1
                damaged[count] = firm
                count += 1
    work.counts[DAMAGED] = count


@compiled
def clear(links: Links, markets: Markets, work: Work) -> None:
    """Make the state zero again, touching only what a scenario touched."""
    start, slot, slots, firms = links.start, links.slot, work.slots, work.firms
    left, whole, market, stands_in = work.left, markets.whole, markets.market, markets.open
    seen, damaged, essential = work.seen, work.damaged, len(work.slots) > 0
    for at in range(work.counts[DAMAGED]):
        firm = damaged[at]
        if stands_in:
            left[market[firm]] = whole[market[firm]]
        if essential:
            for link in range(start[firm], start[firm + 1]):
                if slot[link] >= 0:
                    slots[slot[link]] = 0.0
        firms[firm, LOSS] = 0.0
        firms[firm, HANDED] = 0.0
        firms[firm, MOST] = 0.0
        firms[firm, PARTLY] = 0.0
        seen[firm] = 0
    work.counts[:] = 0


@compiled
def index(weights: Floats, down: Work, up: Work) -> tuple[float, float, float]:
    """Return the weighted loss of both directions together, of down alone, and of up alone."""
    both, below, above = 0.0, 0.0, 0.0
    lower, upper, damaged = down.firms, up.firms, down.damaged
    for at in range(down.counts[DAMAGED]):
        firm = damaged[at]
        below += float(weights[firm] * lower[firm, LOSS])
        both += float(weights[firm]) * max(float(lower[firm, LOSS]), float(upper[firm, LOSS]))
    damaged, seen = up.damaged, down.seen
    for at in range(up.counts[DAMAGED]):
        firm = damaged[at]
        above += float(weights[firm] * upper[firm, LOSS])
        if seen[firm] == 0:
            both += float(weights[firm] * upper[firm, LOSS])
    return both, below, above


@compiled
def sweep(
    firms: Ints,
    shock: float,
    weights: Floats,
    down: Links,
    up: Links,
    markets: Markets,
    closed: Markets,
    below: Work,
    above: Work,
    tolerance: float,
    horizon: int,
    found: Floats,
) -> None:
    """Fail each firm by itself.

    `found` takes: index, down, up, steps down, steps up, links, and how large the frontiers are at
    the end.
    """
    for at in range(len(firms)):
        damage(markets, below, firms[at], shock)
        damage(closed, above, firms[at], shock)
        steps_down, links_down = spread(down, markets, below, tolerance, horizon)
        steps_up, links_up = spread(up, closed, above, tolerance, horizon)
        both, lower, upper = index(weights, below, above)
        found[at, 0] = both
        found[at, 1] = lower
        found[at, 2] = upper
        found[at, 3] = steps_down
        found[at, 4] = steps_up
        found[at, 5] = links_down + links_up
        found[at, 6] = below.counts[FRONTIER] + above.counts[FRONTIER]
        clear(down, markets, below)
        clear(up, closed, above)
