"""Assurance trees over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from support.evidence import an_evaluation
from support.nodes import Node, a_node
from support.supply import DIGEST, a_model, a_supplier, an_organisation
from support.trees import a_tree

from corridor.app.http import create_app
from corridor.assurance.adapters.tree_files import TreeFile
from corridor.catalogue import Catalogue
from corridor.core.clock import wall_clock


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path) as made:
        catalogue = made.runtime.service(Catalogue)
        with made.runtime.store.transaction("test") as tx:
            for record in (an_organisation(), a_supplier(), a_model("small")):
                catalogue.register(tx, record)
            tx.append(an_evaluation(90, made_at=wall_clock()))
        yield made


@pytest.fixture
def client(node: Node) -> TestClient:
    return TestClient(create_app(node.runtime).control, headers=node.operator)


def a_file(**changes: object) -> dict[str, object]:
    """Return a tree as it is sent."""
    return {**a_tree().model_dump(mode="json", include=set(TreeFile.model_fields)), **changes}


def test_a_tree_is_stated_read_evaluated_and_drawn(client: TestClient) -> None:
    stated = client.post("/assurance/trees", json=a_file())
    assert stated.status_code == 201, stated.text
    record = stated.json()["id"]

    listed = {each["called"]: each["record"] for each in client.get("/assurance/trees").json()}
    assert listed["in/facts-hold"] == record
    assert client.get(f"/assurance/trees/{record}").json()["name"] == "facts-hold"
    assert client.get("/assurance/trees/facts-hold?issuer=in").json()["id"] == record
    shown = client.get("/assurance/trees/facts-hold/evaluation?model=small").json()
    states = {each["node"]: each["state"] for each in shown["found"]}
    assert (states["G2"], states["G1"]) == ("shown", "undeveloped")
    named = client.get("/assurance/trees/facts-hold/evaluation?model=small&language=ta-Taml")
    assert {each["language"] for each in named.json()["found"]} == {"ta-Taml"}
    for asked in ("", "?model=small"):
        drawing = client.get(f"/assurance/trees/facts-hold/drawing{asked}")
        assert drawing.headers["content-type"].startswith("image/svg+xml")
        assert ("hi-Deva" in drawing.text) is bool(asked)
    published = client.post("/assurance/trees/facts-hold/evaluation?model=small")
    assert published.json()["tree"] == record
    [stated] = client.get("/assurance/results").json()
    assert (stated["issuer"], stated["result"]["id"]) == ("in", published.json()["id"])


def test_a_tree_is_answered_and_challenged_and_the_challenge_is_answered(
    client: TestClient,
) -> None:
    client.post("/assurance/trees", json=a_file())
    told = {"node": "G3", "model": "small", "level": "yes", "words": "Looked at.", "by": "desk"}
    assert client.post("/assurance/trees/facts-hold/answers", json=told).status_code == 201
    why = {"node": "G2", "reasons": "Only Latin script was asked.", "by": "a reviewer"}

    made = client.post("/assurance/trees/facts-hold/challenges", json=why)

    assert made.status_code == 201, made.text
    [waiting] = client.get("/assurance/challenges").json()
    assert (waiting["tree"], waiting["answer"]) == ("in/facts-hold", None)
    shown = client.get("/assurance/trees/facts-hold/evaluation?model=small").json()
    assert shown["found"][0]["state"] == "challenged"
    assert shown["challenges"][0]["defeater"]["reasons"] == why["reasons"]
    answer = {"stand": "rebutted", "reasons": "Both scripts were asked.", "by": "desk"}
    at = f"/assurance/challenges/{made.json()['id']}/answers"
    own = client.post(at, json={**answer, "by": "a reviewer"})
    assert (own.status_code, own.json()["type"]) == (409, "OwnChallenge")
    assert client.post(at, json=answer).status_code == 201
    shown = client.get("/assurance/trees/facts-hold/evaluation?model=small").json()
    assert shown["found"][0]["state"] == "shown"


def test_a_tree_with_a_fault_is_refused_with_its_place(client: TestClient) -> None:
    nodes = a_tree().model_dump(mode="json")["nodes"]
    nodes[2]["weights"] = [0.5, 0.4]

    refused = client.post("/assurance/trees", json=a_file(nodes=nodes))

    assert (refused.status_code, refused.json()["facts"]["node"]) == (422, "S1")
    assert "add up to 0.9" in refused.json()["title"]
    nodes[3]["queries"][0]["at_least"] = 7
    impossible = client.post("/assurance/trees", json=a_file(nodes=nodes))
    assert "body.nodes.3.leaf.queries.0" in impossible.json()["title"]


@pytest.mark.parametrize(
    "path",
    [
        "/assurance/trees",
        "/assurance/trees/x",
        "/assurance/trees/x/drawing",
        "/assurance/challenges",
    ],
)
def test_only_the_operator_reads_trees(node: Node, path: str) -> None:
    assert TestClient(create_app(node.runtime).control).get(path).status_code == 403


def test_what_is_not_there_is_not_found(client: TestClient) -> None:
    told = {"stand": "upheld", "reasons": "It is as it says.", "by": "desk"}

    assert client.get("/assurance/trees/none").status_code == 404
    assert client.post(f"/assurance/challenges/{'0' * 32}/answers", json=told).status_code == 404
    unknown = client.get(f"/assurance/trees/none/evaluation?model=small&model_sha256={DIGEST}")
    assert unknown.status_code == 404


def test_what_differs_between_trees_and_between_models_is_told_as_on_the_command_line(
    node: Node, client: TestClient
) -> None:
    with node.runtime.store.transaction("test") as tx:
        node.runtime.service(Catalogue).register(tx, a_model("small-v2", sha256="b2" * 32))
        tx.append(an_evaluation(20, model="small-v2", model_sha256="b2" * 32, made_at=wall_clock()))
        tx.append(an_evaluation(90, language="ta-Taml", made_at=wall_clock()))
    assert client.post("/assurance/trees", json=a_file()).status_code == 201
    later = a_file(name="facts-hold-2", root="G1")
    later["nodes"][0]["text"] = {"en-Latn": "Another claim."}  # pyright: ignore[reportIndexIssue]
    assert client.post("/assurance/trees", json=later).status_code == 201
    url = "/assurance/trees/facts-hold/diff?issuer=in"
    assert client.get(url).status_code == 422
    assert client.get(f"{url}&model=small").status_code == 422
    assert client.get(f"{url}&model=small&against=nobody").status_code == 404

    changed = client.get(f"{url}&other=in/facts-hold-2").json()
    assert [(each["node"], each["what"]) for each in changed["changes"]] == [("G1", ["text"])]
    assert changed["moved"] == []

    found = client.get(f"{url}&model=small&against=small-v2").json()["moved"]
    told = {
        (each["node"], each["language"]): (each["before"]["state"], each["after"]["state"])
        for each in found
    }
    assert told["G2", "hi-Deva"] == ("shown", "refuted")
    assert told["G2", "ta-Taml"] == ("shown", "undeveloped"), "a language that one model lacks"
    assert all(each["worse"] for each in found if each["node"] == "G2")
    short = client.get(f"{url}&model=small&against=small-v2&language=ta-Taml").json()["moved"]
    assert {each["language"] for each in short} == {"ta-Taml"}
