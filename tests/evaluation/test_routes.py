"""Evaluation over HTTP, at a node that is served."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest
from support.nodes import Node, a_served_node
from support.partners import until
from support.quiz import a_model_server, an_evaluation, kept_of_a_partner
from typer.testing import CliRunner

from corridor.evaluation import Evaluator
from corridor.evaluation.commands import commands


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_served_node(tmp_path) as served:
        yield served


def get(node: Node, path: str, headers: dict[str, str] | None = None) -> httpx2.Response:
    return httpx2.get(node.address + path, headers=headers, trust_env=False, timeout=60)


def post(node: Node, body: Mapping[str, object], headers: dict[str, str] | None) -> httpx2.Response:
    address = f"{node.address}/evaluation/runs"
    return httpx2.post(address, json=body, headers=headers, trust_env=False, timeout=60)


def test_results_are_the_public_ones_of_this_node_and_of_partners(node: Node) -> None:
    with node.runtime.store.transaction("test") as tx:
        evaluator = node.runtime.service(Evaluator)
        evaluator.publish(tx, an_evaluation(1))
        evaluator.publish(tx, an_evaluation(2, visibility="partners"))
        evaluator.publish(tx, an_evaluation(3, visibility="internal"))
        kept_of_a_partner(tx, an_evaluation(4), an_evaluation(5, visibility="partners"))

    found = get(node, "/evaluation/results").json()

    assert [(r["entry"]["issuer"], r["evaluation"]["correct"]) for r in found] == [
        ("in", 1),
        ("jp", 4),
    ]
    assert found[0]["evaluation"]["score"].keys() == {"value", "low", "high"}


def test_a_run_is_a_job_that_ends_with_signed_evidence(node: Node) -> None:
    with a_model_server() as server:
        node.add_provider("vendor-small", server.url)

        answer = post(node, {"provider": "vendor-small"}, node.operator)
        assert answer.status_code == 202
        address = f"/jobs/{answer.json()['job']}"
        until(lambda: get(node, address, node.operator).json()["state"] == "done")

    job = get(node, address, node.operator).json()
    found = get(node, "/evaluation/results").json()
    assert job["result"]["published"] == [result["entry"]["record_id"] for result in found]
    assert [(r["evaluation"]["language"], r["evaluation"]["score"]["value"]) for r in found] == [
        ("en-Latn", 1.0),
        ("hi-Deva", 1.0),
        ("ja-Jpan", 1.0),
    ]


def test_a_run_may_name_languages_and_what_it_may_use(node: Node) -> None:
    with a_model_server() as server:
        node.add_provider("vendor-small", server.url)
        wanted = {"provider": "vendor-small", "languages": ["hi"], "caps": {"calls": 48}}

        answer = post(node, wanted, node.operator)
        address = f"/jobs/{answer.json()['job']}"
        until(lambda: get(node, address, node.operator).json()["state"] == "done")

    [found] = get(node, "/evaluation/results").json()
    assert found["evaluation"]["language"] == "hi-Deva"
    assert get(node, "/evaluation/measures").json() == []


@pytest.mark.parametrize(
    ("shared", "status"), [("public", 200), ("partners", 404), ("internal", 404)]
)
def test_the_full_log_is_given_to_everyone_only_if_its_record_says_so(
    node: Node, shared: str, status: int
) -> None:
    with a_model_server() as server:
        node.add_provider("vendor-small", server.url)
        words = ("--provider", "vendor-small", "--languages", "en", "--share-log", shared)
        done = CliRunner().invoke(commands, ["run", *words], obj=node.runtime)
    assert done.exit_code == 0, done.output
    [found] = get(node, "/evaluation/results").json()
    digest = found["evaluation"]["made"]["log_sha256"]

    answer = get(node, f"/evaluation/logs/{digest}")

    assert answer.status_code == status
    if status == 200:
        assert sha256(answer.content).hexdigest() == digest
        assert len(answer.text.splitlines()) == 1 + 48


@pytest.mark.parametrize("digest", ["ab" * 32, "nothing", "..%2F..%2Fkey.pem"])
def test_a_log_that_is_not_there_is_not_found(node: Node, digest: str) -> None:
    assert get(node, f"/evaluation/logs/{digest}").status_code == 404


@pytest.mark.parametrize("token", [None, "guessed"])
def test_only_the_operator_may_ask_for_a_run(node: Node, token: str | None) -> None:
    node.add_provider("vendor-small", "http://127.0.0.1:9/v1")
    headers = {"authorization": f"Bearer {token}"} if token else None

    answer = post(node, {"provider": "vendor-small"}, headers)

    assert answer.status_code == 403
    assert answer.json()["type"] == "NotTheOperator"


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"provider": "nobody"}, 404, "nobody"),
        ({"provider": "vendor-small", "suite": "nothing"}, 404, "nothing"),
        ({"provider": "vendor-small", "language": "en-Latn"}, 422, "language"),
        ({}, 422, "provider"),
    ],
)
def test_a_run_of_something_unknown_is_refused_and_no_job_is_left(
    node: Node, body: dict[str, str], status: int, word: str
) -> None:
    node.add_provider("vendor-small", "http://127.0.0.1:9/v1")

    answer = post(node, body, node.operator)

    assert answer.status_code == status
    assert word in answer.text
    assert "job" not in answer.json()
