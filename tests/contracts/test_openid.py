"""People sign in at an OpenID provider that others wrote, in a process of its own."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient
from support.access import Desk, a_desk
from support.clocks import StoppedClock
from support.nodes import bearer
from support.openid import RealProvider, a_real_provider

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


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealProvider]:
    with a_real_provider(tmp_path_factory.mktemp("provider"), ANA) as provider:
        yield provider


@pytest.fixture
def desk(tmp_path: Path, provider: RealProvider) -> Iterator[Desk]:
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


def begin(http: TestClient, provider: RealProvider) -> str:
    return http.get("/access/sign-in", params={"issuer": provider.url}).headers["location"]


def test_a_person_signs_in_and_is_known_as_the_provider_says(
    desk: Desk, http: TestClient, provider: RealProvider
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


def test_a_return_is_good_once(http: TestClient, provider: RealProvider) -> None:
    back = provider.agree(begin(http, provider), "ana")
    assert http.get(back).status_code == 200

    assert http.get(back).json()["type"] == "NotTrusted"


def test_a_code_that_was_used_is_refused_by_the_provider(
    http: TestClient, provider: RealProvider
) -> None:
    used = provider.agree(begin(http, provider), "ana")
    assert http.get(used).status_code == 200
    fresh = provider.agree(begin(http, provider), "ana")
    code = re.search(r"code=([^&]+)", used)
    assert code is not None

    answer = http.get(re.sub(r"code=[^&]+", f"code={code[1]}", fresh))

    assert answer.status_code == 403
    assert "code" in answer.json()["title"]


def test_who_says_no_at_the_provider_is_not_let_in(
    http: TestClient, provider: RealProvider
) -> None:
    address = begin(http, provider)
    back = httpx2.URL(provider.refuse(address))
    state = re.search(r"[?&]state=([^&]+)", address)
    assert state is not None

    answer = http.get("/access/sign-in/callback", params={**dict(back.params), "state": state[1]})

    assert answer.status_code == 403
    assert "access_denied" in answer.json()["title"]
