"""What the command line can set of services, routes, guards and retention, HTTP can."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.clocks import StoppedClock
from support.nodes import Node, a_served_node
from support.stages import HELLO, Stage, a_stage

from corridor.gateway import Gateway, Metering, Target

OFFER = {"title": "Helpline", "languages": ["en-Latn", "hi-Deva"]}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_served_node(tmp_path, clock=StoppedClock()) as node:
        node.add_provider("alpha", "http://127.0.0.1:9/v1")
        node.add_provider("beta", "http://127.0.0.1:9/v1", supplier="other")
        node.issue_key()
        yield node


def call(node: Node, method: str, path: str, **body: Any) -> httpx2.Response:  # noqa: ANN401  any JSON
    with httpx2.Client(trust_env=False) as client:
        url, json = f"{node.address}/gateway{path}", body if method != "GET" else None
        return client.request(method, url, json=json, headers=node.operator)


def refused(answer: httpx2.Response) -> tuple[int, str, str]:
    """The status, the type and the title of a problem."""
    problem = answer.json()
    return answer.status_code, problem["type"], problem["title"]


def test_a_service_is_offered_routed_listed_and_ordered(node: Node) -> None:
    offered = call(node, "PUT", "/services/helpline", **OFFER)
    assert (offered.status_code, offered.json()["languages"]) == (200, ["en-Latn", "hi-Deva"])
    assert call(node, "PUT", "/services/helpline", **OFFER).json() == offered.json()
    [listed] = call(node, "GET", "/services").json()
    assert (listed["route"], listed["audit"], listed["unmet"]) == (None, "normal", [])

    way = {"providers": ["beta", "alpha"], "default_language": "hi-Deva", "audit": "strict"}
    routed = call(node, "PUT", "/services/helpline/route", **way)
    assert routed.status_code == 200, routed.text
    assert call(node, "PUT", "/services/helpline/route", **way).json() == routed.json()
    [listed] = call(node, "GET", "/services").json()
    assert (listed["route"]["providers"], listed["audit"]) == (["beta", "alpha"], "strict")

    order = call(node, "GET", "/services/helpline/order").json()
    assert order["language"] == "hi-Deva"
    assert [(e["provider"], e["asked"], e["why"]) for e in order["providers"]] == [
        ("beta", True, "listed"),
        ("alpha", True, "listed"),
    ]


def test_a_route_by_evidence_says_on_which_record_its_order_rests(node: Node) -> None:
    call(node, "PUT", "/services/helpline", **OFFER)
    wanted = {"suite": "parallel-facts", "among": ["alpha"], "without_evidence": "last"}
    assert call(node, "PUT", "/services/helpline/route", requirement=wanted).status_code == 200

    found = call(node, "GET", "/services/helpline/order?language=hi-Deva").json()

    [first] = found["providers"]
    assert (found["language"], first["provider"], first["asked"]) == ("hi-Deva", "alpha", True)
    assert (first["why"] == "no evidence") == (first["evidence"] is None)
    other = call(node, "GET", "/services/helpline/order?language=ta-Taml")
    assert refused(other)[:2] == (422, "Invalid")


def test_a_bad_route_is_refused_when_it_is_set(node: Node) -> None:
    call(node, "PUT", "/services/helpline", **OFFER)
    path = "/services/helpline/route"
    with node.runtime.store.transaction("test") as tx:
        target = Target(kind="provider", name="beta")
        node.runtime.service(Gateway).suspend(tx, target, timedelta(hours=1), "a test")

    assert refused(call(node, "PUT", path, providers=["beta"]))[:2] == (409, "AllSuspended")
    unmet = call(node, "PUT", path, requirement={"min_score": 0.99})
    assert refused(unmet)[:2] == (409, "NobodyMeets")
    assert "Nobody can answer helpline in en-Latn" in refused(unmet)[2]
    assert refused(call(node, "PUT", path, providers=["gamma"]))[:2] == (404, "UnknownProvider")
    nobodys = call(node, "PUT", "/services/other/route", providers=["alpha"])
    assert refused(nobodys)[:2] == (404, "UnknownService")
    for wrong in ({}, {"providers": ["alpha", "alpha"]}, {"providers": ["alpha"], "audit": "lax"}):
        assert refused(call(node, "PUT", path, **wrong))[:2] == (422, "Malformed")
    taken = call(node, "PUT", "/services/alpha", **OFFER)
    assert refused(taken)[:2] == (409, "Conflict")
    assert call(node, "PUT", "/services/Help Line", **OFFER).status_code == 422
    assert call(node, "GET", "/services").json()[0]["route"] is None


def test_a_price_without_currency_is_refused_when_it_is_set(node: Node) -> None:
    price = {"of": "provider", "name": "alpha", "per_million_in": 1, "per_million_out": 1}
    answer = call(node, "POST", "/prices", prices=[price])
    assert refused(answer)[:2] == (422, "Malformed")
    assert "body.prices.0.currency" in refused(answer)[2]


def test_guards_are_set_shown_and_taken_away(node: Node) -> None:
    call(node, "PUT", "/services/helpline", **OFFER)
    steps = [{"guard": "size", "max_messages": 3}]

    made = call(node, "PUT", "/guards/helpline", steps=steps)
    everybodys = call(node, "PUT", "/guards/*", steps=steps)

    assert (made.status_code, everybodys.status_code) == (200, 200)
    assert [each["service"] for each in call(node, "GET", "/guards").json()] == ["helpline", "*"]
    assert call(node, "PUT", "/guards/helpline", steps=[]).json()["steps"] == []
    assert [each["service"] for each in call(node, "GET", "/guards").json()] == ["*"]
    assert refused(call(node, "PUT", "/guards/other", steps=steps))[:2] == (404, "UnknownService")
    unknown = call(node, "PUT", "/guards/helpline", steps=[{"guard": "luck"}])
    assert refused(unknown)[:2] == (422, "Malformed")


def test_what_a_detector_finds_is_told_by_its_place(node: Node) -> None:
    found = call(node, "POST", "/guards/test", text="write to a.person@example.org").json()
    assert found == [{"kind": "email", "start": 9, "end": 29}]


def test_the_whole_set_up_is_tried_applied_and_exported(node: Node) -> None:
    wanted = {
        "services": [{"name": "helpline", **OFFER}],
        "routes": [{"service": "helpline", "providers": ["alpha"], "audit": "normal"}],
        "prices": [{"provider": "alpha", "in": 1, "out": None, "currency": "JPY"}],
        "guards": [{"steps": [{"guard": "banned_tools", "names": ["shell"]}]}],
        "retention": [{"project": "tests", "days": 2, "reason": "why"}],
    }
    tried = call(node, "POST", "/set-up?dry_run=true", **wanted)
    assert (tried.status_code, tried.json()["changed"]) == (200, 5)
    assert call(node, "GET", "/services").json() == []

    done = call(node, "POST", "/set-up", **wanted).json()
    assert (done["dry_run"], done["changed"]) == (False, 5)
    assert {each["how"] for each in done["items"]} == {"new"}
    exported = call(node, "GET", "/set-up").json()
    assert exported["prices"][0]["in"] == 1
    assert call(node, "POST", "/set-up", **exported).json()["changed"] == 0


def test_a_set_up_is_refused_whole_with_the_place(node: Node) -> None:
    service, route = {"name": "helpline", **OFFER}, {"service": "helpline", "providers": ["alpha"]}

    twice = call(node, "POST", "/set-up", services=[service], routes=[route, route])
    nowhere = {"service": "helpline", "providers": ["gamma"]}
    unknown = call(node, "POST", "/set-up", services=[service], routes=[nowhere])
    price = {"provider": "alpha", "in": 1, "out": 1}
    without_currency = call(node, "POST", "/set-up", services=[service], prices=[price])

    said = "routes.1: routes has helpline twice; the first is at routes.0."
    assert refused(twice) == (422, "Invalid", said)
    assert refused(unknown)[:2] == (404, "UnknownProvider")
    assert refused(unknown)[2].startswith("routes.0: ")
    assert "body.prices.0.currency" in refused(without_currency)[2]
    assert call(node, "GET", "/services").json() == []
    with node.runtime.store.view() as view:
        assert node.runtime.service(Metering).prices(view) == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/services"),
        ("PUT", "/services/helpline"),
        ("PUT", "/services/helpline/route"),
        ("GET", "/services/helpline/order"),
        ("GET", "/guards"),
        ("PUT", "/guards/*"),
        ("POST", "/guards/test"),
        ("GET", "/retention"),
        ("PUT", "/retention/tests"),
        ("GET", "/retained"),
        ("GET", "/retained/req-1"),
        ("POST", "/retained/purge"),
        ("GET", "/set-up"),
        ("POST", "/set-up"),
        ("POST", "/set-up?dry_run=true"),
    ],
)
def test_nobody_but_the_operator_sees_or_sets_that(node: Node, method: str, path: str) -> None:
    with httpx2.Client(trust_env=False) as client:
        answer = client.request(method, f"{node.address}/gateway{path}", json={})
    assert (answer.status_code, answer.json()["type"]) == (403, "NotTheOperator")


class TestRetention:
    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[Stage]:
        with a_stage(tmp_path) as stage:
            yield stage

    def test_what_is_kept_is_stated_listed_shown_and_purged(self, stage: Stage) -> None:
        node = stage.node
        rule = {"days": 3, "what": "request", "reason": "a review"}
        assert call(node, "PUT", "/retention/tests", **rule).status_code == 200
        assert [each["project"] for each in call(node, "GET", "/retention").json()] == ["tests"]

        def kept() -> list[dict[str, object]]:
            stage.ask()
            return call(node, "GET", "/retained?project=tests").json()

        from_then_on = next(found for _ in range(200) if (found := kept()))
        request_id = from_then_on[0]["request_id"]
        bodies = call(node, "GET", f"/retained/{request_id}").json()
        assert list(bodies) == ["request"]
        assert HELLO["messages"][0]["content"] in bodies["request"]  # pyright: ignore[reportIndexIssue]
        with node.runtime.store.view() as view:
            [shown] = view.audited(act="gateway.retained.show")
        assert shown.subject == request_id

        assert call(node, "PUT", "/retention/tests", days=0, reason="over").status_code == 200
        assert call(node, "GET", "/retention").json() == []
        purged = call(node, "POST", "/retained/purge", reason="over", request_id=request_id)
        assert purged.json() == {"deleted": 1}
        assert refused(call(node, "GET", f"/retained/{request_id}"))[:2] == (404, "NotFound")

    def test_what_makes_no_sense_is_refused(self, stage: Stage) -> None:
        node = stage.node
        assert call(node, "PUT", "/retention/tests", days=9999, reason="x").status_code == 422
        assert call(node, "PUT", "/retention/other", days=1, reason="x").status_code == 404
        assert call(node, "POST", "/retained/purge", reason="tidy").status_code == 422
        assert call(node, "POST", "/retained/purge", reason="tidy", everything=True).json() == {
            "deleted": 0
        }
