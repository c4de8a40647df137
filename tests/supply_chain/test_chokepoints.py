"""Where a service is thin: exactly, and as what is known allows."""

import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import patient
from support.builders import NOON
from support.chains import a_need, a_share, a_table, an_actor, an_input
from support.nodes import Node, a_node
from typer.testing import CliRunner, Result

from corridor.supply_chain import Graph, graph_of
from corridor.supply_chain.adapters.own import shipped
from corridor.supply_chain.commands import commands
from corridor.supply_chain.errors import Circular, UnknownInput
from corridor.supply_chain.rules.ways import ways
from corridor.supply_chain.service.thinness import cuts, exposures, points, thin_inputs, thinness

ACTORS = tuple(
    an_actor(f"{home.lower()}-{n}", home) for home in ("JP", "IN", "US", "TW") for n in (1, 2)
)


def a_graph(
    shares: dict[str, dict[str, float | None]], *needs: tuple[str, str, str | None]
) -> Graph:
    """Return a graph from shares by input and actor, and needs with their alternatives."""
    provisions = [
        a_share(actor, share, input=name)
        for name, by_actor in shares.items()
        for actor, share in by_actor.items()
    ]
    named = {name for need in needs for name in need[:2]} | set(shares)
    dependencies = [a_need(a, b, alternative=group) for a, b, group in needs]
    inputs = tuple(an_input(name) for name in sorted(named))
    return graph_of([a_table(provisions, dependencies, actors=ACTORS, inputs=inputs)])


CHAIN = a_graph(
    {"sand": {"jp-1": 50.0, "in-1": 50.0}, "chips": {"tw-1": 100.0}, "valves": {"us-1": None}},
    ("sand", "chips", None),
    ("chips", "radios", "core"),
    ("valves", "radios", "core"),
    ("radios", "ships", None),
)


def test_what_lies_on_all_ways_alone_stops_a_service() -> None:
    assert points(CHAIN, "ships") == ["radios"]
    assert points(CHAIN, "chips") == ["sand"]
    assert points(CHAIN, "sand") == []


def test_the_smallest_sets_are_found_and_proved() -> None:
    by_country = cuts(CHAIN, "ships", "country")

    assert [(c.lost, c.exact, c.bound) for c in by_country] == [(("TW", "US"), True, 2)]
    assert by_country[0].stops == ("valves", "chips", "radios", "ships")
    assert [c.lost for c in cuts(CHAIN, "chips", "country")] == [("TW",)]
    assert [c.lost for c in cuts(CHAIN, "ships", "supplier")] == [("tw-1", "us-1")]


def test_a_part_of_the_supply_may_be_enough() -> None:
    graph = a_graph({"chips": {"tw-1": 70.0, "us-1": 30.0}})

    assert [c.lost for c in cuts(graph, "chips", "country")] == [("TW", "US")]
    assert [c.lost for c in cuts(graph, "chips", "country", part=0.7)] == [("TW",)]


def test_what_nobody_is_known_to_provide_is_stopped_by_nobody() -> None:
    graph = a_graph({}, ("power", "chips", None))

    assert cuts(graph, "chips", "country") == []
    assert points(graph, "chips") == ["power"]


def test_all_smallest_sets_are_found_up_to_the_number_asked_for() -> None:
    graph = a_graph(
        {"a": {"jp-1": 100.0}, "b": {"in-1": 100.0}, "c": {"us-1": 60.0, "tw-1": 40.0}},
        *((name, "ships", None) for name in "abc"),
    )

    assert {c.lost for c in cuts(graph, "ships", "country", most=5)} == {("JP",), ("IN",)}
    assert len(cuts(graph, "ships", "country", most=1)) == 1


HOMES = ("JP", "IN", "US", "TW")


def stops(graph: Graph, name: str, lost: set[str]) -> bool:
    """Say whether an input stops, by the words of the rule."""
    shares = graph.provisions.get(name, ())
    if shares and all(graph.actors[p.actor].country in lost for p in shares):
        return True
    groups: dict[str, list[bool]] = {}
    for need in graph.needs.get(name, ()):
        key = need.alternative or f"={need.input}"
        groups.setdefault(key, []).append(stops(graph, need.input, lost))
    return any(all(group) for group in groups.values())


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    size = draw(st.integers(2, 6))
    shares: dict[str, dict[str, float | None]] = {}
    for at in range(size):
        who = draw(st.lists(st.sampled_from([a.id for a in ACTORS]), max_size=3, unique=True))
        if who:
            shares[f"i{at}"] = {actor: 90.0 / len(who) for actor in who}
    pairs = [(a, b) for a in range(size) for b in range(a + 1, size)]
    links = draw(st.lists(st.sampled_from(pairs), max_size=9, unique=True))
    groups = st.sampled_from([None, "x", "y"])
    needs = [(f"i{a}", f"i{b}", draw(groups)) for a, b in links]
    return a_graph(shares, *needs, ("i0", f"i{size - 1}", "x"))


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_no_smaller_set_stops_it_and_the_set_found_does(graph: Graph) -> None:
    name = max(graph.inputs)
    found = cuts(graph, name, "country", most=1)

    sizes = range(len(HOMES) + 1)
    all_sets = (set[str](each) for size in sizes for each in combinations(HOMES, size))
    smallest = next((each for each in all_sets if stops(graph, name, each)), None)

    assert bool(found) == (smallest is not None)
    if found and smallest is not None:
        assert len(found[0].lost) == len(smallest)
        assert stops(graph, name, set(found[0].lost))


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_a_single_point_is_what_stops_it_alone(graph: Graph) -> None:
    name = max(graph.inputs)

    def alone(point: str, each: str) -> bool:
        groups: dict[str, list[bool]] = {}
        for need in graph.needs.get(each, ()):
            key = need.alternative or f"={need.input}"
            groups.setdefault(key, []).append(alone(point, need.input))
        return each == point or any(all(group) for group in groups.values())

    expected = {point for point in graph.inputs if point != name and alone(point, name)}
    assert set(points(graph, name)) == expected


def test_a_circle_of_needs_is_refused_with_its_names() -> None:
    graph = a_graph({}, ("chips", "tools", None), ("tools", "chips", None))

    with pytest.raises(Circular, match="chips > tools|tools > chips"):
        points(graph, "chips")


def test_few_providers_are_named_with_what_is_left_without_the_largest() -> None:
    graph = a_graph({"a": {"jp-1": 100.0}, "b": {"in-1": 70.0, "us-1": 10.0}, "c": {"us-1": None}})

    found = {line.input: line for line in thin_inputs(graph)}

    assert (found["a"].why, found["a"].without.high) == ("sole provider", 0.0)
    assert found["b"].top == "in-1"
    assert (found["b"].without.low, found["b"].without.high) == pytest.approx((0.3, 0.3))
    assert found["c"].why == "only one is known to provide it, and no share"
    assert (found["c"].top, found["c"].without.low, found["c"].without.high) == ("us-1", 0.0, 1.0)


def test_the_shipped_table_shows_what_the_sources_are_known_for() -> None:
    graph = graph_of([shipped(lambda: NOON)])

    sole = {line.input for line in thin_inputs(graph) if line.why == "sole provider"}
    exposed = {e.who: e for e in exposures(graph, "data-centre-accelerators", "country")}

    assert "euv-scanners" in sole
    assert exposed["TW"].low >= 0.69
    assert "advanced-logic" in points(graph, "data-centre-accelerators")


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path / "node") as made:
        yield made


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "250"}).invoke(commands, list(words), obj=node.runtime)


def test_a_service_of_the_node_is_as_thin_as_its_route(node: Node) -> None:
    node.add_provider("vendor-small", "http://127.0.0.1:9/v1")
    node.offer("helpline", ["vendor-small"])

    found = json.loads(
        run(node, "chokepoints", "service:helpline", "--of", "supplier", "--json").stdout
    )
    shown = run(node, "chokepoints", "service:helpline", "--part", "0.65").stdout

    assert "provider:vendor-small" in found["single_points"]
    assert ["organisation:acme"] in [cut["lost"] for cut in found["cuts"]]
    assert "organisation:acme" in [each["who"] for each in found["exposure"]]
    assert "proved" in shown
    assert "euv-scanners" in run(node, "chokepoints").stdout
    robust = run(node, "chokepoints", "public-ai-service", "--of", "supplier").stdout
    assert "Nothing that public-ai-service needs essentially is known to have few" in robust
    assert "No suppliers that are known stop public-ai-service together" in robust
    assert "none yet" not in robust
    assert isinstance(run(node, "chokepoints", "service:helplin").exception, UnknownInput)


def test_the_same_comes_over_http(node: Node) -> None:
    node.start()
    address = f"{node.address}/supply-chain/chokepoints/data-centre-accelerators"

    found = patient.get(address, params={"part": 0.65}, headers=node.operator).json()

    assert ["TW"] in [cut["lost"] for cut in found["cuts"]]
    assert "advanced-logic" in found["single_points"]
    assert found["exposure"][0]["high"] == 1.0


def test_where_a_set_begins_and_how_much_of_that_is_known_are_said() -> None:
    clouds = a_graph({"clouds": {"us-1": 50.0, "jp-1": 20.0}}, ("clouds", "services", None))
    power = a_graph({"power": {"in-1": None}}, ("power", "services", None))

    [shares], [silent] = cuts(clouds, "services", "country"), cuts(power, "services", "country")

    assert [(at.input, at.covered) for at in shares.at_source] == [("clouds", 70.0)]
    assert [(at.input, at.covered) for at in silent.at_source] == [("power", None)]


def test_whose_country_nobody_has_said_is_named_where_countries_are_asked_for() -> None:
    actors = (an_actor("acme", "JP"), an_actor("nowhere", None))
    shares = [a_share("acme", 60.0), a_share("nowhere", 40.0)]
    graph = graph_of([a_table(shares, [a_need("chips", "ships")], actors=actors)])

    assert thinness(graph, "ships", "country").homeless == ("nowhere",)
    assert thinness(graph, "ships", "supplier").homeless == ()


def test_an_exposure_has_every_way_that_carries_it_the_whole_ones_first() -> None:
    shares = [
        a_share("jp-1", input="sand"),
        a_share("jp-1", input="paint"),
        a_share("jp-1", input="chips"),
        a_share("us-1", input="chips"),
    ]
    needs = [
        a_need("sand", "chips"),
        a_need("chips", "ships"),
        a_need("paint", "ships", essentiality=1),
    ]
    graph = graph_of([a_table(shares, needs, actors=ACTORS)])

    [japan, america] = exposures(graph, "ships", "country")

    assert [(way.path, way.whole) for way in japan.ways] == [
        (("chips", "ships"), True),
        (("sand", "chips", "ships"), True),
        (("paint", "ships"), False),
    ]
    assert [way.path[0] for way in america.ways] == ["chips"]


def test_what_lies_on_all_ways_carries_a_loss_whole_though_each_way_has_another() -> None:
    known = ways(
        a_graph(
            {},
            ("power", "one", None),
            ("power", "two", None),
            ("one", "ships", "route"),
            ("two", "ships", "route"),
        ),
        "ships",
    )

    assert known["power"].whole
    assert not known["one"].whole


def test_no_time_at_all_is_said_and_the_rest_of_the_answer_is_there() -> None:
    found = thinness(CHAIN, "ships", "country", seconds=0.0)

    assert (found.cuts, found.unsolved) == ((), "No set was found within 0 s.")
    assert found.single_points == ("radios",)
    assert [each.input for each in found.thin] == ["chips", "valves"]
