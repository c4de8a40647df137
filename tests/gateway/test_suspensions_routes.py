from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.builders import NOON
from support.clocks import StoppedClock
from support.nodes import Node, a_served_node

from corridor.gateway import Gateway
from corridor.gateway.rules.objections import Objection

VENDOR = {"kind": "supplier", "name": "vendor"}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder: Path = tmp_path_factory.mktemp("routes")
    with a_served_node(folder, clock=StoppedClock()) as node:
        node.add_provider("alpha", "http://127.0.0.1:9/v1")
        yield node


def call(node: Node, method: str, path: str, **body: Any) -> httpx2.Response:  # noqa: ANN401  any JSON
    with httpx2.Client(trust_env=False) as client:
        url, json = f"{node.address}/gateway{path}", body or None
        return client.request(method, url, json=json, headers=node.operator)


def test_the_operator_suspends_lists_and_lifts(node: Node) -> None:
    made = call(node, "POST", "/suspensions", target=VENDOR, hours=2, reason="an order")
    assert made.status_code == 201, made.text
    assert (made.json()["supplier"], made.json()["until"]) == ("vendor", "2026-01-01T14:00:00Z")

    [listed] = call(node, "GET", "/suspensions").json()
    assert (listed["by"], listed["providers"]) == ("in", ["alpha"])

    path = f"/suspensions/{made.json()['id']}/lift"
    assert call(node, "POST", path, reason="it is over").status_code == 200
    assert call(node, "GET", "/suspensions").json() == []
    assert call(node, "POST", path, reason="it is over").status_code == 404


def test_the_operator_decides_on_what_was_objected(node: Node) -> None:
    with node.runtime.store.transaction("test") as tx:
        said = [Objection(name, "vendor", 403, "forbidden", NOON) for name in ("alpha", "beta")]
        node.runtime.service(Gateway).object(tx, said)
    first, second = (each["id"] for each in call(node, "GET", "/objections").json())

    confirmed = call(node, "POST", f"/objections/{first}/confirm", reason="they closed us", hours=1)
    dismissed = call(node, "POST", f"/objections/{second}/dismiss", reason="a new key")

    assert (confirmed.status_code, confirmed.json()["proposal_id"]) == (201, first)
    assert (dismissed.status_code, dismissed.json()["providers"]) == (200, ["beta"])
    assert call(node, "GET", "/objections").json() == []
    assert call(node, "POST", f"/objections/{first}/dismiss", reason="no").status_code in (404, 422)


@pytest.mark.parametrize(
    "body",
    [
        {"target": {"kind": "jurisdiction", "name": "Germany"}, "hours": 1, "reason": "an order"},
        {"target": VENDOR, "hours": 0, "reason": "an order"},
        {"target": VENDOR, "hours": 1, "reason": "an order", "visibility": "public"},
        {"target": VENDOR, "hours": 1, "reason": "an order", "languages": ["hindi"]},
        {"target": {"kind": "star", "name": "sun"}, "hours": 1, "reason": "an order"},
    ],
)
def test_what_cannot_be_suspended_is_refused(node: Node, body: dict[str, Any]) -> None:
    assert call(node, "POST", "/suspensions", **body).status_code in (400, 422)


@pytest.mark.parametrize("path", ["/suspensions", "/objections"])
def test_nobody_else_sees_or_does_that(node: Node, path: str) -> None:
    with httpx2.Client(trust_env=False) as client:
        assert client.get(f"{node.address}/gateway{path}").status_code == 403
        assert client.post(f"{node.address}/gateway/suspensions", json={}).status_code == 403
