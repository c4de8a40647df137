"""A dearer input makes dearer what is made with it, as the Leontief price model says."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chains import a_need, a_share, a_table

from corridor.supply_chain import Dependency, Disruption, Graph, graph_of
from corridor.supply_chain.rules.pricing import rises
from corridor.supply_chain.service.shocks import computed

Rise = Mapping[str, float] | float


def a_graph(*needs: Dependency) -> Graph:
    return graph_of([a_table([a_share("acme", 90.0)], needs)])


def dearer(graph: Graph, draws: int = 300, **named: Rise) -> dict[str, tuple[float, float]]:
    """Return the bounds of what each input is dearer."""
    each = [Disruption.model_validate({"kind": "price", "inputs": [name], "rise": rise})
            for name, rise in named.items()]  # fmt: skip
    found = computed(graph, each, None, draws, 0)
    assert found.settled
    assert not found.losses  # nothing is gone
    return {r.input: (round(r.low, 9), round(r.high, 9)) for r in found.prices}


def test_a_rise_is_passed_on_by_the_part_of_the_cost() -> None:
    graph = a_graph(
        a_need("chips", "servers", quantity=0.4), a_need("servers", "halls", quantity=0.5)
    )

    assert dearer(graph, chips=50.0) == {
        "chips": (0.5, 0.5), "servers": (0.2, 0.2), "halls": (0.1, 0.1),
    }  # fmt: skip


def test_a_part_that_nobody_knows_is_from_nothing_to_all_that_is_left() -> None:
    graph = a_graph(
        a_need("chips", "servers"), a_need("power", "servers", quantity=0.4),
        a_need("power", "halls", quantity_low=0.1, quantity_high=0.3),
    )  # fmt: skip

    assert dearer(graph, chips=50.0)["servers"] == (0.0, 0.3)
    assert dearer(graph, power=100.0)["halls"] == (0.1, 0.3)
    assert dearer(graph, chips=50.0, power=100.0)["servers"] == (0.4, 0.7)


def test_what_can_stand_in_makes_the_rise_uncertain() -> None:
    graph = a_graph(
        a_need("chips", "radios", alternative="a", quantity=0.5),
        a_need("tubes", "radios", alternative="a", quantity=0.5),
    )

    assert dearer(graph, chips=20.0)["radios"] == (0.0, 0.1)


def test_an_input_that_is_named_costs_what_is_said_whatever_it_is_made_of() -> None:
    graph = a_graph(a_need("chips", "servers", quantity=0.4))

    assert dearer(graph, chips=50.0, servers=5.0)["servers"] == (0.05, 0.05)


def test_a_rise_within_bounds_is_drawn() -> None:
    graph = a_graph(a_need("chips", "servers", quantity=0.5))
    each = Disruption.model_validate(
        {"kind": "price", "inputs": ["chips"], "rise": {"low": 10, "high": 90}}
    )

    one, again, other = (computed(graph, [each], None, 200, seed).prices for seed in (1, 1, 2))

    assert one == again
    assert one != other
    servers = next(r for r in one if r.input == "servers")
    assert (servers.low, servers.high) == pytest.approx((0.05, 0.45))
    assert 0.05 < servers.p5 < servers.median < servers.p95 < 0.45
    assert servers.path == ("chips", "servers")


def test_the_rises_are_those_of_the_leontief_inverse() -> None:
    chance, size = np.random.default_rng(3), 7
    a = chance.random((size, size)) * (chance.random((size, size)) < 0.5) * 0.25
    np.fill_diagonal(a, 0.0)
    needs = [
        a_need(f"i{i}", f"i{j}", quantity=float(a[i, j]), essentiality=1)
        for i in range(size) for j in range(size) if a[i, j] > 0
    ]  # fmt: skip
    named = 0
    # p_j = sum a_ij p_i for all but the one whose price is given.
    others = [i for i in range(size) if i != named]
    inner = np.eye(size - 1) - a[np.ix_(others, others)].T
    expected = np.linalg.solve(inner, a[named, others] * 0.5)

    found = dearer(graph_of([a_table((), needs)]), draws=1, i0=50.0)

    for at, i in enumerate(others):
        assert found.get(f"i{i}", (0, 0))[1] == pytest.approx(expected[at], abs=1e-6)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.one_of(st.none(), st.floats(0, 0.3))),
        max_size=14,
        unique_by=lambda each: each[:2],
    ),
    st.floats(0, 100),
    st.floats(0, 100),
)
def test_a_larger_rise_never_makes_anything_cheaper_and_draws_lie_within_the_bounds(
    links: list[tuple[int, int, float | None]], one: float, other: float
) -> None:
    needs = [a_need(f"i{a}", f"i{b}", quantity=q, essentiality=1) for a, b, q in links if a != b]
    graph = graph_of([a_table([a_share("acme", input="i0")], needs)])
    small, large = (
        rises(
            graph,
            [Disruption.model_validate({"kind": "price", "inputs": ["i0"], "rise": rise})],
            np.random.default_rng(0),
            20,
        ).rises
        for rise in sorted((one, other))
    )

    for name, rise in small.items():
        assert (large[name] >= rise - 1e-9).all()
    for rise in large.values():
        assert (rise >= rise[0] - 1e-9).all()
        assert (rise <= rise[1] + 1e-9).all()
        assert rise.max() <= max(one, other) / 100 + 1e-9


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "price", "inputs": ["chips"]},
        {"kind": "price", "rise": 5},
        {"kind": "price", "inputs": ["chips"], "rise": -5},
        {"kind": "input", "inputs": ["chips"], "rise": 5},
    ],
)
def test_a_price_without_a_rise_or_a_rise_without_a_price_is_refused(
    fields: dict[str, object],
) -> None:
    with pytest.raises(ValueError, match=r"rise|inputs|greater"):
        Disruption.model_validate(fields)
