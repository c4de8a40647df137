"""Measures, plans and first steps by files, on the command line and over HTTP."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support import patient
from support.nodes import Node, a_node
from support.partners import until
from typer.testing import CliRunner, Result

from corridor.core.errors import Invalid, NotFound, TooOften
from corridor.supply_chain import SupplyChain
from corridor.supply_chain.adapters.measures import measures_in, schema
from corridor.supply_chain.commands import commands
from corridor.supply_chain.errors import BadMeasure, NothingToPlan, UnknownInput
from corridor.supply_chain.routes.asked import AT_ONCE, a_turn
from corridor.supply_chain.rules.scenarios import Scenario
from corridor.supply_chain.service.planning import plan_of, plans

FILE = """\
name: mine
title: Mine
measures:
  - name: a
    title: A
    kind: stock
    input: chips
    days: 3
    cost: {low: 1, high: 2, currency: JPY, source: r}
    source: r
"""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("low: 1", "low: -1", "mine.yaml, line 9: measures.0.cost.low"),
        ("low: 1", "low: 3", "mine.yaml, line 9: measures.0.cost: low is above high"),
        ("JPY", "yen", "mine.yaml, line 9: measures.0.cost.currency"),
        ("days: 3", "days: .nan", "mine.yaml, line 4: measures.0: stock needs days"),
        ("kind: stock", "kind: hope", "mine.yaml, line 6: measures.0.kind"),
        ("    days: 3\n", "", "mine.yaml, line 4: measures.0: stock needs days"),
        ("kind: stock", "kind: domestic-capacity\n    part: 3\n    country: JP", "domestic-capacity needs lead_days"),
        ("kind: stock", "kind: second-source\n    part: 101", "mine.yaml, line 7: measures.0.part"),
        ("measures:", "measures: [", "mine.yaml, line"),
    ],
)  # fmt: skip
def test_a_broken_file_of_measures_is_named_by_file_and_line(
    before: str, after: str, said: str
) -> None:
    with pytest.raises(BadMeasure) as refused:
        measures_in("mine.yaml", FILE.replace(before, after))

    assert said in refused.value.message


def test_the_schema_says_what_a_measure_may_have() -> None:
    found = json.loads(json.dumps(schema()))

    assert "substitution" in found["$defs"]["Measure"]["properties"]["kind"]["enum"]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path / "node") as made:
        made.add_provider("vendor-small", "http://127.0.0.1:9/v1")
        made.add_provider("own-small", None)
        made.offer("helpline", ["vendor-small"])
        (made.home / "withdrawn.yaml").write_text(WITHDRAWN)
        yield made


WITHDRAWN = """\
name: withdrawn
title: A vendor withdraws
disruptions: [{kind: input, inputs: [provider:vendor-small], duration_days: 73}]
"""


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "250"}).invoke(commands, list(words), obj=node.runtime)


def test_another_model_that_is_there_already_is_proposed_and_priced_by_whoever_asks(
    node: Node,
) -> None:
    scenario = str(node.home / "withdrawn.yaml")
    words = ("plan", scenario, "--budget", "500", "--draws", "4", "--json")

    unpriced = run(node, *words)
    priced = json.loads(
        run(node, *words, "--generated-cost", "100:400", "--currency", "JPY").stdout
    )

    assert isinstance(unpriced.exception, NothingToPlan)
    assert priced["before"] == pytest.approx(0.2)
    assert priced["after"] == 0
    [step] = priced["steps"]
    assert step["measure"] == "other-model/helpline/own-small"
    assert step["source"].startswith("This node's records")


def test_first_steps_say_what_to_do_for_a_service_though_nobody_knows_the_cost(
    node: Node,
) -> None:
    chain = node.runtime.service(SupplyChain)
    withdrawn = Scenario.model_validate(
        {"name": "w", "title": "W", "disruptions": [{"kind": "input", "inputs": ["provider:vendor-small"], "duration_days": 73}]}
    )  # fmt: skip
    with node.runtime.store.view() as view:
        found = chain.first_steps(view, "helpline", [withdrawn])
        with pytest.raises(UnknownInput, match="helplin"):
            chain.first_steps(view, "helplin", [withdrawn])

    [step] = found.steps
    assert (step.measure, step.cost_high) == ("other-model/helpline/own-small", None)
    assert (found.before, step.left) == (pytest.approx(0.2), 0.0)
    shown = run(node, "first-steps", "helpline", str(node.home / "withdrawn.yaml"))
    assert "own-small" in shown.stdout


def test_a_plan_is_kept_with_what_it_rests_on_and_shown_again(node: Node, tmp_path: Path) -> None:
    picture = tmp_path / "plan.svg"
    words = (
        "--budget",
        "9000000",
        "--draws",
        "4",
        "--figures",
        "2",
        "--service",
        "public-ai-service",
    )
    made = run(node, "plan", "neon-shortage", "--measures", "examples", *words, "--keep", "--picture", str(picture))  # fmt: skip
    listed = json.loads(run(node, "plans", "--json").stdout)

    assert made.exception is None, made.exception
    [kept] = listed
    assert kept["entry"]["kind"] == "supply_chain.plan"
    assert {each["name"] for each in kept["plan"]["tables"]} == {"cited", "live"}
    assert len(kept["plan"]["scenarios"][0]["sha256"]) == 64
    assert "neon-in-store" in made.stdout
    assert "proved: no plan leaves less" in made.stdout
    assert picture.read_text().startswith("<svg")
    again = run(node, "plans", kept["plan"]["id"][:8])
    assert "neon-in-store" in again.stdout
    with node.runtime.store.view() as view, pytest.raises(NotFound):
        plan_of(view, "ffff")
    assert isinstance(
        run(node, "plans", kept["plan"]["id"], "--picture", "x.doc").exception, Invalid
    )
    steps_ = ("first-steps", "public-ai-service", "neon-shortage", "--measures", "examples")
    first = json.loads(run(node, *steps_, "--json").stdout)["plan"]
    assert (first["entry"]["record_id"], first["same_facts"]) == (kept["plan"]["id"], True)
    node.add_provider("third", None)
    assert "on other facts): neon-in-store" in run(node, *steps_).stdout


def test_what_a_partner_serves_is_the_partners_offer(node: Node) -> None:
    node.add_provider("theirs", "http://127.0.0.1:9/v1", credential="node:japan")

    found = json.loads(run(node, "measures", "--json").stdout)

    kinds = {each["measure"]["name"]: each["measure"]["kind"] for each in found}
    assert kinds["partner-offer/helpline/theirs"] == "partner-offer"
    assert "offered by japan" in run(node, "measures").stdout


def test_plans_come_over_http_at_once_and_in_the_background(node: Node) -> None:
    node.start()
    address = f"{node.address}/supply-chain"
    asked: dict[str, object] = {
        "scenarios": ["neon-shortage"], "files": ["examples"], "budget": 9_000_000, "draws": 4,
        "figures": 1, "services": {"public-ai-service": 1},
    }  # fmt: skip

    at_once = patient.post(f"{address}/plan", json=asked, headers=node.operator)
    begun = patient.post(f"{address}/plans", json=asked, headers=node.operator)
    refused = patient.post(f"{address}/plan", json={**asked, "budget": 0}, headers=node.operator)
    early = patient.post(f"{address}/plans", json={**asked, "budget": 3}, headers=node.operator)
    a_file = patient.post(
        f"{address}/plan", json={**asked, "files": ["/x.yaml"]}, headers=node.operator
    )
    steps_ = patient.get(
        f"{address}/first-steps/helpline?scenario=cloud-region-lost", headers=node.operator
    )

    assert at_once.status_code == 200, at_once.text
    assert [each["measure"] for each in at_once.json()["steps"]][:1] == ["neon-in-store"]
    assert begun.status_code == 202
    assert (refused.status_code, early.status_code, a_file.status_code) == (422, 422, 422)
    assert "buys nothing" in refused.json()["title"]
    assert steps_.status_code in {200, 422}

    def kept() -> bool:
        with node.runtime.store.view() as view:
            return len(plans(view)) == 1

    until(kept)
    [found] = patient.get(f"{address}/plans", headers=node.operator).json()
    assert found["plan"]["after"] == pytest.approx(at_once.json()["after"])
    assert "other-model/helpline/own-small" in {
        each["measure"]["name"]
        for each in patient.get(f"{address}/measures", headers=node.operator).json()
    }


def test_no_more_than_some_questions_are_computed_at_once_and_the_next_hears_when_to_ask() -> None:
    with ExitStack() as others:
        for _ in range(AT_ONCE):
            others.enter_context(a_turn())
        with pytest.raises(TooOften) as refused, a_turn("ask elsewhere", patience_seconds=0.01):
            pass

    assert refused.value.hint == "Ask again in a moment, or ask elsewhere."
    with a_turn(patience_seconds=0.01):
        pass  # the turns were given back
