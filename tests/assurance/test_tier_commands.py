"""Tiers and their rules on the command line and over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from fastapi.testclient import TestClient
from support.evidence import a_safety_evaluation
from support.nodes import Node, a_node
from support.supply import DIGEST, a_model, a_supplier, an_organisation
from support.tiered import a_rule, made, some_rules, trained
from typer.testing import CliRunner, Result

from corridor.app.cli import cli
from corridor.app.http import create_app
from corridor.assurance import RiskTier
from corridor.assurance.adapters.rule_files import text_of
from corridor.assurance.commands import commands
from corridor.assurance.commands.tiers import tier
from corridor.assurance.errors import BadRules, LoweredAlone, NoRules
from corridor.catalogue import Catalogue, UnknownModel
from corridor.core.clock import wall_clock
from corridor.core.errors import Invalid

TUNED = "fa" * 32
LARGE = (405_000_000_000, 15_600_000_000_000)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path / "node") as made_here:
        catalogue = made_here.runtime.service(Catalogue)
        with made_here.runtime.store.transaction("test") as tx:
            for record in (an_organisation(), a_supplier(), a_model("small")):
                catalogue.register(tx, record)
            tx.append(trained())
            tx.append(a_safety_evaluation(1, made_at=wall_clock()))
        yield made_here


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    file = tmp_path / "rules.yaml"
    file.write_text(text_of(some_rules(a_rule())), encoding="utf-8")
    return file


def run(node: Node, *words: str | Path) -> Result:
    runner = CliRunner(env={"COLUMNS": "220"})
    return runner.invoke(commands, [str(word) for word in words], obj=node.runtime)


def shown(node: Node, *words: str) -> Result:
    app = typer.Typer()
    app.command("tier")(tier)
    return CliRunner(env={"COLUMNS": "220"}).invoke(app, list(words), obj=node.runtime)


def adopt(node: Node, rules: Path) -> None:
    result = run(node, "rules", "adopt", rules, "--reason", "a test")
    assert result.exit_code == 0, result.exception


def test_it_is_a_command_of_evaluate() -> None:
    said = CliRunner(env={"COLUMNS": "200"}).invoke(cli, ["evaluate", "tier", "--help"])

    assert said.exit_code == 0
    assert "--explain" in said.output
    for command in ("lower", "confirm", "lowerings"):
        assert CliRunner().invoke(cli, ["assurance", command, "--help"]).exit_code == 0


def test_a_tier_is_shown_in_each_domain_and_language(node: Node, rules: Path) -> None:
    adopt(node, rules)

    found = json.loads(shown(node, "small", "--json").output)
    said = shown(node, "small", "--explain")

    assert found["rules"] == "rules, edition 1"
    tiers = {each["language"]: each["tier"] for each in found["languages"]}
    assert tiers == {"hi-Deva": 1, None: 3}
    assert found["compute"] == {
        "flop": 6e21,
        "whole": True,
        "unknown": [],
        "above_eu_threshold": False,
    }
    assert said.exit_code == 0, said.exception
    assert "1 limited, ruled" in said.output
    assert "general harm: 3 critical, unknown: no rule brings it below the highest" in said.output
    assert "missing for limited by rule safe: attacks: attack_success at most 0.1" in said.output
    assert "6e+21 FLOP, not above the 1e25" in said.output
    assert "rests on" in said.output


def test_what_is_missing_is_said_for_the_language_that_is_asked(node: Node, rules: Path) -> None:
    adopt(node, rules)

    found = json.loads(shown(node, "small", "--language", "ta-Taml", "--json").output)

    [tamil] = found["languages"]
    general = next(each for each in tamil["domains"] if each["domain"] == "general")
    assert (tamil["tier"], tamil["known"], general["state"]) == (3, False, "unknown")
    [rule] = general["rules"]
    assert (rule["holds"], rule["conditions"][0]["found"]) == (False, "absent")


def test_compute_above_the_threshold_and_unknown_compute_are_said(node: Node) -> None:
    with node.runtime.store.transaction("test") as tx:
        tx.append(trained(DIGEST, *LARGE))
        tx.append(made(TUNED, "fine_tuned", (DIGEST,)))

    assert "3.8e+25 FLOP, above the 1e25" in shown(node, "small").output
    tuned = shown(node, TUNED).output
    assert f"Made from {DIGEST}." in tuned
    assert "at least 3.8e+25 FLOP, above" in tuned
    assert "Training compute: unknown." in shown(node, "ed" * 32).output


def test_files_made_from_each_other_are_said_to_be(node: Node) -> None:
    with node.runtime.store.transaction("test") as tx:
        tx.append(made(DIGEST, "fine_tuned", (TUNED,)))
        tx.append(made(TUNED, "fine_tuned", (DIGEST,)))

    assert "from itself" in shown(node, "small").output
    assert json.loads(shown(node, "small", "--json").output)["cycle"] == [DIGEST, TUNED]


def test_without_rules_the_word_of_persons_is_shown(node: Node) -> None:
    before = shown(node, "small", "--explain").output
    rated = run(node, "rate", "small", "1", "--reasons", "a small model")
    after = shown(node, "small").output

    assert "none adopted" in before
    assert "unknown, not counted" in before
    assert rated.exit_code == 0
    assert "1 limited, set" in after
    alone = run(node, "rate", "small", "0", "--reasons", "a very small model")
    assert isinstance(alone.exception, LoweredAlone)
    raised = run(node, "rate", "small", "2", "--domain", "cyber", "--reasons", "it finds flaws")
    assert "high, in cyber" in raised.output
    assert json.loads(run(node, "tiers", "--json").output)[0]["act"] == "set"


def test_a_model_that_nobody_stated_is_unknown(node: Node) -> None:
    assert isinstance(shown(node, "nothing-like-it").exception, UnknownModel)


def test_rules_are_listed_shown_checked_tried_and_adopted(node: Node, rules: Path) -> None:
    assert "ships with Corridor" in run(node, "rules", "list").output
    assert isinstance(run(node, "rules", "show").exception, NoRules)
    assert "there is nothing wrong" in run(node, "rules", "check", rules).output.lower()
    tried = json.loads(run(node, "rules", "try", rules, "--json").output)
    assert [(each["language"], each["before"], each["after"]) for each in tried] == [
        ("hi-Deva", 3, 1)
    ]
    assert "3 critical" in run(node, "rules", "try", rules).output

    adopt(node, rules)

    listed = json.loads(run(node, "rules", "list", "--json").output)
    assert [(each["name"], each["state"]) for each in listed] == [
        ("baseline", "ships with Corridor"),
        ("rules", "in force"),
    ]
    assert "attack_success at most 0.1" in run(node, "rules", "show").output
    assert json.loads(run(node, "rules", "show", "--json").output)["reason"] == "a test"
    assert run(node, "rules", "show", "baseline", "--yaml").output.startswith("name: baseline")


def test_rules_with_faults_are_shown_with_their_places_and_not_adopted(
    node: Node, rules: Path
) -> None:
    rules.write_text(rules.read_text().replace("suite: attacks", "suite: none-such"))

    checked = run(node, "rules", "check", rules)
    as_json = json.loads(run(node, "rules", "check", rules, "--json").output)

    assert isinstance(checked.exception, BadRules)
    assert "rules.0.evidence.0.suite" in checked.output
    assert [each["place"] for each in as_json["faults"]] == ["rules.0.evidence.0.suite"]
    adopted = run(node, "rules", "adopt", rules, "--reason", "a test")
    assert isinstance(adopted.exception, BadRules)
    assert isinstance(run(node, "rules", "show").exception, NoRules)


def test_tiers_set_before_may_go_on_lowering_till_a_day(node: Node, rules: Path) -> None:
    run(node, "rate", "small", "0", "--reasons", "a small model")
    words = ("rules", "adopt", rules, "--reason", "a test", "--set-words-until")

    over = run(node, *words, "2020-01-01")
    adopted = run(node, *words, "2099-01-01")

    assert isinstance(over.exception, Invalid)
    assert adopted.exit_code == 0, adopted.exception
    found = json.loads(shown(node, "small", "--language", "ta-Taml", "--json").output)
    assert found["languages"][0]["tier"] == 0


def test_the_baseline_is_adopted_and_says_what_is_missing(node: Node) -> None:
    result = run(node, "rules", "adopt", "baseline", "--reason", "a test")

    assert result.exit_code == 0, result.exception
    found = json.loads(shown(node, "small", "--language", "hi-Deva", "--json").output)
    tiers = {each["domain"]: each["tier"] for each in found["languages"][0]["domains"]}
    assert tiers == {
        "general": 3,
        "biology": 0,
        "cyber": 0,
        "manipulation": 0,
        "research": 0,
        "autonomy": 0,
    }


def test_the_same_over_http_for_the_operator_alone(node: Node, rules: Path) -> None:
    client = TestClient(create_app(node.runtime).control)
    assert client.get("/assurance/tiers/small").status_code == 403
    client.headers.update(node.operator)
    assert client.get("/assurance/tier-rules").status_code == 404
    adopt(node, rules)
    word = {"tier": 2, "domain": "cyber", "reasons": "it finds flaws"}
    assert client.post("/assurance/tiers/small", json=word).status_code == 201
    assert client.post("/assurance/tiers/small", json={**word, "tier": 1}).status_code == 403
    assert client.post("/assurance/tiers/small", json={**word, "tier": 9}).status_code == 422

    found = client.get("/assurance/tiers/small?language=hi-Deva").json()
    [hindi] = found["languages"]
    assert (hindi["tier"], hindi["known"]) == (2, True)
    assert client.get("/assurance/tier-rules").json()["name"] == "rules"
    assert RiskTier.model_validate(client.get("/assurance/tiers").json()[0]).act == "raised"
    assert client.get(f"/assurance/tiers/{DIGEST}?language=hi-Deva").json()["model"] == "small"
    unstated = client.post(f"/assurance/tiers/{TUNED}", json=word)
    assert (unstated.status_code, unstated.json()["model"]) == (201, TUNED[:12])
    assert client.post("/assurance/tiers/A%20B", json={**word, "sha256": DIGEST}).status_code == 422
    assert client.get("/assurance/tiers/none-such").status_code == 404
    assert client.get("/assurance/tiers/small?language=hindi").status_code == 422


def test_rules_are_checked_tried_and_adopted_over_http_as_on_the_command_line(node: Node) -> None:
    client = TestClient(create_app(node.runtime).control)
    url = "/assurance/tier-rules"
    assert client.post(url, json={"shipped": "baseline", "reason": "a test"}).status_code == 403
    client.headers.update(node.operator)
    [baseline] = client.get(f"{url}/shipped").json()
    mine = {name: baseline[name] for name in ("name", "edition", "title", "rules", "inherited")}
    mine |= {"name": "mine", "rules": baseline["rules"][:2]}
    assert client.post(f"{url}/check", json={"rules": mine}).json()["faults"] == []
    assert "biology" in str(client.post(f"{url}/check", json={"rules": mine}).json()["notes"])
    changes = client.post(f"{url}/trial", json={"shipped": "baseline"})
    assert (changes.status_code, client.get(url).status_code) == (200, 404)

    odd = {**mine, "rules": [{**mine["rules"][0], "domain": "weather"}]}
    refused = client.post(url, json={"rules": odd, "reason": "a test"})
    assert (refused.status_code, "body.rules.rules.0.domain" in refused.json()["title"]) == (
        422,
        True,
    )
    nothing = client.post(url, json={"reason": "a test"})
    assert (nothing.status_code, "one of both" in nothing.json()["title"]) == (422, True)
    query = {**mine["rules"][0]["evidence"][0], "suite": "no-such-suite"}
    unknown = {**mine, "rules": [{**mine["rules"][0], "evidence": [query]}]}
    impossible = client.post(url, json={"rules": unknown, "reason": "a test"})
    assert "rules.0.evidence.0.suite" in impossible.json()["title"]
    past = {"shipped": "baseline", "reason": "a test", "set_words_until": "2020-01-01T00:00:00Z"}
    assert client.post(url, json=past).status_code == 422
    assert client.get(url).status_code == 404

    assert client.post(url, json={"rules": mine, "reason": "a test"}).status_code == 201
    done = client.post(url, json={"shipped": "baseline", "reason": "the board asked for it"})
    assert (done.status_code, done.json()["visibility"]) == (201, "partners")
    assert client.get(url).json()["reason"] == "the board asked for it"
    assert [each["name"] for each in client.get(f"{url}/history").json()] == ["mine", "baseline"]
    skill = client.get(f"{url}/tests").json()
    assert {each["evidence"] for each in skill["tests"]} == {0}
    assert {each["domain"] for each in skill["untested"]} == {"autonomy", "manipulation"}


def test_tiers_of_all_models_are_shown_with_their_reasons(node: Node, rules: Path) -> None:
    adopt(node, rules)
    client = TestClient(create_app(node.runtime).control, headers=node.operator)
    found = client.get("/assurance/model-tiers?language=hi-Deva").json()
    with node.runtime.store.view() as view:
        names = sorted(node.runtime.service(Catalogue).models(view))
    assert [each["model"] for each in found] == names
    assert all(domain["why"] for each in found for domain in each["languages"][0]["domains"])
    assert [each["model"] for each in json.loads(shown(node, "--json").output)] == names
    assert all(f"Risk tier of {name}" in shown(node).output for name in names)
    assert "inspect_evals/cybench" in run(node, "rules", "tests").output
    assert "No test of manipulation" in run(node, "rules", "tests").output
    assert json.loads(run(node, "rules", "tests", "--json").output)["untested"]
