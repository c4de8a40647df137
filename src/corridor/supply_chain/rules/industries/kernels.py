"""The step of the engine in time, compiled. Takes in Numba, so nothing that starts often loads it.

Orders are never written out as a table. What j orders from i is q[s, j] parts[i, j] g[i], where s
is i's sector, q what j wants of the sector per part, and g how able i is. So one look
through `parts` a day is enough: sector by sector, it gives what was received, and the new orders.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor.supply_chain.rules.compiling import compiled, compiled_in_any_order

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LEAST = 1e-12
"""Stands for a producer that makes nothing, so that orders to a sector that has stopped wait with
all of its producers as before."""
SURPLUS = 1e-9
"""Less unmet demand than this part is none."""


class Table(NamedTuple):
    """The economy, in the order of sectors."""

    starts: Ints
    parts: Floats
    bought: Floats
    output: Floats
    consumers: Floats


class Habits(NamedTuple):
    """How industries behave; see `Behaviour`."""

    cover: Floats
    """By sector: days that are held; infinite where it is never short."""
    least: float
    restoring: float
    most: float
    rising: float
    alternatives: bool
    as_boario: bool


class Rebuilding(NamedTuple):
    """What is destroyed and ordered anew; a line is an industry that one event has damaged."""

    events: Ints
    """By line."""
    industries: Ints
    """By line."""
    orders: Floats
    """By line and supplier: all that is to be ordered in the end."""
    capital: Floats
    """By line: what the industry had."""
    destroyed: Ints
    """By event: the first day."""
    begun: Ints
    """By event: the first day on which something is ordered."""
    within: Floats
    """By event: tau."""
    left: Floats
    """By event and supplier: the part that is not yet delivered."""


class State(NamedTuple):
    """What there is on one day."""

    stocks: Floats
    """By sector and industry."""
    wanted: Floats
    """q, by sector and industry."""
    sought: Floats
    """g, by industry, when the orders were made."""
    offered: Floats
    """g, by industry, now: its capacity, over what is usual."""
    capacity: Floats
    """By industry: overproduction, 1 for none."""
    demand: Floats
    made: Floats
    aimed: Floats
    """What would be made if there were inputs enough."""
    served: Floats
    """Which part of its orders an industry delivers."""


@compiled
def run(
    table: Table,
    habits: Habits,
    state: State,
    rebuilding: Rebuilding,
    able: Floats,
    made: Floats,
    unmet: Floats,
    damage: Floats,
) -> None:
    """Fill what is made and what consumers do not get, by day and industry, and damage by day.

    `able` says, by day and industry, which part of its usual capacity is there, but for what is
    destroyed.
    """
    first_demand(table, state)
    for day in range(able.shape[0]):
        damage[day] = destroyed(rebuilding, able[day], day)
        order_anew(rebuilding, state, day)
        if day > 0:
            overproduce(habits, state)
        produce(table, habits, state, able[day])
        made[day] = state.made
        if habits.as_boario:
            aim_after_rebuilding(table, rebuilding, state, able[day], day)
        rebuild(rebuilding, state, day)
        unmet[day] = table.consumers * (1.0 - state.served)
        for sector in range(len(table.starts) - 1):
            deliver_and_order(table, habits, state, sector)
        state.sought[:] = state.offered


@compiled
def first_demand(table: Table, state: State) -> None:
    """Set the demand of the first day: everybody orders as always."""
    for sector in range(len(table.starts) - 1):
        ask(table, state, sector)


@compiled
def destroyed(rebuilding: Rebuilding, able: Floats, day: int) -> float:
    """Lessen what industries are able to by what is destroyed; return all that is not rebuilt."""
    whole, gone = 0.0, np.zeros(len(able))
    for line in range(len(rebuilding.events)):
        event = rebuilding.events[line]
        if day >= rebuilding.destroyed[event]:
            amount = 0.0
            for i in range(len(able)):
                amount += rebuilding.orders[line, i] * rebuilding.left[event, i]
            gone[rebuilding.industries[line]] += amount / rebuilding.capital[line]
            whole += amount
    for j in range(len(able)):
        able[j] *= max(0.0, 1.0 - gone[j])
    return whole


@compiled
def order_anew(rebuilding: Rebuilding, state: State, day: int) -> None:
    """Add what is ordered for rebuilding to the demand of a day."""
    for line in range(len(rebuilding.events)):
        event = rebuilding.events[line]
        if day >= rebuilding.begun[event]:
            for i in range(len(state.demand)):
                whole = rebuilding.orders[line, i] * rebuilding.left[event, i]
                state.demand[i] += whole / rebuilding.within[event]


@compiled
def aim_after_rebuilding(
    table: Table, rebuilding: Rebuilding, state: State, able: Floats, day: int
) -> None:
    """Aim at the demand that is left when what was delivered for rebuilding is taken off."""
    state.aimed[:] = state.demand
    for line in range(len(rebuilding.events)):
        event = rebuilding.events[line]
        if day >= rebuilding.begun[event]:
            for i in range(len(state.demand)):
                whole = rebuilding.orders[line, i] * rebuilding.left[event, i]
                state.aimed[i] -= state.served[i] * whole / rebuilding.within[event]
    state.aimed[:] = np.minimum(state.aimed, state.capacity * able * table.output)


@compiled
def rebuild(rebuilding: Rebuilding, state: State, day: int) -> None:
    """Take off what has been delivered for rebuilding."""
    for event in range(len(rebuilding.begun)):
        if day >= rebuilding.begun[event]:
            for i in range(len(state.served)):
                rebuilding.left[event, i] *= 1.0 - state.served[i] / rebuilding.within[event]


@compiled
def produce(table: Table, habits: Habits, state: State, able: Floats) -> None:
    """Make what is ordered, as far as capacity and the scarcest input allow."""
    stocks, capacity, demand = state.stocks, state.capacity, state.demand
    output, bought, cover = table.output, table.bought, habits.cover
    state.aimed[:] = np.minimum(demand, capacity * able * output)
    if habits.alternatives:
        state.offered[:] = np.maximum(LEAST, capacity * able)
    aimed, enough = state.aimed, state.made
    enough[:] = 1.0
    for sector in range(bought.shape[0]):
        if np.isfinite(cover[sector]):
            held = habits.least * cover[sector]
            for j in range(len(output)):
                # Stocks below what is held for this production bound it in proportion.
                need = held * bought[sector, j] * aimed[j]
                have = stocks[sector, j] * output[j]
                if have < need * enough[j]:
                    enough[j] = have / need
    for j in range(len(output)):
        enough[j] *= aimed[j]
        state.served[j] = enough[j] / demand[j] if demand[j] > 0 else 1.0


@compiled
def overproduce(habits: Habits, state: State) -> None:
    """Let capacity rise where demand is not met, and fall back where it is."""
    for j in range(len(state.capacity)):
        missing = 1.0 - state.made[j] / state.demand[j] if state.demand[j] > 0 else 0.0
        aim = (habits.most - state.capacity[j]) * missing
        if missing <= SURPLUS and not (habits.as_boario and missing < -SURPLUS):
            aim = 1.0 - state.capacity[j]
        state.capacity[j] = max(1.0, state.capacity[j] + aim / habits.rising)


@compiled
def deliver_and_order(table: Table, habits: Habits, state: State, sector: int) -> None:
    """Deliver the products of a sector, use up inputs, and make the new orders to it."""
    parts, output, bought = table.parts, table.output, table.bought
    stocks, wanted, made, aimed = state.stocks, state.wanted, state.made, state.aimed
    first, last = table.starts[sector], table.starts[sector + 1]
    size = len(output)
    arrived, spread = np.zeros(size), np.zeros(size)
    for i in range(first, last):
        old, new = state.sought[i] * state.served[i], state.offered[i]
        row = parts[i]
        for j in range(size):
            arrived[j] += row[j] * old
            spread[j] += row[j] * new
    cover = habits.cover[sector]
    for j in range(size):
        each = bought[sector, j] / output[j] if output[j] > 0 else 0.0
        used = each * made[j]
        order = used
        if np.isfinite(cover):
            stocks[sector, j] += wanted[sector, j] * arrived[j] - used
            gap = cover * each * aimed[j] - stocks[sector, j]
            order += max(0.0, gap) / habits.restoring
        wanted[sector, j] = order / spread[j] if spread[j] > 0 else 0.0
    ask(table, state, sector)


@compiled_in_any_order
def ask(table: Table, state: State, sector: int) -> None:
    """Sum up what is ordered from each industry of a sector, consumers included."""
    parts, wanted = table.parts, state.wanted[sector]
    for i in range(table.starts[sector], table.starts[sector + 1]):
        row, total = parts[i], 0.0
        for j in range(len(wanted)):
            total += row[j] * wanted[j]
        state.demand[i] = state.offered[i] * total + table.consumers[i]
