"""Shocks that are signed and kept say what they rest on, and come out the same again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import patient
from support.nodes import Node, a_node
from support.partners import until
from typer.testing import CliRunner, Result

from corridor.core.errors import NotFound
from corridor.supply_chain import ShockResult, SupplyChain
from corridor.supply_chain.adapters.scenarios import library, schema
from corridor.supply_chain.commands import commands
from corridor.supply_chain.errors import BadScenario, OtherGraph, TooLarge
from corridor.supply_chain.service.results import Asked, again, kept, put, result

WITHDRAWN = """\
name: withdrawn
title: A vendor withdraws
likelihood: {a_year: 0.1, source: a made-up estimate}
disruptions: [{kind: input, inputs: [provider:vendor-small], part: {low: 50, high: 100}}]
"""


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path / "node") as made:
        made.add_provider("vendor-small", "http://127.0.0.1:9/v1")
        made.add_provider("own-small", None)
        made.offer("alone", ["vendor-small"])
        made.offer("helpline", ["vendor-small", "own-small"])
        (made.home / "withdrawn.yaml").write_text(WITHDRAWN)
        yield made


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "250"}).invoke(commands, list(words), obj=node.runtime)


def keep(node: Node, *words: str) -> ShockResult:
    scenario = str(node.home / "withdrawn.yaml")
    told = json.loads(run(node, "shock", scenario, "--keep", "--json", *words).stdout)
    with node.runtime.store.view() as view:
        return result(view, told["record"])


def test_a_kept_shock_says_what_it_rests_on_and_what_every_service_loses(node: Node) -> None:
    found = keep(node, "--seed", "7", "--draws", "200", "--visibility", "partners")

    assert {each.name for each in found.tables} == {"cited", "live"}
    assert found.visibility == "partners"
    assert (found.seed, found.draws, found.settled) == (7, 200, True)
    assert found.tolerance <= 1e-6
    assert found.scenarios[0].likelihood is not None
    alone, helpline = found.service("alone"), found.service("helpline")
    assert alone is not None
    assert helpline is not None
    assert (alone.low, alone.high) == (0.5, 1.0)
    assert 0.5 < alone.p5 < alone.median < alone.p95 < 1.0
    assert (helpline.low, helpline.high, helpline.path) == (0.0, 0.0, ())
    assert found.service("unheard-of") is None


def test_the_same_comes_out_again_until_the_facts_change(node: Node) -> None:
    found = keep(node)
    chain = node.runtime.service(SupplyChain)

    assert "The same comes out" in run(node, "predictions", "repeat", found.id[:8]).stdout
    with node.runtime.store.view() as view:
        assert again(chain, view, found).same
        alone, *others = sorted(found.services, key=lambda each: each.input != "service:alone")
        better = (alone.model_copy(update={"high": 0.9}), *others)
        claimed = found.model_copy(update={"services": better})
        assert again(chain, view, claimed).differing == ("service:alone",)
        silent = found.model_copy(update={"losses": ()})
        assert not again(chain, view, silent).same
    node.offer("other", ["own-small"])
    with node.runtime.store.view() as view, pytest.raises(OtherGraph, match="live"):
        again(chain, view, found)


def test_two_questions_that_say_the_same_have_the_same_digests(node: Node) -> None:
    one, other = keep(node), keep(node, "--seed", "1")

    assert one.graph_sha256 == other.graph_sha256
    assert one.scenarios == other.scenarios
    assert one.id != other.id


def test_kept_shocks_are_listed_and_shown(node: Node) -> None:
    found = keep(node)

    listed = run(node, "predictions", "list").stdout
    shown = run(node, "predictions", "show", found.id[:6]).stdout
    whole = json.loads(run(node, "predictions", "list", "--json").stdout)

    assert found.id[:12] in listed
    assert "100%" in listed
    assert found.scenarios[0].sha256 in shown
    assert "service:helpline" in shown
    assert whole[0]["shock"] == found.model_dump(mode="json")
    for wrong in ("zz", ""):
        refused = run(node, "predictions", "show", wrong)
        assert isinstance(refused.exception, NotFound), wrong


def test_a_shock_is_computed_by_the_worker_and_kept(node: Node) -> None:
    node.start()
    address, head = f"{node.address}/supply-chain", node.operator
    asked = {
        "scenarios": ["model-withdrawn"],
        "parameters": {"country": "US"},
        "draws": 50,
        "visibility": "public",
    }

    begun = patient.post(f"{address}/predictions", json=asked, headers=head)
    job = f"{address}/jobs/{begun.json()['job']}"
    until(lambda: patient.get(job, headers=head).json()["state"] == "done")
    record = patient.get(job, headers=head).json()["result"]["record"]

    found = patient.get(f"{address}/predictions/{record}", headers=head).json()
    at_once = patient.post(
        f"{address}/shock",
        json={k: v for k, v in asked.items() if k != "visibility"},
        headers=head,
    ).json()
    assert begun.status_code == 202
    assert found["visibility"] == "public"
    lost = {each["input"]: each for each in (*found["services"], *found["losses"])}
    assert all(lost[each["input"]] == each for each in at_once["losses"])
    assert patient.get(f"{address}/predictions", headers=head).json()[0]["shock"] == found
    again_ = patient.post(f"{address}/predictions/{record}/repeat", headers=head)
    assert again_.json() == {"same": True, "differing": []}
    assert patient.get(f"{address}/predictions").status_code == 403


def test_what_cannot_be_asked_is_refused_before_there_is_a_job(node: Node) -> None:
    node.start()
    address, head = f"{node.address}/supply-chain", node.operator
    gone = {
        "name": "gone", "title": "G", "disruptions": [{"kind": "input", "inputs": ["hbn"]}],
    }  # fmt: skip

    refusals: list[tuple[dict[str, object], int]] = [
        ({"scenarios": [gone]}, 422),
        ({"scenarios": ["model-withdrawn"]}, 422),
        ({"scenarios": ["no-such"]}, 404),
        ({"scenarios": ["neon-shortage"], "tables": ["none"]}, 404),
        ({"scenarios": ["neon-shortage"], "draws": 2_000_000}, 422),
        ({"scenarios": []}, 422),
    ]
    for asked, status in refusals:
        refused = patient.post(f"{address}/predictions", json=asked, headers=head)
        assert refused.status_code == status, asked
    named = patient.post(f"{address}/predictions", json={"scenarios": [gone]}, headers=head)
    assert "the nearest are hbm" in named.json()["title"]
    assert patient.get(f"{address}/jobs/none", headers=head).status_code == 404


def test_the_schema_of_a_scenario_comes_over_http(node: Node) -> None:
    node.start()

    found = patient.get(f"{node.address}/supply-chain/scenarios/schema", headers=node.operator)

    assert found.json() == json.loads(json.dumps(schema()))


def test_more_draws_than_fit_into_memory_are_refused(node: Node) -> None:
    chain = node.runtime.service(SupplyChain)
    asked = Asked(scenarios=(library()["neon-shortage"],), draws=10_000_000)

    with node.runtime.store.view() as view:
        with pytest.raises(TooLarge, match="are too many"):
            put(chain, view, asked)
        with pytest.raises(BadScenario, match="'India' is no country"):
            put(chain, view, asked.model_copy(update={"draws": 5, "home": "India"}))


def test_a_shock_can_be_kept_from_python(node: Node) -> None:
    chain = node.runtime.service(SupplyChain)
    with node.runtime.store.transaction("me") as tx:
        record = kept(tx, put(chain, tx, Asked(scenarios=(library()["neon-shortage"],), draws=9)))

    with node.runtime.store.view() as view:
        assert list(view.own(ShockResult)) == [record]
