"""What governments ask of an input: what data say, what they do not, and never a guess."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import patient
from support.builders import NOON
from support.chains import a_need, a_share, a_table, an_actor, an_input
from support.nodes import Node, a_node
from typer.testing import CliRunner, Result

from corridor.supply_chain import BadTable, Dependency, Graph, Input, UnknownInput, graph_of
from corridor.supply_chain.adapters.criticality import read
from corridor.supply_chain.adapters.own import shipped
from corridor.supply_chain.commands import commands
from corridor.supply_chain.errors import BadScenario
from corridor.supply_chain.rules.scenarios import Scenario
from corridor.supply_chain.rules.supply_risk import Criticality, OfInput, SupplyRisk, supply_risk
from corridor.supply_chain.service.criteria import Criteria, criteria

HOMES = ("CN", "DE", "JP", "US")
CITED = graph_of([shipped(lambda: NOON)])
STATED = """\
source: a test
importer: EU
governance: {CN: 5.0, DE: 1.0}
trade: {CN: 1.1}
other_trade: 1.0
inputs:
  chips: {import_reliance: 80, recycling: 10, substitution: 0.9, sourcing: {CN: 60, DE: 40}}
"""


def a_graph(
    shares: Mapping[str, float | None], *needs: Dependency, inputs: Sequence[Input] = ()
) -> Graph:
    actors = tuple(an_actor(home.lower(), home, type="country") for home in HOMES)
    provisions = [a_share(home.lower(), share) for home, share in shares.items()]
    named = inputs or (an_input("chips"),)
    return graph_of([a_table(provisions, needs, actors=actors, inputs=tuple(named))])


def risk(graph: Graph, known: Criticality | None, name: str = "chips") -> SupplyRisk:
    return criteria(graph, [name], None, [], known)[0].supply_risk


@pytest.fixture
def stated(tmp_path: Path) -> Path:
    place = tmp_path / "stated.yaml"
    place.write_text(STATED)
    return place


def test_with_all_that_the_formula_needs_supply_risk_is_one_figure(stated: Path) -> None:
    found = risk(a_graph({"CN": 70.0, "DE": 30.0}), read(stated))

    world = 0.7**2 * 5.0 * 1.1 + 0.3**2 * 1.0
    sourcing = 0.6**2 * 5.0 * 1.1 + 0.4**2 * 1.0
    by_hand = (world * 0.4 + sourcing * 0.6) * 0.9 * 0.9
    assert (found.low, found.high) == (pytest.approx(by_hand), pytest.approx(by_hand))
    assert (found.critical, found.missing, found.source) == (True, (), "a test")


def test_with_nothing_stated_there_is_no_figure_and_all_that_is_missing_is_named() -> None:
    found = risk(a_graph({"CN": 98.0}), None)

    assert (found.low, found.high, found.critical) == (0.0, None, None)
    assert found.missing == (
        "who has the other 2% of the world's supply",
        "the governance of CN",
        "the trade parameter of CN",
        "the import reliance",
        "how much recycling meets",
        "the substitution index",
        "where the importer's supply comes from",
    )


def test_without_a_trade_parameter_nothing_bounds_it_from_above(stated: Path) -> None:
    known = read(stated).model_copy(update={"trade": {}, "other_trade": None})

    assert risk(a_graph({"CN": 70.0, "DE": 30.0}), known).high is None


def test_a_risk_that_is_under_the_threshold_whatever_is_unknown_is_not_critical() -> None:
    known = Criticality(
        source="a test",
        importer="EU",
        other_trade=1.0,
        inputs={"chips": OfInput(substitution=0.05)},
    )

    found = risk(a_graph({"CN": 70.0, "DE": 30.0}), known)

    assert found.critical is False
    assert found.high is not None


FRACTION = st.floats(0, 1)


@given(
    weights=st.lists(st.floats(0.01, 1), min_size=4, max_size=4),
    sourced=st.lists(st.floats(0.01, 1), min_size=4, max_size=4),
    governance=st.lists(st.floats(0, 10), min_size=4, max_size=4),
    figures=st.tuples(FRACTION, FRACTION, FRACTION),
    hidden=st.lists(st.booleans(), min_size=15, max_size=15),
)
def test_the_truth_is_within_the_bounds_whatever_is_hidden(
    weights: list[float],
    sourced: list[float],
    governance: list[float],
    figures: tuple[float, float, float],
    hidden: list[bool],
) -> None:
    shares = [each / sum(weights) for each in weights]
    bought = [each / sum(sourced) for each in sourced]
    reliance, recycling, index = figures
    world, sourcing = (
        sum(s**2 * w for s, w in zip(each, governance, strict=True)) for each in (shares, bought)
    )
    truth = (world * reliance / 2 + sourcing * (1 - reliance / 2)) * (1 - recycling) * index
    shown = {home: 100 * s for home, s, h in zip(HOMES, shares, hidden, strict=False) if not h}
    known = Criticality(
        source="a test",
        importer="EU",
        other_trade=1.0,
        governance={
            home: w for home, w, h in zip(HOMES, governance, hidden[4:], strict=False) if not h
        },
        inputs={
            "chips": OfInput(
                import_reliance=None if hidden[8] else 100 * reliance,
                recycling=None if hidden[9] else 100 * recycling,
                substitution=None if hidden[10] else index,
                sourcing={
                    home: 100 * s
                    for home, s, h in zip(HOMES, bought, hidden[11:], strict=False)
                    if not h
                },
            )
        },
    )
    actors = {home.lower(): an_actor(home.lower(), home, type="country") for home in HOMES}
    provisions = [a_share(home.lower(), share) for home, share in shown.items()]

    found = supply_risk(provisions, actors, "chips", known)

    assert found.high is not None
    assert found.low - 1e-9 <= truth <= found.high + 1e-9


def test_companies_that_nobody_has_named_may_be_at_home_where_others_are() -> None:
    actors = (an_actor("acme", "CN"), an_actor("zeta", "DE"))
    graph = graph_of([a_table([a_share("acme", 50.0), a_share("zeta", 20.0)], actors=actors)])
    known = Criticality(
        source="a test", importer="EU", governance={"CN": 1.0, "DE": 0.0}, other_trade=1.0
    )

    # The other 30 may be CN's, with a governance of 1; or of a country with one of 10.
    found = risk(graph, known)

    assert found.high is not None
    assert found.high >= 0.8**2


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("source: a test", "importer"),
        (STATED.replace("CN: 5.0", "CN: 50"), "governance.CN"),
        (STATED.replace("DE: 40", "DE: 90"), "inputs.chips"),
        (STATED.replace("recycling", "recyling"), "inputs.chips.recyling"),
        ("source: [", "row 1"),
    ],
    ids=["no importer", "governance", "sourcing", "a word", "no YAML"],
)
def test_what_is_stated_wrongly_is_refused_with_its_place(
    tmp_path: Path, text: str, place: str
) -> None:
    (tmp_path / "stated.yaml").write_text(text)

    with pytest.raises(BadTable, match="stated.yaml") as refused:
        read(tmp_path / "stated.yaml")

    assert place in refused.value.message


def four_of(graph: Graph, name: str, home: str | None, *scenarios: Scenario) -> Criteria:
    return criteria(graph, [name], home, scenarios)[0]


def test_dependence_is_indicated_by_one_country_abroad_that_has_most() -> None:
    graph = a_graph({"CN": 70.0, "JP": 30.0})

    indicated = [four_of(graph, "chips", home).tests[1].indicated for home in ("JP", "CN", None)]

    assert indicated == [True, False, True]
    assert four_of(a_graph({"CN": 30.0}), "chips", "JP").tests[1].indicated is None
    assert (
        "0 % is known to be made in JP"
        in four_of(a_graph({"CN": 90.0}), "chips", "JP").tests[1].because
    )


def test_an_input_with_no_share_has_no_answer() -> None:
    test = four_of(a_graph({"CN": None}), "chips", "JP").tests[1]

    assert (test.indicated, test.because) == (None, "")
    assert test.missing == "anybody's share of the supply"


def test_what_services_stop_without_it_is_said_and_no_judgement_on_survival_is_made() -> None:
    inputs = (an_input("chips"), an_input("helpline", layer="service"))
    graph = a_graph({"CN": 90.0}, a_need("chips", "helpline"), inputs=inputs)

    test = four_of(graph, "chips", "JP").tests[0]

    assert test.because == "its loss alone stops helpline"
    assert test.indicated is None


def test_a_disruption_is_indicated_only_by_a_likelihood_that_somebody_has_stated() -> None:
    taken = [{"kind": "input", "inputs": ["chips"]}]
    silent = Scenario.model_validate({"name": "a", "title": "A", "disruptions": taken})
    likely = silent.model_copy(update={"name": "b"})
    likely = Scenario.model_validate(
        {**likely.model_dump(), "likelihood": {"a_year": 0.1, "source": "a report"}}
    )
    graph = a_graph({"CN": 90.0})

    assert four_of(graph, "chips", None, silent).tests[2].indicated is None
    assert four_of(graph, "chips", None, silent).tests[2].because == "scenarios that name it: a"
    said = four_of(graph, "chips", None, silent, likely).tests[2]
    assert (said.indicated, said.because) == (True, "b: 0.1 a year (a report)")


def test_every_input_of_the_shipped_table_with_a_share_has_its_source() -> None:
    found = criteria(CITED, [], "JP", [])

    assert len(found) > 20
    assert all(each.source and each.tests_source and each.supply_risk.formula for each in found)
    assert all(each.supply_risk.missing for each in found)


def test_what_is_not_there_is_named(stated: Path) -> None:
    with pytest.raises(UnknownInput, match="chips"):
        criteria(CITED, [], None, [], read(stated))
    with pytest.raises(BadScenario, match="'japan' is no country"):
        criteria(CITED, [], "japan", [])


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path / "node") as made:
        yield made


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "250"}).invoke(commands, list(words), obj=node.runtime)


def test_the_criteria_are_part_of_concentration_and_come_over_http(node: Node) -> None:
    asked = ("concentration", "gallium", "--criteria", "--home", "JP")
    shown, plain = run(node, *asked), json.loads(run(node, *asked, "--json").stdout)
    node.start()
    posted = patient.post(
        f"{node.address}/supply-chain/criteria",
        json={"inputs": ["gallium"], "home": "JP"},
        headers=node.operator,
    )

    assert "Japan's four tests" in shown.stdout
    assert "no bound" in shown.stdout
    assert "annex II" in shown.stdout
    assert plain["concentration"][0]["input"] == "gallium"
    assert posted.json() == plain["criteria"]
