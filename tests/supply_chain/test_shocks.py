"""What scenarios take away, and what follows from that in the graph."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import patient
from support.builders import NOON
from support.chains import a_need, a_share, a_table, an_actor
from support.nodes import Node, a_node
from typer.testing import CliRunner, Result

from corridor.supply_chain import Dependency, Graph, Provision, graph_of
from corridor.supply_chain.adapters.own import shipped
from corridor.supply_chain.adapters.scenarios import library, scenario_in, scenario_named, schema
from corridor.supply_chain.commands import commands
from corridor.supply_chain.errors import BadScenario, UnknownScenario
from corridor.supply_chain.records import Disruption
from corridor.supply_chain.rules.hits import Hit, hits
from corridor.supply_chain.rules.scenarios import Scenario
from corridor.supply_chain.rules.waves import spread
from corridor.supply_chain.service.shocks import Loss, shocked

HOMES = {"jp-one": "JP", "jp-two": "JP", "in-one": "IN", "nowhere": None}


def a_graph(provisions: Sequence[Provision], needs: Sequence[Dependency] = ()) -> Graph:
    actors = tuple(an_actor(name, home) for name, home in HOMES.items())
    return graph_of([a_table(provisions, needs, actors=actors)])


def a_scenario(*disruptions: Mapping[str, object], **fields: object) -> Scenario:
    stated = {"name": "test", "title": "A test", "disruptions": list(disruptions)}
    return Scenario.model_validate({**stated, **fields})


def lost(
    graph: Graph, *disruptions: Mapping[str, object], home: str | None = None
) -> dict[str, Loss]:
    found = shocked(graph, [a_scenario(*disruptions)], {}, home, draws=50)
    return {each.input: each for each in found.losses}


SHARES = [a_share("jp-one", 40.0), a_share("jp-two", 20.0), a_share("in-one", 30.0)]
JAPAN = {"kind": "country", "country": "JP"}


def bounds(loss: Loss) -> tuple[float, float]:
    return round(loss.low, 9), round(loss.high, 9)


def test_a_country_takes_what_its_actors_provide_with_it() -> None:
    assert bounds(lost(a_graph(SHARES), JAPAN)["chips"]) == (0.6, 0.6)
    assert lost(a_graph(SHARES), {"kind": "country", "country": "IN"})["chips"].low == 0.3


def test_what_nobody_has_named_may_be_in_a_country_that_is_named_for_this_input() -> None:
    named = lost(a_graph(SHARES), {**JAPAN, "inputs": ["chips"]})["chips"]

    assert bounds(named) == (0.6, 0.7)


def test_an_actor_without_a_figure_may_have_all_that_is_not_covered_or_nothing() -> None:
    graph = a_graph([a_share("jp-one", 60.0), a_share("in-one")])

    found = lost(graph, {"kind": "supplier", "actor": "in-one"})["chips"]

    assert bounds(found) == (0.0, 0.4)
    assert 0 < found.p5 < found.median < found.p95 < 0.4


def test_who_has_no_known_country_may_be_in_any_and_draws_take_them_to_be_elsewhere() -> None:
    graph = a_graph([a_share("jp-one", 60.0), a_share("nowhere", 40.0)])

    japan, india = lost(graph, JAPAN)["chips"], lost(graph, {**JAPAN, "country": "IN"})["chips"]

    assert (bounds(japan), japan.p5, japan.p95) == ((0.6, 1.0), 0.6, 0.6)
    assert (bounds(india), india.p5, india.p95) == ((0.0, 0.4), 0.0, 0.0)
    assert bounds(lost(a_graph([a_share("nowhere")]), JAPAN)["chips"]) == (0.0, 1.0)


def test_what_a_source_calls_others_may_be_anybody_who_has_no_figure() -> None:
    others = an_actor("others", None, type="group")
    actors = (others, *(an_actor(name, home) for name, home in HOMES.items()))
    shares = [a_share("jp-one", 70.0), a_share("others", 30.0), a_share("in-one")]
    graph = graph_of([a_table(shares, actors=actors)])

    assert bounds(lost(graph, {**JAPAN, "country": "IN"})["chips"]) == (0.0, 0.3)
    assert bounds(lost(graph, {**JAPAN, "inputs": ["chips"]})["chips"]) == (0.7, 1.0)


def test_draws_split_the_rest_among_all_who_may_have_it() -> None:
    graph = a_graph([a_share("jp-one"), a_share("jp-two"), a_share("in-one")])
    india = Disruption.model_validate({**JAPAN, "country": "IN"})

    found = spread(graph, hits(graph, [india]), np.random.default_rng(0), 20_000)
    drawn = found.losses["chips"][2:]

    assert 0.24 < float(drawn.mean()) < 0.26  # three that are known, and one for all others
    assert 0.0 <= float(drawn.min()) < 0.01
    assert float(drawn.max()) <= 1.0


def test_a_country_is_lost_both_ways() -> None:
    graph = a_graph([a_share("jp-one", 60.0), a_share("in-one", 30.0)])

    abroad, there = lost(graph, JAPAN, home="IN"), lost(graph, JAPAN, home="JP")

    assert bounds(abroad["chips"]) == (0.6, 0.6)
    assert bounds(there["chips"]) == (pytest.approx(0.3), pytest.approx(0.4))


def test_who_is_cut_off_may_lose_what_nobody_has_named() -> None:
    graph = a_graph([a_share("jp-one", 60.0)])

    assert bounds(lost(graph, JAPAN, home="JP")["chips"]) == (0.0, pytest.approx(0.4))
    assert "chips" not in lost(a_graph([a_share("jp-one", 100.0)]), JAPAN, home="JP")


def test_an_export_control_is_not_felt_at_home_nor_where_it_does_not_reach() -> None:
    control = {"kind": "export-control", "country": "JP", "destinations": ["IN"]}

    assert lost(a_graph(SHARES), control, home="JP") == {}
    assert lost(a_graph(SHARES), control, home="US") == {}
    assert lost(a_graph(SHARES), control, home="IN")["chips"].low == 0.6


def test_an_essential_input_stops_all_others_lessen_and_some_are_ignored() -> None:
    needs = [
        a_need("chips", "servers"),
        a_need("chips", "phones", essentiality=1, quantity=0.5),
        a_need("chips", "toys", essentiality=1),
        a_need("chips", "chairs", essentiality=0),
    ]

    found = lost(a_graph(SHARES, needs), JAPAN)

    assert bounds(found["servers"]) == (0.6, 0.6)
    assert bounds(found["phones"]) == (0.3, 0.3)
    assert bounds(found["toys"]) == (0.0, 0.6)
    assert "chairs" not in found
    assert found["servers"].path == ("chips", "servers")


def test_what_can_stand_in_for_each_other_stops_only_together() -> None:
    shares = [*SHARES, a_share("in-one", 100.0, input="tubes")]
    needs = [a_need("chips", "radios", alternative="a"), a_need("tubes", "radios", alternative="a")]
    graph = a_graph(shares, needs)

    assert "radios" not in lost(graph, JAPAN)
    both = lost(graph, JAPAN, {"kind": "country", "country": "IN"})
    assert round(both["radios"].low, 9) == 0.9


def test_stocks_that_last_longer_than_the_disruption_hand_nothing_on() -> None:
    graph = a_graph(SHARES, [a_need("chips", "servers", inventory_days=60)])

    assert "servers" not in lost(graph, {**JAPAN, "duration_days": 30})
    assert "servers" in lost(graph, {**JAPAN, "duration_days": 90})
    assert "servers" in lost(graph, JAPAN)


def test_two_disruptions_of_one_input_never_take_more_than_all() -> None:
    found = lost(a_graph(SHARES), JAPAN, {"kind": "input", "inputs": ["chips"], "part": 80})

    assert found["chips"].high <= 1.0
    assert found["chips"].low >= 0.6


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 2), st.floats(0, 0.5))
def test_a_larger_loss_at_the_source_never_leaves_more(
    one: float, other: float, essentiality: int, quantity: float
) -> None:
    needs = [a_need("chips", "servers", essentiality=essentiality, quantity=quantity)]
    graph = a_graph(SHARES, needs)
    results: list[float] = []
    for part in sorted((one, other)):
        hit = Hit(low=part, high=part, lost_low=1, lost_high=1, who=("jp-one",))
        found = spread(graph, {"chips": [hit]}, np.random.default_rng(0), 5)
        results.append(float(found.losses.get("servers", np.zeros(2))[1]))

    assert results == sorted(results)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 2)), max_size=15))
def test_draws_lie_within_the_bounds_even_where_there_are_circles(
    links: list[tuple[int, int, int]],
) -> None:
    needs = [a_need(f"i{a}", f"i{b}", essentiality=e) for a, b, e in links if a != b]
    graph = a_graph([a_share("jp-one", input="i0"), a_share("in-one", input="i0")], needs)
    hit = Hit(low=0.2, high=0.7, lost_low=0.5, lost_high=1, who=("jp-one",))

    found = spread(graph, {"i0": [hit]}, np.random.default_rng(1), 40)

    assert found.settled
    for loss in found.losses.values():
        assert (loss[2:] >= loss[0] - 1e-6).all()
        assert (loss[2:] <= loss[1] + 1e-6).all()


def test_the_same_seed_gives_the_same_draws() -> None:
    graph = graph_of([shipped(lambda: NOON)])
    one, again = (shocked(graph, [library()["taiwan-strait-closed"]], {}, seed=7) for _ in range(2))

    assert one == again


@pytest.mark.parametrize("name", sorted(library()))
def test_every_scenario_of_the_library_takes_something_from_the_shipped_graph(name: str) -> None:
    scenario = library()[name]
    given_ = {parameter: "US" for parameter in scenario.parameters}

    found = shocked(graph_of([shipped(lambda: NOON)]), [scenario], given_, draws=20)

    assert found.losses or found.prices
    assert all(0 <= each.low <= each.high <= 1 for each in found.losses)
    assert all(0 <= each.low <= each.high for each in found.prices)
    assert found.settled


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("name: a\ntitle: A\ndisruptions: []\n", "disruptions"),
        ("name: a\ntitle: A\ndisruptions: [{kind: quake}]\n", "disruptions.0.kind"),
        ("name: a\ntitle: A\ndisruptions: [{kind: country}]\n", "country needs a country"),
        ("name: a\ntitle: A\ndisruptions: [{kind: input}]\n", "input needs inputs"),
        ("name: a\ntitle: A\ndisruptions: [{kind: country, country: JP, part: 101}]\n", "part"),
        ("name: a\ntitle: A\ndisruptions: [{kind: country, country: JP, part: {low: 9, high: 1}}]\n", "low is above high"),
        ("name: [a\n", "row 2, column 1 is no YAML"),
        ("name: a\n", "title"),
    ],
)  # fmt: skip
def test_a_broken_scenario_is_named_by_its_place(text: str, place: str) -> None:
    with pytest.raises(BadScenario) as refused:
        scenario_in("mine.yaml", text)

    assert place in refused.value.message


def test_a_scenario_of_what_is_not_there_offers_the_nearest() -> None:
    graph = a_graph(SHARES)

    with pytest.raises(BadScenario, match="'chip'; the nearest are chips"):
        lost(graph, {"kind": "input", "inputs": ["chip"]})
    with pytest.raises(BadScenario, match="'jp-on'; the nearest are jp-one"):
        lost(graph, {"kind": "supplier", "actor": "jp-on"})
    with pytest.raises(BadScenario, match="at home in BR"):
        lost(graph, {"kind": "country", "country": "BR"})
    with pytest.raises(UnknownScenario, match="taiwan-strait-closed"):
        scenario_named("taiwan-strait")
    with pytest.raises(BadScenario, match="needs a country"):
        shocked(graph, [library()["partner-unreachable"]], {})


def test_the_schema_says_what_a_disruption_may_have() -> None:
    found = json.loads(json.dumps(schema()))

    assert found["properties"]["disruptions"]["items"] == {"$ref": "#/$defs/Disruption"}
    kinds = found["$defs"]["Disruption"]["properties"]["kind"]["enum"]
    assert set(kinds) == {"export-control", "supplier", "country", "input", "price"}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path / "node") as made:
        yield made


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "250"}).invoke(commands, list(words), obj=node.runtime)


def test_a_service_goes_on_by_the_provider_that_is_left(node: Node) -> None:
    node.add_provider("vendor-small", "http://127.0.0.1:9/v1")
    node.add_provider("own-small", None)
    node.offer("alone", ["vendor-small"])
    node.offer("helpline", ["vendor-small", "own-small"])
    scenario = node.home / "withdrawn.yaml"
    scenario.write_text(
        "name: withdrawn\ntitle: W\ndisruptions: [{kind: input, inputs: [provider:vendor-small]}]\n"
    )

    found = json.loads(run(node, "shock", str(scenario), "--json").stdout)

    losses = {each["input"]: each["high"] for each in found["losses"]}
    assert losses == {"service:alone": 1.0, "provider:vendor-small": 1.0}


def test_scenarios_are_listed_and_put_to_the_graph_on_the_command_line(node: Node) -> None:
    listed = run(node, "scenarios").stdout
    shown = run(node, "shock", "hbm-supplier-lost", "neon-shortage", "--draws", "20").stdout
    wrong = run(node, "shock", "model-withdrawn", "--set", "country")

    assert "taiwan-strait-closed" in listed
    assert "hbm" in shown
    assert "20 draws, seed 0; tolerance 1e-09" in shown
    assert "How likely neon-shortage is: nobody has said." in shown
    dearer = run(node, "shock", "gallium-germanium-dearer", "--draws", "20").stdout
    assert "Dearer by gallium-germanium-dearer" in dearer
    assert "150%" in dearer
    assert isinstance(wrong.exception, BadScenario)
    assert "properties" in json.loads(run(node, "scenarios", "--schema").stdout)


LATER = """\
name: later
title: A maker stops, and later a country exports nothing
disruptions:
  - {kind: supplier, actor: sk-hynix, inputs: [hbm], duration_days: 60, recovery_days: 30}
  - {kind: export-control, country: CN, inputs: [gallium], start_day: 40, duration_days: 100}
  - {kind: supplier, actor: micron, inputs: [hbm], start_day: 400}
"""


def test_what_begins_when_is_said_and_each_day_shown(node: Node) -> None:
    scenario = node.home / "later.yaml"
    scenario.write_text(LATER)

    shown = run(node, "shock", str(scenario), "--draws", "20", "--day-by-day").stdout
    longer = run(node, "shock", str(scenario), "--draws", "20", "--days", "500").stdout
    at_once = run(node, "shock", "hbm-supplier-lost", "--draws", "20").stdout

    assert "From day 0: supplier sk-hynix: hbm." in shown
    assert "From day 40: export-control CN: gallium." in shown
    assert "Left out, as it begins on day 400 of 365: supplier micron: hbm." in shown
    assert "Lost from day to day until day 365" in shown
    assert "From day 400: supplier micron: hbm." in longer
    assert "Left out" not in longer
    assert "rom day" not in at_once


def test_a_shock_is_kept_with_its_days_and_repeated(node: Node) -> None:
    node.add_provider("vendor-small", "http://127.0.0.1:9/v1")
    node.offer("helpline", ["vendor-small"])
    scenario = node.home / "later.yaml"
    scenario.write_text(
        LATER.replace("inputs: [gallium], start", "inputs: [hosted-inference], start").replace(
            "CN", "US"
        )
    )
    words = ("shock", str(scenario), "--draws", "20", "--day-by-day", "--days", "200", "--keep")

    record = json.loads(run(node, *words, "--json").stdout)["record"]

    found = json.loads(run(node, "predictions", "show", record, "--json").stdout)
    helpline = next(e for e in found["in_time"] if e["input"] == "service:helpline")
    assert found["horizon_days"] == 200
    assert {0, 40, 90, 140} <= {each["day"] for each in helpline["moments"]}
    assert {e["begins"]["low"] for e in found["services"]} == {0}
    assert "The same comes out." in run(node, "predictions", "repeat", record).stdout


def test_the_same_shock_comes_over_http_and_no_file_is_opened_for_it(node: Node) -> None:
    node.start()
    address = f"{node.address}/supply-chain/shock"
    asked = {"scenarios": ["model-withdrawn"], "parameters": {"country": "US"}, "draws": 10}
    later = {"kind": "input", "inputs": ["hbm"], "start_day": 40, "duration_days": 9}
    daily = {
        "scenarios": [{"name": "later", "title": "L", "disruptions": [later]}],
        "draws": 10,
        "day_by_day": True,
    }

    found = patient.post(address, json=asked, headers=node.operator)
    a_file = patient.post(address, json={"scenarios": ["/etc/x.yaml"]}, headers=node.operator)
    broken = {"name": "b", "title": "B", "disruptions": [{"kind": "country"}]}
    refused = patient.post(address, json={"scenarios": [broken]}, headers=node.operator)

    assert "frontier-models" in {each["input"] for each in found.json()["losses"]}
    days = patient.post(address, json=daily, headers=node.operator).json()
    assert {each["input"]: each["moments"] for each in days["in_time"]}["hbm"][1]["day"] == 40
    assert a_file.status_code == 404
    assert refused.status_code == 422
    assert "disruptions.0" in refused.json()["title"]
    assert (
        len(patient.get(f"{node.address}/supply-chain/scenarios", headers=node.operator).json())
        == 10
    )
