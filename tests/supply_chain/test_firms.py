"""The static engine gives the figures of its papers, and keeps to what must hold for all."""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor.supply_chain.errors import BadNetwork
from corridor.supply_chain.rules.firms.cascades import Cascades, Precision
from corridor.supply_chain.rules.firms.influence import influence
from corridor.supply_chain.rules.firms.network import Floats, Network

EDGES = "2>1 2>3 3>7 6>7 7>4 7>11 8>11 9>5 9>10 10>7"
SECTORS = [1, 2, 1, 3, 4, 2, 4, 1, 2, 3, 5]
PARTLY, ESSENTIAL = np.ones((5, 5), np.int8), np.full((5, 5), 2, np.int8)
MIXED = np.ones((5, 5), np.int8)
MIXED[1, :] = 2


def network(
    edges: str, sectors: Sequence[int], essentiality: np.ndarray[tuple[int, int], np.dtype[np.int8]]
) -> Network:
    """Return firms that sell one unit along each edge, with no consumers and no labour."""
    ends = [tuple(int(firm) - 1 for firm in edge.split(">")) for edge in edges.split()]
    return Network(
        suppliers=np.array([a for a, _ in ends]),
        buyers=np.array([b for _, b in ends]),
        sales=np.ones(len(ends)),
        sectors=np.array(sectors) - 1,
        essentiality=essentiality,
        final_demand=np.zeros(len(sectors)),
        value_added=np.zeros(len(sectors)),
    )


GOLDEN = {
    "nothing essential": (PARTLY, False, ".1 .3666667 .2666667 .35 .1 .1666667 .7 .1 .3666667 .2666667 .45"),
    "all essential": (ESSENTIAL, False, ".1 .5 .4 .35 .1 .3 .7 .1 .5 .4 .45"),
    "all essential, others stand in": (ESSENTIAL, True, ".1 .3666667 .4 .35 .1 .15 .7 .1 .4 .4 .45"),
    "one sector essential, others stand in": (MIXED, True, ".1 .3 .2666667 .35 .1 .15 .7 .1 .3111111 .2666667 .45"),
}  # fmt: skip


HORIZON = 300


def numbers(text: str) -> list[float]:
    return [float(word) for word in text.split()]


@pytest.mark.parametrize("case", GOLDEN)
def test_eleven_firms_put_at_risk_what_the_paper_says(case: str) -> None:
    essentiality, substitution, expected = GOLDEN[case]
    firms = network(EDGES, SECTORS, essentiality)

    found = Cascades.on(firms, substitution=substitution).sweep()

    assert found.index == pytest.approx(numbers(expected), abs=1e-6)
    assert found.settled
    assert found.precision.tolerance <= 1e-6


def test_each_direction_and_the_steps_are_as_in_the_paper() -> None:
    found = Cascades.on(network(EDGES, SECTORS, PARTLY)).sweep()

    down = "0 .3666667 .1666667 0 0 .1666667 .2 .1 .3666667 .1666667 0"
    up = ".1 .2 .2 .35 .1 .1 .7 .1 .2 .2 .45"
    assert found.down == pytest.approx(numbers(down), abs=1e-6)
    assert found.up == pytest.approx(numbers(up), abs=1e-6)
    steps = np.maximum(found.steps_down, found.steps_up)
    assert steps.tolist() == [2, 4, 3, 4, 2, 3, 3, 2, 4, 3, 4]


OTHERS = "3>6 4>6 4>7 5>7 6>1 6>2 7>10 7>11 8>1 8>2 9>11"


@pytest.mark.parametrize(
    ("firm", "loss", "victims"),
    [
        (3, 1.0, {1: 0.25, 2: 0.25, 3: 1, 6: 0.5}),
        (5, 1.0, {5: 1, 7: 0.5, 10: 0.5, 11: 0.25}),
        (4, 0.5, {1: 0.125, 2: 0.125, 4: 0.5, 6: 0.25, 7: 0.25, 10: 0.25, 11: 0.125}),
    ],
)
def test_the_same_loss_of_a_sector_hits_others_when_other_firms_bear_it(
    firm: int, loss: float, victims: dict[int, float]
) -> None:
    firms = network(OTHERS, [1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 5], PARTLY)
    sold = np.bincount(firms.suppliers, minlength=11)
    bought = np.bincount(firms.buyers, minlength=11)
    weights = np.maximum(sold, bought).astype(float)

    found = Cascades.on(firms, weights=weights).shock({firm - 1: loss})

    expected = [victims.get(number, 0.0) for number in range(1, 12)]
    assert found.down == pytest.approx(expected, abs=1e-6)
    assert found.index == pytest.approx(1 / 6, abs=1e-6)
    assert found.index_up == pytest.approx(1 / 18, abs=1e-6)


def circle(final: float) -> Network:
    ends = np.arange(6)
    return Network(
        suppliers=np.concatenate((ends, ends)),
        buyers=np.concatenate(((ends + 1) % 6, (ends + 2) % 6)),
        sales=np.ones(12),
        sectors=ends % 3,
        essentiality=np.ones((3, 3), np.int8),
        final_demand=np.full(6, final),
        value_added=np.full(6, final),
    )


def test_a_circle_dies_only_where_nobody_sells_to_consumers_or_pays_labour() -> None:
    closed = Cascades.on(circle(0.0)).shock({0: 1.0})
    open_ = Cascades.on(circle(2.0)).shock({0: 1.0})

    assert closed.index == pytest.approx(1.0, abs=1e-3)
    assert open_.index < 0.5
    assert open_.settled


def test_a_horizon_that_is_reached_is_said() -> None:
    found = Cascades.on(circle(0.0), precision=Precision(1e-6, 3)).shock({0: 1.0})

    assert not found.settled
    assert found.steps_down == 3


def test_the_star_and_the_ring_have_the_influence_that_the_paper_says() -> None:
    ends = np.arange(5)
    star = influence(np.zeros(5, np.int64), ends, np.ones(5), 5, 0.5)
    ring = influence(ends, (ends + 1) % 5, np.ones(5), 5, 0.5)

    assert star == pytest.approx([0.6, 0.1, 0.1, 0.1, 0.1], abs=1e-6)
    assert float(np.linalg.norm(star)) == pytest.approx(0.632456, abs=1e-6)
    assert ring == pytest.approx([0.2] * 5, abs=1e-6)
    assert float(np.linalg.norm(ring)) == pytest.approx(0.447214, abs=1e-6)


@st.composite
def economies(draw: st.DrawFn) -> Network:
    size = draw(st.integers(2, 12))
    firm = st.integers(0, size - 1)
    links = draw(st.lists(st.tuples(firm, firm, st.floats(0.1, 10)), min_size=1, max_size=30))
    sectors = draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))
    table = draw(st.lists(st.integers(0, 2), min_size=9, max_size=9))
    amounts = st.lists(st.floats(0, 20), min_size=size, max_size=size)
    return Network(
        suppliers=np.array([a for a, _, _ in links]),
        buyers=np.array([b for _, b, _ in links]),
        sales=np.array([c for _, _, c in links]),
        sectors=np.array(sectors),
        essentiality=np.array(table, np.int8).reshape(3, 3),
        final_demand=np.array(draw(amounts)),
        value_added=np.array(draw(amounts)),
        strict=draw(st.booleans()),
    )


def plainly(network: Network, losses: Floats, *, substitution: bool) -> tuple[Floats, Floats]:
    """Return the losses down and up by the equations as they are written, a step at a time."""
    w = np.zeros((network.size, network.size))
    np.add.at(w, (network.suppliers, network.buyers), network.sales)
    down, up, grown = 1 - losses, 1 - losses, 1.0
    for _ in range(HORIZON):
        if grown <= 1e-13:
            break
        sigma = stand_in(network, down) if substitution else np.ones(network.size)
        missing = w * (sigma * (1 - down))[:, None]
        left = [left_of(network, w, missing, j) for j in range(network.size)]
        sold = np.where(network.revenue > 0, network.revenue, 1.0)
        lost_up = (w * (1 - up)).sum(axis=1) / sold
        new_down = np.maximum(0, np.minimum(1 - losses, left))
        new_up = np.maximum(0, np.minimum(1 - losses, 1 - lost_up))
        grown = max(float((down - new_down).max()), float((up - new_up).max()))
        down, up = new_down, new_up
    return 1 - down, 1 - up


def stand_in(network: Network, down: Floats) -> Floats:
    left = np.bincount(network.sectors, down * network.revenue)[network.sectors]
    parts = np.divide(network.revenue, left, out=np.ones(network.size), where=left > 1e-10)
    return np.minimum(1.0, parts)


def left_of(network: Network, w: Floats, missing: Floats, j: int) -> float:
    """Return what a firm can make of what it gets."""
    p, found, partly = network.sectors, 1.0, 0.0
    for k in range(3):
        kind, whole = network.essentiality[k, p[j]], float(w[p == k, j].sum())
        lost = float(missing[p == k, j].sum())
        if kind == 2 and whole > 0:
            part = 1.0 if network.strict else network.bought_in[j]
            found = min(found, 1 - part * lost / whole)
        partly += lost / network.costs[j] if kind == 1 and whole > 0 else 0.0
    return min(found, 1 - partly)


@settings(deadline=None, max_examples=60)
@given(economies(), st.booleans(), st.data())
def test_the_kernels_compute_what_the_equations_say(
    firms: Network, substitution: bool, data: st.DataObject
) -> None:
    if not firms.revenue.sum() > 0:
        return
    losses = data.draw(st.dictionaries(st.integers(0, firms.size - 1), st.floats(0, 1)))
    dense = np.zeros(firms.size)
    for firm, loss in losses.items():
        dense[firm] = loss
    precise = Precision(tolerance=1e-13, horizon=HORIZON)

    found = Cascades.on(firms, substitution=substitution, precision=precise).shock(losses)
    down, up = plainly(firms, dense, substitution=substitution)

    assert found.down == pytest.approx(down, abs=1e-6)
    assert found.up == pytest.approx(up, abs=1e-6)


@settings(deadline=None)
@given(economies(), st.booleans(), st.floats(0, 1), st.floats(0, 1), st.data())
def test_a_larger_shock_never_raises_what_is_made(
    firms: Network, substitution: bool, one: float, other: float, data: st.DataObject
) -> None:
    firm = data.draw(st.integers(0, firms.size - 1))
    precise = Precision(tolerance=1e-12, horizon=HORIZON)
    cascades = Cascades.on(firms, substitution=substitution, precision=precise)

    small, large = (cascades.shock({firm: loss}) for loss in sorted((one, other)))

    assert (large.loss >= small.loss - 1e-9).all()
    assert large.index >= small.index - 1e-9


@settings(deadline=None)
@given(economies(), st.randoms(use_true_random=False))
def test_the_order_of_firms_changes_nothing(firms: Network, chance: Random) -> None:
    order = list(range(firms.size))
    chance.shuffle(order)
    place = np.argsort(order)
    again = Network(
        suppliers=place[firms.suppliers],
        buyers=place[firms.buyers],
        sales=firms.sales,
        sectors=firms.sectors[order],
        essentiality=firms.essentiality,
        final_demand=firms.final_demand[order],
        value_added=firms.value_added[order],
        strict=firms.strict,
    )
    precise = Precision(tolerance=1e-12, horizon=HORIZON)

    one = Cascades.on(firms, precision=precise).sweep()
    two = Cascades.on(again, precision=precise).sweep()

    assert two.index == pytest.approx(one.index[order], abs=1e-9)


def test_scenarios_of_one_sweep_do_not_touch_each_other() -> None:
    firms = network(EDGES, SECTORS, MIXED)
    cascades = Cascades.on(firms, substitution=True)

    together = cascades.sweep(np.array([3, 1, 1, 8] * 50))

    alone = [cascades.shock({firm: 1.0}).index for firm in (3, 1, 1, 8)]
    assert together.index == pytest.approx(alone * 50, abs=1e-12)


@pytest.mark.parametrize(
    "broken",
    [
        {"sales": np.array([1.0, -1.0])},
        {"sales": np.array([1.0, np.nan])},
        {"sales": np.ones(3)},
        {"buyers": np.array([1, 9])},
        {"sectors": np.array([0, 7, 0])},
        {"final_demand": np.ones(2)},
        {"value_added": np.full(3, np.inf)},
    ],
)
def test_arrays_that_do_not_fit_are_refused(broken: dict[str, Floats]) -> None:
    fit = {
        "suppliers": np.array([0, 1]),
        "buyers": np.array([1, 2]),
        "sales": np.ones(2),
        "sectors": np.zeros(3, np.int64),
        "essentiality": np.ones((1, 1), np.int8),
        "final_demand": np.ones(3),
        "value_added": np.ones(3),
    }
    cascades = Cascades.on(Network(**fit))  # pyright: ignore[reportArgumentType]  arrays by name

    with pytest.raises(BadNetwork):
        Network(**{**fit, **broken})  # pyright: ignore[reportArgumentType]  arrays by name
    with pytest.raises(BadNetwork, match="no firm 3"):
        cascades.shock({3: 1.0})
    with pytest.raises(BadNetwork, match="cannot lose 2"):
        cascades.shock({0: 2.0})
