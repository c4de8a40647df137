"""The account over HTTP: who sees what of it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete
from support.accounted import Office, an_office
from support.arrivals import arrived
from support.builders import an_identity
from support.logs import befriend

from corridor.access.records.account import Report
from corridor.access.routes.account import router
from corridor.access.store.schema import decisions


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


def test_the_whole_account_is_checked_for_auditors_and_operators(
    office: Office, client: TestClient
) -> None:
    status, [checked] = get(office, client, "ann", "audit/verification")

    assert (status, checked["log"], checked["decisions"]) == (200, "in/audit", 2)
    assert checked["faults"] == []
    assert get(office, client, "asha", "audit/verification")[0] == 403


def test_what_was_changed_is_told_with_its_place(office: Office, client: TestClient) -> None:
    with office.desk.writing() as tx:
        tx.connection.execute(delete(decisions).where(decisions.c.request_id == "r2"))

    status, [checked] = get(office, client, "ann", "audit/verification")

    assert status == 200
    assert checked["decisions"] == 1
    assert [fault["message"] for fault in checked["faults"]]


def post(office: Office, client: TestClient, name: str, month: str) -> tuple[int, Any]:
    shown = {"authorization": f"Bearer {office.desk.personal_key(name)}"}
    answer = client.post(f"/access/reports/{month}", headers=shown)
    return answer.status_code, answer.json()


def test_an_operator_tells_a_month_that_is_over_once(office: Office, client: TestClient) -> None:
    office.desk.person("olga", roles=("operator",))
    month = f"{office.desk.clock():%Y-%m}"
    status, body = post(office, client, "olga", month)
    assert (status, body["type"]) == (422, "Invalid")
    office.desk.clock.now += timedelta(days=31)

    status, told = post(office, client, "olga", month)

    assert (status, told["month"], told["visibility"]) == (201, month, "partners")
    assert get(office, client, "ann", f"reports/{month}/told/in") == (
        200,
        {"report": told, "vouch": None},
    )
    status, body = post(office, client, "olga", month)
    assert (status, body["type"]) == (409, "ReportedAlready")


def test_only_an_operator_tells_and_only_who_may_see_reports_sees_what_was_told(
    office: Office, client: TestClient
) -> None:
    assert [post(office, client, name, "2026-01")[0] for name in ("ann", "asha")] == [403, 403]
    assert get(office, client, "asha", "reports/2026-01/told/in")[0] == 403
    assert client.post("/access/reports/2026-01").status_code in (401, 403)


def test_what_nobody_told_is_not_found(office: Office, client: TestClient) -> None:
    for node in ("in", an_identity("west").name):
        status, body = get(office, client, "ann", f"reports/2026-01/told/{node}")
        assert (status, body["type"]) == (404, "NoSuchReport")


def test_what_a_partner_told_is_shown_with_whether_it_can_be_vouched_for(
    office: Office, client: TestClient
) -> None:
    west = an_identity("west")
    report = Report(
        made_at=office.desk.clock(),
        visibility="partners",
        month="2026-01",
        hidden_below=5,
        sections=(),
        policy_versions=(),
        audit_log=f"{west.name}/audit",
        audit_size=7,
        audit_root="b" * 64,
    )
    befriend(office.runtime, west)
    arrived(office.runtime.store, report, issuer=west.name)

    status, body = get(office, client, "ann", f"reports/2026-01/told/{west.name}")

    assert status == 200, body
    assert body["report"]["audit_size"] == 7
    assert body["vouch"] == {"state": "behind", "cosigned_size": None}
