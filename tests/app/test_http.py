"""The node as a web application."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from fastapi import FastAPI
from support.nodes import Node, a_node, a_served_node
from support.partners import until
from support.stages import store_gone

from corridor import __version__
from corridor.app.http import create_app
from corridor.catalogue import Catalogue


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with a_served_node(tmp_path_factory.mktemp("node")) as served:
        yield served


def get(node: Node, path: str, headers: dict[str, str] | None = None) -> httpx2.Response:
    return httpx2.get(node.address + path, headers=headers, trust_env=False, timeout=60)


def test_a_node_says_that_it_is_well(node: Node) -> None:
    assert get(node, "/health").json()["status"] == "ok"


def test_a_node_says_who_it_is_and_nothing_secret(node: Node) -> None:
    answer = get(node, "/node")

    with node.runtime.store.view() as view:
        size, root = view.log_size(), view.log_root().hex()
    assert answer.json() == {
        "name": "in",
        "fingerprint": node.runtime.identity.signer.public.fingerprint,
        "address": node.address,
        "version": __version__,
        "log_size": size,
        "log_root": root,
        "held": None,
        "key_since": None,
        "partners": 0,
        "settled_size": None,
        "quorum": 1,
    }


def test_a_job_is_shown_to_the_operator_only(node: Node) -> None:
    with node.runtime.store.transaction("test") as tx:
        job = tx.enqueue("nobody.knows", {}, due=9e12)

    assert get(node, f"/jobs/{job}").status_code == 403
    assert get(node, f"/jobs/{job}", {"authorization": "Bearer x"}).status_code == 403
    shown = get(node, f"/jobs/{job}", node.operator)
    assert (shown.status_code, shown.json()["state"]) == (200, "waiting")


def test_a_job_that_is_not_there_is_not_found(node: Node) -> None:
    answer = get(node, "/jobs/none", node.operator)

    assert (answer.status_code, answer.json()["type"]) == (404, "NotFound")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/drills", "/partners"])
def test_what_is_the_operators_is_shown_to_nobody_else(node: Node, path: str) -> None:
    assert get(node, path).status_code == 403
    assert get(node, path, node.operator).json() == []


@pytest.mark.parametrize("path", ["/nowhere", "/v1", "/v1/nowhere", "/jobs", "/../key.pem"])
def test_an_address_that_is_not_there_is_not_found(node: Node, path: str) -> None:
    key = node.issue_key()

    assert get(node, path, {"authorization": f"Bearer {key}"}).status_code == 404


def test_v1_is_the_gateways_and_wants_a_key(node: Node) -> None:
    answer = get(node, "/v1/models")

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"


def test_the_description_of_the_control_api_builds_and_names_its_addresses(node: Node) -> None:
    paths = get(node, "/openapi.json").json()["paths"]

    assert {
        "/health",
        "/node",
        "/jobs/{job_id}",
        "/drills",
        "/partners",
        "/evaluation/results",
        "/evaluation/runs",
        "/federation/entries",
        "/checkpoint",
    } <= set(paths)


def test_every_address_of_the_control_api_says_what_it_is_for(node: Node) -> None:
    for path, methods in get(node, "/openapi.json").json()["paths"].items():
        for method, described in methods.items():
            assert described.get("description"), f"{method} {path}"


def test_a_defect_is_a_problem_without_a_traceback_or_a_word_of_the_error(tmp_path: Path) -> None:
    def broken() -> None:
        raise KeyError("operator-secret")

    with a_node(tmp_path) as node:
        app: FastAPI = create_app(node.runtime).control
        app.get("/broken")(broken)
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)

        async def ask() -> httpx2.Response:
            async with httpx2.AsyncClient(transport=transport, base_url="http://in") as client:
                return await client.get("/broken")

        answer = asyncio.run(ask())

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "Defect",
        "title": "The node has a defect.",
        "status": 500,
        "hint": None,
        "facts": {"error": "KeyError"},
    }


def test_the_control_api_is_taken_in_once_when_it_is_first_asked_for(tmp_path: Path) -> None:
    taken: list[str] = []
    with a_node(tmp_path) as node:
        app = create_app(node.runtime)
        app.taken_in = lambda: taken.append("control")

        async def ask(*paths: str) -> list[int]:
            transport = httpx2.ASGITransport(app=cast("Any", app))
            async with httpx2.AsyncClient(transport=transport, base_url="http://in") as client:
                answers = await asyncio.gather(*(client.get(path) for path in paths))
            return [answer.status_code for answer in answers]

        assert asyncio.run(ask("/health", "/metrics", "/v1/models")) == [503, 403, 401]
        assert taken == []
        assert asyncio.run(ask("/node", "/node", "/nowhere")) == [200, 200, 404]
        assert taken == ["control"]


def test_a_node_that_knows_nothing_new_for_too_long_says_that_it_is_stale(tmp_path: Path) -> None:
    with a_served_node(tmp_path, gateway={"snapshot_seconds": 1.0}) as node:
        until(lambda: get(node, "/health").status_code == 200)

        with store_gone(node):
            until(lambda: get(node, "/health").status_code == 503)
            told = get(node, "/health").json()
            assert (told["status"], told["fresh"]) == ("stale", False)
            assert told["age_seconds"] > 1

        until(lambda: get(node, "/health").status_code == 200)


def test_a_node_can_be_served_again_after_it_has_ended_in_good_order(tmp_path: Path) -> None:
    with a_node(tmp_path) as node:
        for _ in range(2):
            node.start()
            assert get(node, "/health").is_success
            node.stop()

        assert node.runtime.service(Catalogue)


def test_an_unknown_address_or_method_is_a_problem_that_says_where_to_look(node: Node) -> None:
    lost = get(node, "/nope")
    posted = httpx2.post(f"{node.address}/node", timeout=60)

    assert (lost.status_code, lost.json()["type"]) == (404, "NoSuchAddress")
    assert (posted.status_code, posted.json()["type"]) == (405, "NoSuchMethod")
    for answer in (lost, posted):
        assert answer.headers["content-type"] == "application/problem+json"
        assert "/openapi.json" in answer.json()["hint"]


def test_a_malformed_request_is_a_problem_that_names_the_place(node: Node) -> None:
    answer = get(node, "/federation/entries?start=minus")

    assert (answer.status_code, answer.json()["type"]) == (422, "Malformed")
    assert "query.start" in answer.json()["title"]
