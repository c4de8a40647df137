"""What an official reads of a service: one page, the same as data, every figure with its source."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from support import patient
from support.builders import NOON
from support.chains import a_need, a_share, a_table, an_actor, an_input
from support.nodes import Node, a_node
from typer.testing import CliRunner, Result

from corridor.core.errors import Unavailable
from corridor.supply_chain import Brief, Table, UnknownInput, assess, graph_of
from corridor.supply_chain.adapters.own import shipped
from corridor.supply_chain.adapters.page import data, days, page, part, span, write
from corridor.supply_chain.adapters.scenarios import library
from corridor.supply_chain.commands import commands
from corridor.supply_chain.errors import BadScenario, Circular
from corridor.supply_chain.records import Quantiles
from corridor.supply_chain.rules.assessing import Assessment, Figure
from corridor.supply_chain.rules.plans.measures import Cost, Measure, Placed
from corridor.supply_chain.rules.scenarios import Scenario
from corridor.supply_chain.service.shocks import shocked

HOSTILE = "<script>alert(1)</script>\"'&"
SCENARIOS = list(library().values())
CITED = shipped(lambda: NOON)


def a_scenario(country: str, **fields: object) -> Scenario:
    disruptions = [{"kind": "country", "country": country}]
    stated = {"name": "gone", "title": "A country is gone", "disruptions": disruptions}
    return Scenario.model_validate({**stated, **fields})


def a_chain(title: str = "Helpline", **fields: object) -> Table:
    inputs = (
        an_input("helpline", title=title, layer="service"),
        an_input("chips", layer="accelerator"),
        an_input("sand", layer="mineral"),
        an_input("paint", layer="material"),
    )
    actors = (an_actor("acme", "JP"), an_actor("zeta", "IN"), an_actor("nowhere", None))
    shares = [
        a_share("acme", 70.0),
        a_share("zeta", 20.0),
        a_share("nowhere", input="sand"),
        a_share("zeta", input="sand"),
    ]
    needs = [
        a_need("chips", "helpline"),
        a_need("sand", "chips"),
        a_need("paint", "helpline", essentiality=1),
    ]
    return a_table(shares, needs, **{"inputs": inputs, "actors": actors, **fields})


def assessed(
    *tables: Table,
    name: str = "helpline",
    scenarios: list[Scenario] | None = None,
    parameters: Mapping[str, str] | None = None,
    home: str | None = None,
    measures: Sequence[Placed] = (),
) -> Assessment:
    given = [a_scenario("JP")] if scenarios is None else scenarios
    asked = Brief(name, home, parameters or {}, draws=50, measures=measures)
    return assess(tables or (a_chain(),), given, asked, node="in", at=NOON)


@pytest.fixture(scope="module")
def whole() -> Assessment:
    """The service of the shipped table, under all shipped scenarios."""
    asked = Brief("public-ai-service", draws=50)
    return assess([CITED], SCENARIOS, asked, node="in", at=NOON)


@pytest.fixture(scope="module")
def html(whole: Assessment) -> str:
    return page(whole)


def test_it_says_what_a_service_rests_on_down_to_the_ground() -> None:
    found = assessed()

    assert [each.input for each in found.rests_on] == ["helpline", "chips", "paint", "sand"]
    assert found.alone == ("chips", "sand")
    states = {each.input: (each.essential, each.alone, each.covered) for each in found.rests_on}
    assert states["chips"] == (True, True, 90.0)
    assert states["sand"] == (True, True, None)
    assert states["paint"] == (False, False, None)


def test_an_outcome_is_what_a_shock_says_of_the_service() -> None:
    [outcome] = assessed().outcomes
    shock = shocked(graph_of([a_chain()]), [a_scenario("JP")], {}, draws=50)
    loss = next(each for each in shock.losses if each.input == "helpline")

    assert outcome.loss
    assert outcome.loss.model_dump() == loss.model_dump(include=set(Figure.model_fields))
    # Somebody whose country nobody has said provides the sand, perhaps from there.
    assert outcome.path == ("sand", "chips", "helpline")


def test_a_scenario_says_when_each_of_its_parts_begins_and_what_each_day_takes() -> None:
    first, later = (
        {**a_scenario("JP").disruptions[0], "duration_days": 9, "start_day": day} for day in (0, 40)
    )
    late = {**later, "start_day": 500}
    scenario = a_scenario("JP").model_copy(update={"disruptions": (first, later, late)})

    found = assess([a_chain()], [scenario], Brief("helpline", draws=50), "in", NOON)
    [outcome] = found.outcomes
    html = page(found)

    assert [each.day for each in outcome.begins] == [0, 40]
    assert [each.day for each in outcome.left_out] == [500]
    lost = {each.day: each.high for each in outcome.moments}
    assert lost[0] == lost[40] > 0
    assert 0 in [high for day, high in lost.items() if 9 <= day < 40]
    assert "from day 0 " in html
    assert "from day 40 " in html
    assert "begins after day 365" in html


def test_a_scenario_that_does_not_reach_the_service_takes_nothing() -> None:
    [outcome] = assessed(
        scenarios=[
            a_scenario("IN", disruptions=[{"kind": "input", "inputs": ["paint"], "part": 0}])
        ]
    ).outcomes

    assert outcome.loss
    assert (outcome.loss.high, outcome.path) == (0.0, ())


def test_a_scenario_that_needs_a_country_is_tried_with_each_and_the_worst_are_shown() -> None:
    open_ = a_scenario("$country", parameters=["country"])

    tried = assessed(scenarios=[open_])
    given = assessed(scenarios=[open_], parameters={"country": "IN"})

    assert [each.parameters for each in tried.outcomes] == [{"country": "JP"}, {"country": "IN"}]
    assert [(each.parameters, each.beside) for each in given.outcomes] == [({"country": "IN"}, 0)]


def test_a_scenario_that_no_country_brings_to_the_service_says_how_many_were_tried() -> None:
    paint = {"kind": "export-control", "country": "$country", "inputs": ["paint"]}
    open_ = a_scenario("", parameters=["country"], disruptions=[paint])

    [outcome] = assessed(scenarios=[open_]).outcomes

    assert (outcome.parameters, outcome.beside, outcome.path) == ({}, 2, ())
    assert outcome.loss
    assert outcome.loss.high == 0


def test_a_scenario_that_needs_something_else_says_so_and_gives_no_figure() -> None:
    open_ = a_scenario("JP", parameters=["supplier"])

    found = assessed(scenarios=[open_])

    assert (found.outcomes[0].loss, found.outcomes[0].wrong) == (None, "gone needs a supplier.")
    assert "gone needs a supplier." in page(found)


def test_a_scenario_that_names_what_is_in_no_table_says_so_and_the_rest_is_there() -> None:
    found = assessed(scenarios=[*SCENARIOS, a_scenario("JP")])
    wrong = {each.scenario: each.wrong for each in found.outcomes if each.loss is None}

    assert wrong["neon-shortage"] == "There is no input 'neon'."
    assert "gone" not in wrong
    assert "There is no input &#39;neon&#39;." in page(found)


def test_what_is_not_known_is_counted_and_named() -> None:
    unknown = {each.what: each.names for each in assessed().unknown}

    assert unknown["who provides it"] == ("paint",)
    assert unknown["anybody's share of it"] == ("sand",)
    assert unknown["the country of a provider"] == ("nowhere",)
    assert unknown["how much a need that is not essential counts"] == ("paint for helpline",)


def test_every_source_that_a_figure_names_is_listed(whole: Assessment, html: str) -> None:
    listed = {each.id for each in whole.sources}
    lines = (*whole.rests_on, *whole.few, *whole.exposed, *whole.outcomes)

    assert {source for each in lines for source in each.sources} <= listed
    assert all(each.sources for each in (*whole.few, *whole.exposed, *whole.outcomes))
    targets = set(re.findall(r'href="#(source-\d+)"', html))
    assert targets
    assert targets <= set(re.findall(r'id="(source-\d+)"', html))


def test_all_shipped_scenarios_are_put_to_the_service(whole: Assessment, html: str) -> None:
    assert {each.scenario for each in whole.outcomes} == set(library())
    assert all(scenario.title in html for scenario in SCENARIOS)


def test_the_page_has_everything_in_it_and_fetches_nothing(html: str) -> None:
    assert "<script" not in html
    assert not re.findall(r"<(?:link|iframe|object|embed|img|base)\b", html)
    assert "default-src 'none'" in html
    assert html.count("<svg") == 10
    assert "None" not in html
    assert "nan" not in re.sub(r"[^a-z]", " ", html.lower()).split()


def test_a_hostile_name_is_text_wherever_it_stands() -> None:
    actors = (an_actor("acme", "JP", title=HOSTILE), an_actor("zeta", "IN"), an_actor("nowhere"))

    html = page(assessed(a_chain(HOSTILE, actors=actors)))

    assert "<script" not in html
    assert "alert(1)" in html


def test_titles_stand_in_the_script_that_they_are_written_in() -> None:
    html = page(assessed(a_chain("किसान सहायता 相談窓口 உதவி")))

    assert html.count("किसान सहायता 相談窓口 உதவி") >= 3
    assert "Noto Sans Devanagari" in html


def test_a_part_is_never_rounded_to_nothing_or_to_all() -> None:
    assert (part(0.0), part(0.004), part(0.5), part(0.996), part(1.0)) == (
        "0\xa0%", "under 1\xa0%", "50\xa0%", "over 99\xa0%", "100\xa0%",
    )  # fmt: skip
    spans = [span(0.1, 0.2), span(0.1, 0.1), span(0.0, 1.0)]
    assert spans == ["10 to 20\xa0%", "10\xa0%", "0 to 100\xa0%"]


def test_an_end_that_nobody_knows_is_said_in_words() -> None:
    def lasting(low: float | None, high: float | None) -> Quantiles:
        return Quantiles(low=low, high=high, p5=None, median=None, p95=None)

    assert days(lasting(30, 365)) == "30 to 365"
    assert days(lasting(1, None)) == "1 or more"
    assert days(lasting(0, None)) == "nobody has said"
    assert days(None) == "none"


COST = Cost(low=10, high=2000, currency="JPY", source="an offer")
STOCK = Measure(
    name="stock", title="Chips in store", kind="stock", input="chips", days=30, cost=COST,
    source="a test",
)  # fmt: skip


def test_what_to_do_first_is_what_avoids_most_of_the_measures_that_fit() -> None:
    short = a_scenario(
        "JP", disruptions=[{"kind": "country", "country": "JP", "duration_days": 10}]
    )
    elsewhere = STOCK.model_copy(update={"name": "other", "input": "steel"})
    placed = [Placed(measure=each, where="a test") for each in (STOCK, elsewhere)]

    found = assessed(scenarios=[short], measures=placed)

    assert found.first
    assert [each.measure for each in found.first.steps] == ["stock"]
    assert found.first.steps[0].left < found.first.before
    assert "Chips in store" in page(found)
    assert "10 to 2,000 JPY" in page(found)


def test_the_page_says_all_of_the_command_that_makes_it_again() -> None:
    asked = Brief("helpline", "IN", {"country": "JP"}, 50, 3, files=("examples",), tables=("mine",))
    found = assess(
        [a_chain()], [a_scenario("$country", parameters=("country",))], asked, "in", NOON
    )

    assert (
        "assess helpline --seed 3 --draws 50 --home IN --set country=JP --measures examples"
        " --table mine</code>"
    ) in page(found)


def test_without_a_measure_the_page_says_where_one_would_come_from() -> None:
    found = assessed()

    assert found.first is None
    assert "No measure is known here" in page(found)


def test_the_same_is_there_as_data(whole: Assessment) -> None:
    assert Assessment.model_validate_json(data(whole)) == whole


def test_the_files_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    place = write(assessed(), tmp_path / "a" / "b")
    (tmp_path / "file").write_text("a regular file")

    assert sorted(each.name for each in place.parent.iterdir()) == [
        "assessment.html",
        "assessment.json",
    ]
    with pytest.raises(Unavailable, match="file"):
        write(assessed(), tmp_path / "file" / "below")


def test_what_is_not_there_is_named_with_what_is_near() -> None:
    with pytest.raises(UnknownInput, match="helpline"):
        assessed(name="helplin")


def test_what_would_fail_every_scenario_alike_is_refused() -> None:
    with pytest.raises(BadScenario, match="'india' is no country"):
        assessed(home="india")
    with pytest.raises(BadScenario, match="No scenario has a parameter 'contry'; the nearest"):
        assessed(
            scenarios=[a_scenario("$country", parameters=["country"])], parameters={"contry": "IN"}
        )


def test_what_is_needed_for_itself_is_refused() -> None:
    circle = a_table([], [a_need("chips", "helpline"), a_need("helpline", "chips")])

    with pytest.raises(Circular):
        assessed(circle)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path / "node") as made:
        made.add_provider("vendor-small", "http://127.0.0.1:9/v1")
        made.offer("helpline", ["vendor-small"])
        yield made


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(commands, list(words), obj=node.runtime)


def test_a_service_of_the_running_corridor_is_assessed_by_its_name(
    node: Node, tmp_path: Path
) -> None:
    written = run(node, "assess", "helpline", "-o", str(tmp_path / "out"), "--draws", "20")
    found = json.loads(run(node, "assess", "helpline", "--draws", "20", "--json").stdout)

    assert written.exit_code == 0, written.output
    assert "assessment.html is written" in written.stdout
    assert (tmp_path / "out" / "assessment.html").exists()
    assert found["service"] == "service:helpline"
    assert "hosted-inference" in found["alone"]
    assert {"cited", "live"} == {each["name"] for each in found["tables"]}


def test_the_same_page_comes_over_http_for_the_operator_alone(node: Node) -> None:
    node.start()
    address = f"{node.address}/supply-chain"

    refused = patient.get(f"{address}/assess/helpline")
    found = patient.get(f"{address}/assess/helpline?draws=20", headers=node.operator)
    shown = patient.get(
        f"{address}/assess.html/helpline?draws=20", headers=node.operator, timeout=60
    )
    unknown = patient.get(f"{address}/assess/helplin", headers=node.operator)

    assert refused.status_code == 403
    assert found.json()["service"] == "service:helpline"
    assert shown.headers["content-type"].startswith("text/html")
    assert "Helpline: what it rests on" in shown.text
    assert unknown.status_code == 404
