import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from starlette.testclient import TestClient
from support.access import Desk, FakeProvider, a_desk, a_provider_of_identities
from support.clocks import StoppedClock
from support.nodes import bearer
from support.partners import until
from typer import Typer
from typer.testing import CliRunner, Result

from corridor.access.adapters.redirects import redirects
from corridor.access.commands import sign_in as commands
from corridor.access.errors import NotKnown, NotTrusted
from corridor.access.records import Revocation
from corridor.access.routes import keys, people, sign_in
from corridor.core.errors import Conflict, Invalid, Unavailable

PASSWORD = "four words that rhyme"  # noqa: S105  of a node that lives as long as a test


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def provider(clock: StoppedClock) -> Iterator[FakeProvider]:
    with a_provider_of_identities(now=lambda: clock().timestamp()) as provider:
        yield provider


@pytest.fixture
def desk(tmp_path: Path, clock: StoppedClock, provider: FakeProvider) -> Iterator[Desk]:
    issuers = [provider.settings()]
    with a_desk(tmp_path, clock=clock, issuers=issuers, wrong_keys_per_minute=5) as desk:
        desk.person("ana", roles=("approver", "member"))
        desk.project()
        yield desk


@pytest.fixture
def http(desk: Desk) -> Iterator[TestClient]:
    app = desk.app(people.router, keys.router, sign_in.router)
    with TestClient(app, follow_redirects=False) as client:
        yield client


def group() -> Typer:
    made = Typer()
    commands.add_to(made)
    return made


def run(desk: Desk, *words: str, typed: str = "") -> Result:
    runner = CliRunner(env={"COLUMNS": "200"})
    return runner.invoke(group(), list(words), obj=desk.runtime, input=typed)


def test_a_person_learns_who_they_are_here(desk: Desk, http: TestClient) -> None:
    answer = http.get("/access/me", headers=bearer(desk.personal_key("ana")))

    assert answer.json() == {
        "name": "ana",
        "organisation": "acme",
        "roles": ["approver", "member"],
        "identity_level": 0,
        "until": None,
    }


@pytest.mark.parametrize("header", ["", "Bearer ", "Basic YTpi", "Bearer cs-x", "cs-x"])
def test_who_shows_nothing_that_is_known_is_nobody(http: TestClient, header: str) -> None:
    answer = http.get("/access/me", headers={"authorization": header})

    assert answer.status_code == 401
    assert answer.json()["type"] == "NotKnown"


def test_the_operators_token_is_no_person(desk: Desk, http: TestClient) -> None:
    shown = bearer(desk.runtime.operator_token)

    assert http.get("/access/people", headers=shown).status_code == 200
    assert http.get("/access/me", headers=shown).status_code == 401


def test_a_key_in_the_address_is_refused_on_every_route(desk: Desk, http: TestClient) -> None:
    key = desk.personal_key("ana")
    for path in ("/access/me", "/access/people", "/access/keys", "/access/sign-in"):
        answer = http.get(f"{path}?api_key={key}", headers=bearer(key))
        assert answer.json()["type"] == "KeyInQuery"
        assert key not in answer.text


def test_an_address_that_guesses_waits_even_with_the_right_key(
    desk: Desk, http: TestClient, clock: StoppedClock
) -> None:
    key = desk.personal_key("ana")
    for _ in range(5):
        assert http.get("/access/me", headers=bearer("ck-guess")).json()["type"] == "NotKnown"

    refused = http.get("/access/me", headers=bearer(key))
    assert refused.json()["type"] == "Throttled"
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["facts"] == {"retry_after": "12"}
    clock.advance(13)
    assert http.get("/access/me", headers=bearer(key)).status_code == 200


def test_a_person_signs_in_by_password_and_out(desk: Desk, http: TestClient) -> None:
    with desk.writing() as tx:
        desk.identities.set_password(tx, "ana", PASSWORD)

    made = http.post("/access/sign-in", json={"name": "ana", "password": PASSWORD})
    shown = bearer(made.json()["token"])

    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    assert "set-cookie" not in made.headers
    assert http.get("/access/me", headers=shown).json()["until"] == "2026-01-01T13:00:00Z"
    assert http.post("/access/sign-out", headers=shown).json() == {"ended": True}
    assert http.get("/access/me", headers=shown).status_code == 401


def test_guessing_one_persons_password_is_slowed_down_wherever_it_comes_from(
    desk: Desk, http: TestClient
) -> None:
    for _ in range(5):
        answer = http.post("/access/sign-in", json={"name": "ana", "password": "x"})
        assert answer.json()["type"] == "NotKnown"
    desk.keys.wrong.buckets.pop("testclient")

    again = http.post("/access/sign-in", json={"name": "ana", "password": PASSWORD})
    other = http.post("/access/sign-in", json={"name": "ben", "password": PASSWORD})

    assert again.json()["type"] == "Throttled"
    assert other.json()["type"] == "NotKnown"


def test_a_person_signs_in_at_a_provider(http: TestClient, provider: FakeProvider) -> None:
    sent = http.get("/access/sign-in", params={"issuer": provider.url})
    back = provider.agree(sent.headers["location"], "sub-jun")

    assert sent.status_code == 303
    answer = http.get("/access/sign-in/callback", params=back)

    assert answer.json()["name"] == "sub-jun"
    assert answer.headers["cache-control"] == "no-store"
    me = http.get("/access/me", headers=bearer(answer.json()["token"])).json()
    assert me["identity_level"] == 2
    again = http.get("/access/sign-in/callback", params=back)
    assert again.status_code == 403
    assert again.json()["type"] == "NotTrusted"


def test_a_code_that_looks_like_a_token_is_taken(http: TestClient, provider: FakeProvider) -> None:
    provider.code = "eyJhbGciOiJkaXIifQ.e30." + "x" * 2000
    sent = http.get("/access/sign-in", params={"issuer": provider.url})
    back = provider.agree(sent.headers["location"])

    assert http.get("/access/sign-in/callback", params=back).status_code == 200


def test_a_sign_in_at_a_stranger_is_refused_and_the_address_leads_nowhere_else(
    http: TestClient,
) -> None:
    answer = http.get("/access/sign-in", params={"issuer": "https://evil.example"})

    assert answer.status_code == 403
    assert "location" not in answer.headers


def test_an_address_begins_only_so_many_sign_ins_a_minute(
    http: TestClient, provider: FakeProvider
) -> None:
    statuses = [
        http.get("/access/sign-in", params={"issuer": provider.url}).status_code for _ in range(6)
    ]

    assert statuses[:5] == [303] * 5
    assert statuses[5] == 429


def test_the_operator_manages_people_and_keys_over_http(desk: Desk, http: TestClient) -> None:
    op = bearer(desk.runtime.operator_token)
    new = {"name": "ben", "organisation": "acme", "roles": ["member"]}
    claim = {
        "claim": "identity",
        "value": "verified",
        "level": "high",
        "verified_by": "ana",
        "method": "in person",
        "until": "2026-06-01T00:00:00Z",
        "person": "ben of Pune",
    }

    assert http.post("/access/people", json=new, headers=op).status_code == 201
    kept = http.post("/access/people/ben/claims", json=claim, headers=op)
    assert kept.status_code == 201
    assert "Pune" not in kept.text
    shown = http.get("/access/people/ben", headers=op).json()
    assert (shown["identity_level"], shown["principal"]["roles"]) == (3, ["member"])
    wanted = {"reason": "new task", "roles": ["auditor"]}
    changed = http.post("/access/people/ben/change", json=wanted, headers=op)
    assert changed.json()["roles"] == ["auditor"]
    link = {"issuer": "https://evil.example", "subject": "1"}
    assert http.post("/access/people/ben/accounts", json=link, headers=op).status_code == 403
    project = {"name": "lab", "title": "Lab", "organisation": "acme"}
    assert http.post("/access/projects", json=project, headers=op).status_code == 201
    assert len(http.get("/access/projects", headers=op).json()) == 2

    made = http.post("/access/keys", json={"principal": "ben"}, headers=op).json()
    assert http.get("/access/me", headers=bearer(made["secret"])).json()["name"] == "ben"
    prefix = made["key"]["prefix"]
    rotated = http.post(f"/access/keys/{prefix}/rotate", json={"hours": 0}, headers=op).json()
    assert rotated["key"]["replaces"] == made["key"]["id"]
    second = rotated["key"]["prefix"]
    closed = http.post(f"/access/keys/{second}/revoke", json={"reason": "lost"}, headers=op)
    assert closed.json()["state"] == "revoked"
    listed = http.get("/access/keys", headers=op)
    assert {key["state"] for key in listed.json()} == {"revoked"}
    assert "digest" not in listed.text
    left = http.post("/access/people/ben/leave", json={"reason": "left"}, headers=op)
    assert left.json()["active"] is False
    assert http.get("/access/people/ben", headers=op).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/access/people"),
        ("GET", "/access/people/ana"),
        ("POST", "/access/people"),
        ("POST", "/access/people/ana/change"),
        ("POST", "/access/people/ana/leave"),
        ("POST", "/access/people/ana/accounts"),
        ("POST", "/access/people/ana/claims"),
        ("GET", "/access/projects"),
        ("POST", "/access/projects"),
        ("GET", "/access/keys"),
        ("POST", "/access/keys"),
        ("POST", "/access/keys/ck-x/rotate"),
        ("POST", "/access/keys/ck-x/revoke"),
    ],
)
def test_nobody_but_the_operator_administers(
    desk: Desk, http: TestClient, method: str, path: str
) -> None:
    bodies = {
        "people": {"name": "eve", "organisation": "acme"},
        "change": {"reason": "x"},
        "leave": {"reason": "x"},
        "accounts": {"issuer": "x", "subject": "x"},
        "claims": {
            "claim": "identity",
            "value": "x",
            "level": "high",
            "verified_by": "x",
            "method": "x",
            "until": "2027-01-01T00:00:00Z",
        },
        "projects": {"name": "x", "title": "x", "organisation": "acme"},
        "keys": {"principal": "ana"},
        "rotate": {},
        "revoke": {"reason": "x"},
    }
    body = bodies[path.rsplit("/", 1)[-1]] if method == "POST" else None
    for shown in ({}, bearer(desk.personal_key("ana"))):
        answer = http.request(method, path, headers=shown, json=body)
        assert (answer.status_code, answer.json()["type"]) == (403, "NotTheOperator")


def test_the_command_signs_in_by_password_and_out(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "ana.session"
    said = run(desk, "password", "ana", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert "ana can sign in" in said.output
    assert PASSWORD not in said.output
    entered = run(desk, "sign-in", "--name", "ana", "--to", str(file), typed=f"{PASSWORD}\n")

    assert "You are ana until 2026-01-01 13:00 UTC" in entered.output
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text() not in entered.output
    shown = json.loads(run(desk, "me", "--key", str(file), "--json").output)
    assert (shown["name"], shown["roles"]) == ("ana", ["approver", "member"])
    assert "ana of acme, approver, member" in run(desk, "me", "--key", str(file)).output
    assert run(desk, "sign-out", "--key", str(file)).output == "The session has ended.\n"
    assert isinstance(run(desk, "me", "--key", str(file)).exception, NotKnown)


def test_a_new_session_replaces_the_file_of_an_old_one_and_nothing_else(
    desk: Desk, tmp_path: Path
) -> None:
    file, secret = tmp_path / "ana.session", tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    assert run(desk, "password", "ana", "--from-file", str(secret)).exit_code == 0
    words = ("sign-in", "--name", "ana", "--from-file", str(secret), "--to", str(file))
    run(desk, *words)
    first = file.read_text()
    run(desk, *words)
    assert file.read_text() != first

    file.write_text("my diary")
    assert isinstance(run(desk, *words).exception, Conflict)
    assert file.read_text() == "my diary"


def test_a_wrong_password_writes_nothing(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "ana.session"

    refused = run(desk, "sign-in", "--name", "ana", "--to", str(file), typed="guess\n")

    assert isinstance(refused.exception, NotKnown)
    assert not file.exists()


def test_the_command_takes_one_way_to_sign_in(desk: Desk, tmp_path: Path) -> None:
    for words in ((), ("--name", "ana", "--issuer", "https://id.example")):
        refused = run(desk, "sign-in", "--to", str(tmp_path / "x"), *words)
        assert isinstance(refused.exception, Invalid)


def test_a_key_file_that_is_missing_or_holds_something_else_is_nobodys(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "big").write_bytes(b"\xff" * 100_000)

    assert isinstance(run(desk, "me").exception, NotKnown)
    assert isinstance(run(desk, "me", "--key", str(tmp_path / "no")).exception, Unavailable)
    assert isinstance(run(desk, "me", "--key", str(tmp_path / "big")).exception, NotKnown)


def test_the_command_signs_in_at_a_provider_by_way_of_the_browser(
    desk: Desk, tmp_path: Path, provider: FakeProvider
) -> None:
    """A thread plays the browser: it opens the address that the command prints."""
    file, screen = tmp_path / "jun.session", StringIO()

    def printed() -> str:
        return next((w for w in screen.getvalue().split() if w.startswith(provider.url)), "")

    def browse() -> None:
        until(lambda: bool(printed()))
        back = provider.agree(printed(), "sub-jun")
        redirect = parse_qs(urlsplit(printed()).query)["redirect_uri"][0]
        for stray in ({"state": "guessed", "code": "x"}, {}):
            assert httpx2.get(redirect, params=stray).status_code == 404
        assert httpx2.get(redirect, params=back).status_code == 200

    browser = Thread(target=browse)
    browser.start()
    with redirect_stdout(screen):
        words = ["sign-in", "--issuer", provider.url, "--to", str(file)]
        group()(words, obj=desk.runtime, standalone_mode=False)
    browser.join()

    assert "You are sub-jun until" in " ".join(screen.getvalue().split())
    assert desk.known(file.read_text()) == "sub-jun"


def test_a_browser_that_does_not_come_back_is_not_waited_for_for_ever(
    desk: Desk, tmp_path: Path, provider: FakeProvider
) -> None:
    words = ("sign-in", "--issuer", provider.url, "--to", str(tmp_path / "x"), "--minutes", "0.01")

    assert isinstance(run(desk, *words).exception, Unavailable)
    assert not (tmp_path / "x").exists()


def test_the_redirect_listens_on_this_machine_alone() -> None:
    with redirects() as back:
        assert back.server.server_address[0] == "127.0.0.1"
        assert back.address.startswith("http://127.0.0.1:")


def test_the_provider_decides_and_a_refusal_ends_the_command(desk: Desk, tmp_path: Path) -> None:
    words = ("sign-in", "--issuer", "https://evil.example", "--to", str(tmp_path / "x"))

    assert isinstance(run(desk, *words).exception, NotTrusted)


@pytest.mark.parametrize("command", ["password", "sign-in", "sign-out", "me"])
def test_every_command_explains_itself_with_an_example(desk: Desk, command: str) -> None:
    assert f"Example: corridor access {command}" in run(desk, command, "--help").output


def test_a_key_is_rotated_by_whoever_shows_it(desk: Desk, http: TestClient) -> None:
    for secret in (desk.personal_key("ana"), desk.project_key("ana")):
        answer = http.post("/access/keys/renew", json={"hours": 1}, headers=bearer(secret))
        new = answer.json()["secret"]

        assert answer.status_code == 201
        assert answer.headers["cache-control"] == "no-store"
        with desk.reading() as view:
            old_key, new_key = (desk.keys.holding(view, each) for each in (secret, new))
        assert (new_key.replaces, new_key.project) == (old_key.id, old_key.project)
        again = http.post("/access/keys/renew", json={}, headers=bearer(secret))
        assert again.status_code == 409
    with desk.reading() as view:
        acts = [line for line in view.audited() if line.act == "key.rotate"]
    assert len(acts) == 2


def test_nobody_rotates_a_key_without_showing_it(desk: Desk, http: TestClient) -> None:
    shown = (desk.runtime.operator_token, desk.personal_key("ana")[:11], "ck-" + "a" * 43, "")
    for each in shown:
        answer = http.post("/access/keys/renew", json={}, headers=bearer(each))
        assert (answer.status_code, answer.json()["type"]) == (401, "NotKnown")


def test_a_suspended_key_is_not_rotated(desk: Desk, http: TestClient) -> None:
    secret = desk.personal_key("ana")
    with desk.writing() as tx:
        key = desk.keys.holding(tx, secret)
        fields = {"scope": "key", "target": key.id, "reason": "misuse"}
        tx.append(Revocation.model_validate({"made_at": desk.clock(), **fields}))

    answer = http.post("/access/keys/renew", json={}, headers=bearer(secret))

    assert (answer.status_code, answer.json()["type"]) == (403, "NotAllowed")
