"""Policies over HTTP: anyone reads them, without the names of people; the operator sets them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient
from support.builders import a_store
from support.clocks import StoppedClock

from corridor.access.adapters.cedar import CedarEngine
from corridor.access.routes.policies import router
from corridor.access.service.policies import Policies
from corridor.core.canonical import sha256
from corridor.core.errors import CorridorError
from corridor.edge.http import malformed
from corridor.edge.problems import problem
from corridor.edge.runtime import Runtime

NIGHT = '@id("night") forbid(principal == Principal::"tanaka", action, resource);'
OPERATOR = {"authorization": "Bearer operator-token"}
NEW = {"name": "hours", "text": NIGHT, "reason": "as the board decided"}
WHY = {"reason": "as the board decided"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    clock = StoppedClock()
    store = a_store(tmp_path, clock=clock)
    services = {Policies: Policies(clock, CedarEngine())}
    app = FastAPI()
    app.state.runtime = Runtime(tmp_path, "http://in", store, services, {}, "operator-token")
    app.add_exception_handler(CorridorError, problem)
    app.add_exception_handler(RequestValidationError, malformed)
    app.include_router(router)
    with TestClient(app) as client:
        yield client
    store.close()


def test_anyone_reads_the_policies_without_the_names_of_people(client: TestClient) -> None:
    published = client.post("/access/policies", json=NEW, headers=OPERATOR)
    assert published.status_code == 201
    answer = client.get("/access/policies")

    found = answer.json()
    assert [each["name"] for each in found["policies"]] == ["shipped", "hours"]
    assert found["version"] == published.json()["version"]
    assert "tanaka" not in answer.text
    assert found["policies"][1]["text"] == NIGHT.replace("tanaka", "(withheld)")
    assert found["policies"][1]["sha256"] == sha256(NIGHT.encode())
    assert '@id("not-revoked")' in found["policies"][0]["text"]


def test_anyone_reads_the_schema_and_the_purposes(client: TestClient) -> None:
    schema = client.get("/access/policies/schema")
    assert schema.headers["content-type"].startswith("text/plain")
    assert schema.text.startswith("entity Principal;")
    found = {each["name"]: each for each in client.get("/access/purposes").json()}
    assert found["red-teaming"]["use_class"] == "offensive"


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/access/policies", NEW),
        ("/access/policies/hours/retire", WHY),
        ("/access/purposes", {"name": "x", "title": "X", "use_class": "general"}),
        ("/access/purposes/research/retire", WHY),
    ],
)
def test_only_the_operator_changes_anything(
    client: TestClient, path: str, body: dict[str, str], headers: dict[str, str]
) -> None:
    before = client.get("/access/policies").json(), client.get("/access/purposes").json()
    assert client.post(path, json=body, headers=headers).status_code == 403
    assert before == (client.get("/access/policies").json(), client.get("/access/purposes").json())


def test_a_policy_with_a_fault_is_refused_with_its_place_and_all_stays(client: TestClient) -> None:
    client.post("/access/policies", json=NEW, headers=OPERATOR)
    before = client.get("/access/policies").json()
    broken = {**NEW, "text": f"{NIGHT}\npermit(principal, action, resource);"}
    answer = client.post("/access/policies", json=broken, headers=OPERATOR)

    assert answer.status_code == 422
    assert answer.json()["type"] == "BadPolicy"
    assert answer.json()["title"].startswith("hours, line 2: it needs an @id")
    assert client.get("/access/policies").json() == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**NEW, "name": "../x"},
        {**NEW, "reason": ""},
        {**NEW, "more": 1},
        {**NEW, "text": "x" * 200_001},
        {**NEW, "text": "((" * 50_000},
        {**NEW, "text": "\u0000"},
    ],
)
def test_what_is_no_policy_is_refused(client: TestClient, body: dict[str, object]) -> None:
    assert client.post("/access/policies", json=body, headers=OPERATOR).status_code == 422


def test_half_a_character_is_refused(client: TestClient) -> None:
    body = b'{"name": "x", "reason": "why not", "text": "// \\ud800"}'
    headers = {**OPERATOR, "content-type": "application/json"}
    assert client.post("/access/policies", content=body, headers=headers).status_code == 422


def test_what_is_retired_is_gone_and_what_was_never_there_is_not_found(client: TestClient) -> None:
    client.post("/access/policies", json=NEW, headers=OPERATOR)
    assert client.post("/access/policies/hours/retire", json=WHY, headers=OPERATOR).is_success
    assert len(client.get("/access/policies").json()["policies"]) == 1
    again = client.post("/access/policies/hours/retire", json=WHY, headers=OPERATOR)
    assert again.status_code == 404


def test_a_purpose_is_listed_and_retired(client: TestClient) -> None:
    new = {"name": "tax-advice", "title": "Advise taxpayers", "use_class": "general"}
    assert client.post("/access/purposes", json=new, headers=OPERATOR).json() == new
    assert new in client.get("/access/purposes").json()
    path = "/access/purposes/tax-advice/retire"
    assert client.post(path, json=WHY, headers=OPERATOR).is_success
    assert new not in client.get("/access/purposes").json()
    assert client.post(path, json=WHY, headers=OPERATOR).status_code == 404
