"""Users report their own requests, auditors lines of the account: over HTTP on a served node, and as commands."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import typer
from support.nodes import bearer
from support.partners import until
from support.stages import SERVICE, Stage, a_stage
from typer.testing import CliRunner

from corridor.access import ApiKeys, NotAllowed, People, UseReports
from corridor.access.commands import incidents as commands
from corridor.access.errors import ReportedBefore, TooManyReports
from corridor.access.service.incidents import MOST_A_DAY
from corridor.assurance import Finding
from corridor.core.errors import CorridorError, Invalid, NotFound

Fields = dict[str, object]
WORDS: Fields = {
    "title": "It named a dose that is too high",
    "summary": "Asked for a dose for a child, it named that of an adult.",
    "category": "misinformation",
    "severity": "high",
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with a_stage(tmp_path_factory.mktemp("reports")) as stage:
        yield stage


def asked(stage: Stage) -> str:
    """Ask once, wait until that is in the account, and return the id of the request."""
    seen = stage.ask()
    return stage.accounted(seen).request_id


def post(stage: Stage, secret: str, where: str, **fields: object) -> httpx2.Response:
    url = f"{stage.node.address}/assurance/reports/{where}"
    return stage.client.post(url, json={**WORDS, **fields}, headers=bearer(secret))


def of_request(stage: Stage, request_id: str, secret: str = "", **fields: object) -> Fields:
    answer = post(stage, secret or stage.secret, "requests", request_id=request_id, **fields)
    return {"status": answer.status_code, **answer.json()}


def finding(stage: Stage, name: object) -> Finding:
    with stage.node.runtime.store.view() as view:
        return next(each for each in view.own(Finding) if each.id == name)


def personal(stage: Stage, name: str, *roles: str) -> str:
    """Return the personal key of somebody with roles."""
    runtime = stage.node.runtime
    with runtime.store.transaction("test") as tx:
        runtime.service(People).register(tx, name, "person", "acme", roles)  # pyright: ignore[reportArgumentType]
        return runtime.service(ApiKeys).issue(tx, name, None, "laptop")[1]


def decided(stage: Stage) -> int:
    """Return the place of a new decision in the audit log: those before may have been reported."""

    def lines() -> list[int]:
        with stage.node.runtime.store.view() as view:
            return [each.position for each in view.audited(act="access.decide")]

    before = set(lines())
    asked(stage)
    until(lambda: not before.issuperset(lines()))
    return max(set(lines()) - before)


def test_a_caller_reports_their_own_request_with_the_key_that_made_it(stage: Stage) -> None:
    request_id = asked(stage)

    told = of_request(stage, request_id)

    assert told["status"] == 201, told
    found = finding(stage, told["finding"])
    line = stage.account_of(request_id)
    assert (found.model, found.model_sha256) == (line.model, line.model_sha256)
    assert (found.origin, found.source) == ("user", f"request {request_id}")
    assert found.reported_by == "a user of tests"
    assert found.circumstances
    assert found.circumstances.service == SERVICE
    assert found.circumstances.occurred_at.timestamp() == pytest.approx(line.at)
    assert found.visibility == "internal"


def test_a_request_is_reported_once_and_only_with_its_own_key(stage: Stage) -> None:
    request_id = asked(stage)
    other = stage.node.issue_key(label="somebody-else")
    assert of_request(stage, request_id, other)["status"] == 404
    assert of_request(stage, request_id, "ck_nobody")["status"] == 401
    assert of_request(stage, request_id)["status"] == 201
    again = of_request(stage, request_id)
    assert (again["status"], again["type"]) == (409, "ReportedBefore")
    assert of_request(stage, "never-was")["status"] == 404


def test_a_report_with_personal_data_is_refused_with_the_place_and_kept_nowhere(
    stage: Stage,
) -> None:
    request_id = asked(stage)
    told = of_request(stage, request_id, summary="Ask asha@example.org what it said to her.")
    assert (told["status"], told["type"]) == (422, "PersonalData")
    assert "summary" in str(told["title"])
    assert "asha" not in str(told)
    assert of_request(stage, request_id, reported_by="me")["status"] == 422
    assert of_request(stage, request_id, severity="mild")["status"] == 422


def test_users_of_a_project_report_no_more_than_somebody_looks_at(tmp_path: Path) -> None:
    with a_stage(tmp_path) as stage:
        ids = [asked(stage) for _ in range(MOST_A_DAY + 1)]
        for request_id in ids[:-1]:
            assert of_request(stage, request_id)["status"] == 201
        told = of_request(stage, ids[-1])
        assert (told["status"], told["type"]) == (429, TooManyReports.__name__)


def test_an_auditor_opens_an_incident_from_a_decision_which_names_the_file(stage: Stage) -> None:
    auditor, place = personal(stage, "mei", "auditor"), decided(stage)

    answer = post(stage, auditor, "lines", line=place, nature="hazard")

    assert answer.status_code == 201, answer.text
    found = finding(stage, answer.json()["finding"])
    with stage.node.runtime.store.view() as view:
        [line] = view.audited(place, 1)
        log = view.audit_log
    assert (found.origin, found.source) == ("audit", f"{log} {place}")
    assert found.model_sha256 == line.facts["model_sha256"]
    assert found.reported_by == "an auditor of acme"
    assert line.subject not in found.model_dump_json()
    assert post(stage, auditor, "lines", line=place).status_code == 409
    assert post(stage, auditor, "lines", line=10**9).status_code == 404
    assert post(stage, personal(stage, "lena"), "lines", line=place).status_code == 403


def test_a_line_that_names_no_model_needs_one(stage: Stage) -> None:
    auditor = personal(stage, "noor", "auditor")
    with stage.node.runtime.store.transaction("test") as tx:
        place = tx.audit("test.act", "a subject")
    answer = post(stage, auditor, "lines", line=place)
    assert (answer.status_code, answer.json()["hint"]) == (422, "Name the one it is about.")
    named = {"model": "small", "sha256": "d" * 64}
    assert post(stage, auditor, "lines", line=place, **named).status_code == 201


def test_both_are_commands_too(stage: Stage, tmp_path: Path) -> None:
    request_id, place = asked(stage), decided(stage)
    app_key, own_key = tmp_path / "app.key", tmp_path / "own.key"
    app_key.write_text(stage.secret)
    own_key.write_text(personal(stage, "kaede", "auditor"))
    words = ("--title", WORDS["title"], "--summary", WORDS["summary"], "--category", "privacy")

    def run(what: str, about: object, *more: object) -> object:
        app = typer.Typer()
        app.callback()(lambda: None)
        app.command("report-request")(commands.report_request)
        app.command("report-line")(commands.report_line)
        said = [what, str(about), *map(str, (*words, *more))]
        done = CliRunner().invoke(app, said, obj=stage.node.runtime)
        return done.exception or done.output

    assert "is kept." in str(run("report-request", request_id, "--key", app_key))
    assert isinstance(run("report-request", request_id, "--key", app_key), ReportedBefore)
    assert isinstance(run("report-request", request_id), CorridorError)
    assert "is kept." in str(run("report-line", place, "--key", own_key))
    assert isinstance(run("report-line", 10**9, "--key", own_key), NotFound)


def test_a_person_without_a_role_opens_nothing_whatever_the_door(stage: Stage) -> None:
    runtime = stage.node.runtime
    place = decided(stage)
    personal(stage, "jun")
    with runtime.store.transaction("test") as tx:
        person = runtime.service(People).principal(tx, "jun")
        reports = runtime.service(UseReports)
        with pytest.raises(NotAllowed):
            reports.of_line(tx, person, place, WORDS)
        auditor = runtime.service(People).register(tx, "ayo", "person", "acme", ("auditor",))
        with pytest.raises(Invalid):
            reports.of_line(tx, auditor, place, {**WORDS, "severity": "mild"})
