"""People sign in at an OpenID provider that others wrote, in a process of its own."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient
from support.access import Desk, a_desk
from support.clocks import StoppedClock
from support.nodes import bearer
from support.partners import until

from corridor.access.routes import keys, people, sign_in
from corridor.access.settings import IssuerSettings
from corridor.core.clock import wall_clock

ANA = {
    "sub": "ana",
    "preferred_username": "ana.example",
    "groups": ["approvers"],
    "org": "Tokyo",
    "resident": "4711",
}
SECRET = "a-client-secret"  # noqa: S105  the provider takes any


@dataclass(frozen=True)
class Provider:
    url: str

    def agree(self, address: str, subject: str) -> str:
        """Sign somebody in as a browser would; return where the browser is sent."""
        form = httpx2.get(address)
        assert form.status_code == 200
        assert "<form" in form.text
        sent = httpx2.post(address, data={"sub": subject}, follow_redirects=False)
        assert sent.status_code == 302
        return sent.headers["location"]

    def refuse(self, address: str) -> str:
        sent = httpx2.post(address, data={"action": "deny"}, follow_redirects=False)
        return sent.headers["location"]


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = tmp_path_factory.mktemp("provider") / "said"
    with said.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  our own interpreter
            [
                *(sys.executable, "-m", "oidc_provider_mock"),
                *("--port", str(port), "--require-nonce"),
                *("--user-claims", json.dumps(ANA)),
            ],
            env={**os.environ, "NO_COLOR": "1"},
            stdout=output,
            stderr=output,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        until(lambda: process.poll() is not None or _answers(url), 60)
        assert process.poll() is None, said.read_text()
        yield Provider(url)
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/.well-known/openid-configuration").status_code == 200
    except httpx2.TransportError:
        return False


@pytest.fixture
def desk(tmp_path: Path, provider: Provider) -> Iterator[Desk]:
    issuer = IssuerSettings(
        issuer=provider.url,
        client_id="corridor",
        client_secret="env:OIDC",  # noqa: S106  where it is
        level=3,
        organisations={"Tokyo": "tokodai"},
        organisation="acme",
        roles={"approvers": "approver"},
        person_claim="resident",
    )
    clock = StoppedClock(wall_clock())
    with a_desk(tmp_path, clock=clock, issuers=[issuer], secret_at=lambda _: SECRET) as desk:
        yield desk


@pytest.fixture
def http(desk: Desk) -> Iterator[TestClient]:
    app = desk.app(people.router, keys.router, sign_in.router)
    with TestClient(app, base_url="http://node.example", follow_redirects=False) as client:
        yield client


def begin(http: TestClient, provider: Provider) -> str:
    return http.get("/access/sign-in", params={"issuer": provider.url}).headers["location"]


def test_a_person_signs_in_and_is_known_as_the_provider_says(
    desk: Desk, http: TestClient, provider: Provider
) -> None:
    address = begin(http, provider)
    assert re.search(r"[?&]code_challenge_method=S256(&|$)", address)

    back = provider.agree(address, "ana")
    entered = http.get(back)

    assert back.startswith("http://node.example/access/sign-in/callback?")
    assert entered.status_code == 200
    me = http.get("/access/me", headers=bearer(entered.json()["token"])).json()
    assert me["name"] == "ana.example"
    assert (me["organisation"], me["roles"], me["identity_level"]) == ("tokodai", ["approver"], 3)
    with desk.reading() as view:
        marks = {claim.same_person for claim in desk.people.claims(view, "ana.example")}
    assert marks == {desk.keys.secrets.person_mark("4711")}


def test_a_return_is_good_once(http: TestClient, provider: Provider) -> None:
    back = provider.agree(begin(http, provider), "ana")
    assert http.get(back).status_code == 200

    assert http.get(back).json()["type"] == "NotTrusted"


def test_a_code_that_was_used_is_refused_by_the_provider(
    http: TestClient, provider: Provider
) -> None:
    used = provider.agree(begin(http, provider), "ana")
    assert http.get(used).status_code == 200
    fresh = provider.agree(begin(http, provider), "ana")
    code = re.search(r"code=([^&]+)", used)
    assert code is not None

    answer = http.get(re.sub(r"code=[^&]+", f"code={code[1]}", fresh))

    assert answer.status_code == 403
    assert "code" in answer.json()["title"]


def test_who_says_no_at_the_provider_is_not_let_in(http: TestClient, provider: Provider) -> None:
    address = begin(http, provider)
    back = httpx2.URL(provider.refuse(address))
    state = re.search(r"[?&]state=([^&]+)", address)
    assert state is not None

    answer = http.get("/access/sign-in/callback", params={**dict(back.params), "state": state[1]})

    assert answer.status_code == 403
    assert "access_denied" in answer.json()["title"]


def test_a_service_shows_the_providers_own_token(
    desk: Desk, http: TestClient, provider: Provider
) -> None:
    http.get(provider.agree(begin(http, provider), "ana"))
    verifier = "v" * 43
    asking = desk.identities.providers.address_to(
        provider.url, "http://elsewhere.example/cb", "s", "n", verifier
    )
    back = httpx2.URL(provider.agree(asking, "ana"))
    tokens = desk.identities.providers.tokens_for(
        provider.url, back.params["code"], "http://elsewhere.example/cb", verifier
    )

    with desk.reading() as view:
        known = desk.identities.from_token(view, tokens.id_token)

    assert known.name == "ana.example"
