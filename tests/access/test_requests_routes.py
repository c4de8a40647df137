"""The same over HTTP: people show their personal keys, and learn what concerns them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.access import OPERATOR_TOKEN
from support.asking import COMPLETE, Office, an_office

from corridor.access.routes import decisions, requests, revocations


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path) as made:
        made.rate(1)
        made.evidence()
        made.approver("asha")
        made.person("ravi", "mission")
        yield made


class Caller:
    """Somebody with a personal key."""

    def __init__(self, office: Office, client: TestClient, name: str | None) -> None:
        secret = office.personal_key(name) if name else OPERATOR_TOKEN
        self._client, self._headers = client, {"authorization": f"Bearer {secret}"}

    def call(self, method: str, path: str, status: int, body: object = None) -> Any:  # noqa: ANN401  JSON
        answer = self._client.request(method, f"/access{path}", headers=self._headers, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def client(office: Office) -> Iterator[TestClient]:
    app = office.app(requests.router, decisions.router, revocations.router)
    with TestClient(app) as made:
        yield made


@pytest.fixture
def meera(office: Office, client: TestClient) -> Caller:
    return Caller(office, client, "meera")


@pytest.fixture
def asha(office: Office, client: TestClient) -> Caller:
    return Caller(office, client, "asha")


def submitted(meera: Caller) -> Any:  # noqa: ANN401  JSON
    draft = meera.call("POST", "/drafts", 201, dict(COMPLETE))["draft"]["id"]
    return meera.call("POST", "/requests", 201, {"draft_id": draft})


def approval(request: Any, verdict: str = "approve", **fields: object) -> dict[str, object]:  # noqa: ANN401  JSON
    seen = {"request_sha256": request["sha256"], "reason": "seen the plan"}
    return {"verdict": verdict, **seen, **fields}


def test_the_whole_way_from_a_draft_to_a_revocation(meera: Caller, asha: Caller) -> None:
    begun = meera.call("POST", "/drafts", 201, {"surface": "api"})
    draft = begun["draft"]["id"]
    changed = meera.call("PATCH", f"/drafts/{draft}", 200, dict(COMPLETE))
    assert begun["missing"]
    assert changed["missing"] == []
    assert [each["id"] for each in meera.call("GET", "/drafts", 200)] == [draft]
    assert meera.call("GET", f"/drafts/{draft}", 200) == changed

    request = meera.call("POST", "/requests", 201, {"draft_id": draft})
    path = f"/requests/{request['id']}"
    assert request["waits"][0]["waits_for"] == "approvals"
    less: dict[str, Any] = {"conditions": {"quota": {"requests": 5}}, "days": 10}
    granted = asha.call("POST", f"{path}/approvals", 201, approval(request, **less))
    assert granted["stage"] == "granted"
    assert meera.call("GET", path, 200) == granted

    [standing] = meera.call("GET", "/grants", 200)
    grant = standing["grant"]
    assert grant["conditions"]["quota"]["requests"] == 5
    assert meera.call("GET", f"/grants/{grant['id']}", 200) == standing
    asha.call("POST", f"/grants/{grant['id']}/reviews", 201, {"reason": "as declared"})
    assert asha.call("GET", "/due", 200)[0]["what"] == "grant_ends"

    close = {"scope": "grant", "target": grant["id"], "reason": "not needed any more"}
    [made] = meera.call("POST", "/revocations", 201, close)
    assert meera.call("GET", "/grants", 200)[0]["stage"] == "revoked"
    asha.call("POST", f"/revocations/{made['id']}/lift", 201, {"reason": "needed again"})
    assert meera.call("GET", "/grants", 200)[0]["stage"] == "in_force"


def test_a_refusal_is_appealed_and_a_request_withdrawn(meera: Caller, asha: Caller) -> None:
    request = submitted(meera)
    path = f"/requests/{request['id']}"
    refused = asha.call("POST", f"{path}/approvals", 201, approval(request, "refuse"))
    assert refused["stage"] == "refused"
    meera.call("POST", f"{path}/appeals", 201, {"text": "the plan was changed"})
    assert meera.call("GET", path, 200)["stage"] == "appealed"
    withdrawn = meera.call("POST", f"{path}/withdrawal", 200, {"reason": "not needed"})
    assert withdrawn["stage"] == "withdrawn"


def test_a_request_that_lacks_something_is_refused_with_the_field(meera: Caller) -> None:
    fields = {**COMPLETE, "purpose": "world-peace", "use_class": "general"}
    draft = meera.call("POST", "/drafts", 201, fields)["draft"]["id"]

    problem = meera.call("POST", "/requests", 422, {"draft_id": draft})

    assert problem["type"] == "Incomplete"
    assert problem["title"].startswith("purpose: world-peace is not in the list")
    assert problem["facts"]["fields"] == "purpose"


def test_others_learn_nothing_of_a_request(
    office: Office, client: TestClient, meera: Caller
) -> None:
    request = submitted(meera)
    ravi = Caller(office, client, "ravi")

    ravi.call("GET", f"/requests/{request['id']}", 404)
    assert ravi.call("GET", "/requests", 200) == []
    assert ravi.call("GET", "/grants", 200) == []
    ravi.call("POST", f"/requests/{request['id']}/approvals", 403, approval(request))
    for path in ("/revocations", "/due"):
        ravi.call("GET", path, 403)


def test_nobody_decides_on_their_own_or_on_other_bytes(meera: Caller, asha: Caller) -> None:
    request = submitted(meera)
    path = f"/requests/{request['id']}/approvals"

    assert meera.call("POST", path, 403, approval(request))["type"] == "SelfApproval"
    asha.call("POST", path, 409, approval({"sha256": "ab" * 32}))
    asha.call("POST", path, 422, approval(request, days=0))
    asha.call("POST", path, 422, {**approval(request), "reason": ""})
    asha.call("POST", "/requests/nothing/approvals", 404, approval(request))


@pytest.mark.parametrize(
    "fields", [{"dayz": 1}, {"purpose_text": "\x00"}, {"days": [1]}, {"days": {"a": {"b": 1}}}]
)
def test_what_no_field_can_hold_is_a_problem_and_no_defect(
    meera: Caller, fields: dict[str, object]
) -> None:
    assert meera.call("POST", "/drafts", 422, fields)["type"] == "Incomplete"


def test_a_text_that_is_none_is_refused_where_it_comes_in(
    client: TestClient, office: Office
) -> None:
    secret = office.personal_key("meera")
    headers = {"authorization": f"Bearer {secret}", "content-type": "application/json"}

    answer = client.post("/access/drafts", headers=headers, content=b'{"affected": "\\ud800"}')

    assert answer.status_code == 422


def test_a_partners_grant_is_not_countersigned_where_there_is_none(asha: Caller) -> None:
    word = {
        "issuer": "jp",
        "grant_sha256": "ab" * 32,
        "verdict": "approve",
        "reason": "known to us",
    }

    asha.call("POST", f"/grants/{'0' * 32}/countersignatures", 403, word)


def test_the_operators_token_closes_and_opens_but_never_decides(
    office: Office, client: TestClient, meera: Caller
) -> None:
    request, operator = submitted(meera), Caller(office, client, None)
    close = {"scope": "purpose", "target": "research", "reason": "pause"}
    [made] = operator.call("POST", "/revocations", 201, close)

    assert [e["closes"] for e in operator.call("GET", "/revocations", 200)] == [True]
    operator.call("POST", f"/revocations/{made['id']}/lift", 201, {"reason": "go on"})
    operator.call("POST", f"/requests/{request['id']}/approvals", 401, approval(request))
    with office.reading() as view:
        assert [e.actor for e in view.audited() if e.act == "access.revoke"] == ["operator"]


@pytest.mark.parametrize("path", ["/drafts", "/requests", "/grants", "/due", "/revocations"])
def test_nobody_is_shown_anything_without_a_key(client: TestClient, path: str) -> None:
    assert client.get(f"/access{path}").status_code == 401
    wrong = {"authorization": "Bearer ck-nobody"}
    assert client.get(f"/access{path}", headers=wrong).status_code == 401


def test_a_tier_is_asked_for_and_exact_models_are_named(meera: Caller, asha: Caller) -> None:
    fields = {name: value for name, value in COMPLETE.items() if name != "model"}
    draft = meera.call("POST", "/drafts", 201, {**fields, "tier": 1})
    assert draft["missing"] == []
    request = meera.call("POST", "/requests", 201, {"draft_id": draft["draft"]["id"]})
    path = f"/requests/{request['id']}"
    assert (request["tier_form"]["tier"], request["waits"][0]["waits_for"]) == (1, "models")
    problem = asha.call("POST", f"{path}/approvals", 409, approval(request))
    assert problem["title"] == "This request names a tier, and no model."

    named = asha.call("POST", f"{path}/approvals", 201, approval(request, models=["small"]))

    assert named["stage"] == "named"
    [exact] = [meera.call("GET", f"/requests/{each}", 200) for each in named["became"]]
    assert (exact["stage"], exact["tier_request_id"]) == ("granted", request["id"])
