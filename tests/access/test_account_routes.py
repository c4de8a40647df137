"""The account over HTTP: who sees what of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.accounted import Office, an_office

from corridor.access.routes.account import router


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path / "in") as office:
        office.desk.person("asha")
        office.desk.person("ben")
        office.desk.person("ann", roles=("auditor",))
        office.keep(
            [
                office.decided("asha", "r1"),
                office.decided("ben", "r2", reasons=("no_grant",)),
            ]
        )
        yield office


@pytest.fixture
def client(office: Office) -> Iterator[TestClient]:
    app = office.desk.app(router)
    app.state.runtime = office.runtime
    with TestClient(app) as client:
        yield client


def get(
    office: Office, client: TestClient, name: str, path: str, **query: str | int
) -> tuple[int, Any]:
    shown = {"authorization": f"Bearer {office.desk.personal_key(name)}"}
    answer = client.get(f"/access/{path}", headers=shown, params=query)
    return answer.status_code, answer.json()


def requests(answer: tuple[int, Any]) -> list[str]:
    status, body = answer
    assert status == 200, body
    return [each["decided"]["request_id"] for each in body["decisions"]]


def test_an_auditor_sees_all_decisions(office: Office, client: TestClient) -> None:
    status, body = get(office, client, "ann", "audit")

    assert (status, body["allowed"], body["denied"]) == (200, 1, 1)
    assert requests(get(office, client, "ann", "audit", of="ben")) == ["r2"]
    assert requests(get(office, client, "ann", "audit", outcome="allowed")) == ["r1"]
    assert requests(get(office, client, "ann", "audit", since="2027-01-01T00:00:00Z")) == []


def test_a_member_sees_only_their_own(office: Office, client: TestClient) -> None:
    assert requests(get(office, client, "asha", "audit")) == ["r1"]
    assert requests(get(office, client, "asha", "audit", of="asha")) == ["r1"]
    own = office.account.secrets.pseudonym("ben", "in")
    for query in ({"of": "ben"}, {"who": own}):
        status, body = get(office, client, "asha", "audit", **query)
        assert (status, body["type"]) == (403, "NotAllowed")


def test_nobody_sees_anything_without_a_key(client: TestClient) -> None:
    for path in ("audit", "reports/2026-01"):
        assert client.get(f"/access/{path}").status_code in (401, 403)


def test_a_question_that_makes_no_sense_is_refused(office: Office, client: TestClient) -> None:
    for query in ({"limit": 0}, {"since": "2026-01-01T00:00:00"}, {"outcome": "some"}):
        assert get(office, client, "ann", "audit", **query)[0] == 422
    assert get(office, client, "ann", "reports/2026-13")[0] == 422


def test_reports_are_for_auditors_and_operators(office: Office, client: TestClient) -> None:
    status, [own] = get(office, client, "ann", "reports/2026-01")

    assert (status, own["home"], own["allowed"]) == (200, "in", None)
    assert get(office, client, "asha", "reports/2026-01")[0] == 403
