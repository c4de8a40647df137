"""What must hold of a shock for every graph: renaming, splitting, the unknown, and more of it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chains import a_need, a_share, a_table, an_actor, an_input

from corridor.supply_chain import Dependency, Disruption, Graph, Loss, Provision, graph_of
from corridor.supply_chain.service.shocks import computed

HOMES = ("JP", "IN", None)


class Stack(NamedTuple):
    """A stack of inputs, each made by some actors, with what needs what."""

    shares: Sequence[tuple[int, int, float | None]]
    """Input, actor, share."""
    needs: Sequence[tuple[int, int, int, float | None, float | None]]
    """Input, into, essentiality, quantity, days held."""

    def graph(self, prefix: str = "") -> Graph:
        """Return the graph, with another name for everything."""
        provisions = [
            a_share(f"{prefix}a{actor}", share, input=f"{prefix}i{what}")
            for what, actor, share in self.shares
        ]
        return self.made_of(provisions, prefix)

    def made_of(self, provisions: Sequence[Provision], prefix: str = "") -> Graph:
        """Return the graph with other provisions."""
        needs: list[Dependency] = [
            a_need(f"{prefix}i{a}", f"{prefix}i{b}", essentiality=e, quantity=q, inventory_days=d)
            for a, b, e, q, d in self.needs
        ]
        names = dict.fromkeys(p.actor for p in provisions)
        numbers = {name: int(name.split("a")[1].split("-")[0]) for name in names}
        actors = tuple(an_actor(name, HOMES[at % len(HOMES)]) for name, at in numbers.items())
        inputs = tuple(an_input(f"{prefix}i{at}") for at in range(6))
        return graph_of([a_table(provisions, needs, actors=actors, inputs=inputs)])


@st.composite
def stacks(draw: st.DrawFn) -> Stack:
    shares: list[tuple[int, int, float | None]] = []
    for what in range(6):
        left = 100.0
        for actor in draw(st.lists(st.integers(0, 5), max_size=4, unique=True)):
            share = draw(st.one_of(st.none(), st.floats(0.01, left))) if left > 1 else None
            left -= share or 0.0
            shares.append((what, actor, share))
    ends = draw(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=10))
    needs = [
        (
            a, b, draw(st.integers(0, 2)),
            draw(st.one_of(st.none(), st.floats(0, 0.2))), draw(st.one_of(st.none(), st.floats(0, 60))),
        )
        for a, b in dict.fromkeys(tuple(sorted(pair)) for pair in ends)
        if a != b
    ]  # fmt: skip
    return Stack(shares, needs)


def lost(graph: Graph, **fields: object) -> Mapping[str, Loss]:
    stated = {"kind": "country", "country": "JP", "duration_days": 30, **fields}
    disruption = Disruption.model_validate(stated)
    if disruption.country not in {actor.country for actor in graph.actors.values()}:
        return {}
    found = computed(graph, [disruption], None, 30, 5)
    assert found.settled
    return {each.input: each for each in found.losses}


def bounds(found: Mapping[str, Loss], name: str) -> tuple[float, float]:
    return (found[name].low, found[name].high) if name in found else (0.0, 0.0)


@settings(deadline=None, max_examples=60)
@given(stacks())
def test_other_names_change_nothing(stack: Stack) -> None:
    one, two = lost(stack.graph()), lost(stack.graph("zz-"))

    assert {f"zz-{name}" for name in one} == set(two)
    for name, each in one.items():
        again = two[f"zz-{name}"]
        assert again.model_dump(exclude={"input", "title", "path"}) == each.model_dump(
            exclude={"input", "title", "path"}
        )
        assert again.path == tuple(f"zz-{step}" for step in each.path)


@settings(deadline=None, max_examples=60)
@given(stacks(), st.integers(0, 5))
def test_two_halves_with_one_owner_lose_with_their_country_what_the_whole_did(
    stack: Stack, who: int
) -> None:
    whole = [a_share(f"a{a}", share, input=f"i{what}") for what, a, share in stack.shares]
    halves = [
        half
        for each in whole
        for half in (
            [each.model_copy(update={"actor": f"a{who}-{n}", "share": each.share / 2}) for n in (1, 2)]
            if each.actor == f"a{who}" and each.share is not None
            else [each]
        )
    ]  # fmt: skip

    one, two = lost(stack.made_of(whole)), lost(stack.made_of(halves))

    for name in {*one, *two}:
        assert bounds(two, name) == pytest.approx(bounds(one, name), abs=1e-9)


@settings(deadline=None, max_examples=80)
@given(stacks(), st.data())
def test_a_share_that_is_no_longer_known_only_widens_what_may_be_lost(
    stack: Stack, data: st.DataObject
) -> None:
    if not stack.shares:
        return
    at = data.draw(st.integers(0, len(stack.shares) - 1))
    what, actor, _ = stack.shares[at]
    forgotten = stack._replace(
        shares=[*stack.shares[:at], (what, actor, None), *stack.shares[at + 1 :]]
    )

    known, unknown = lost(stack.graph()), lost(forgotten.graph())

    for name in {*known, *unknown}:
        low, high = bounds(unknown, name)
        assert low <= bounds(known, name)[0] + 1e-9
        assert high >= bounds(known, name)[1] - 1e-9


@settings(deadline=None, max_examples=80)
@given(stacks(), st.floats(0, 100), st.floats(0, 100), st.floats(0, 90), st.floats(0, 90))
def test_more_of_it_for_longer_never_leaves_more(
    stack: Stack, part: float, more: float, days: float, longer: float
) -> None:
    graph = stack.graph()
    small = lost(graph, part=min(part, more), duration_days=min(days, longer))
    large = lost(graph, part=max(part, more), duration_days=max(days, longer))

    for name, each in small.items():
        low, high = bounds(large, name)
        assert low >= each.low - 1e-9
        assert high >= each.high - 1e-9
