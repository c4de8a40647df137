"""Builders for trusted access: a node's people, keys and identities, without the rest of a node.

    with a_desk(tmp_path) as desk:
        alice = desk.person("alice")
        secret = desk.personal_key("alice")

`desk.runtime` is what doors are given; `desk.app()` serves the routes of this capability.
"""

import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from joserfc import jwt
from joserfc.jwk import RSAKey

from corridor.access.adapters.oidc import OpenIdProviders
from corridor.access.adapters.secret_file import secrets_at
from corridor.access.adapters.shipped import shipped_purposes
from corridor.access.records import (
    Account,
    ApiKey,
    KeyRevoked,
    Principal,
    Project,
    Role,
    VerifiedClaim,
)
from corridor.access.service.identities import Identities
from corridor.access.service.keys import ApiKeys
from corridor.access.service.people import People
from corridor.access.settings import AccessSettings, IssuerSettings
from corridor.access.store import MIGRATIONS as ACCESS_TABLES
from corridor.catalogue import Catalogue, Organisation, PackagedWeights
from corridor.core.corrections import Correction, Withdrawal
from corridor.core.errors import CorridorError
from corridor.core.records import Record
from corridor.core.store import Identity, Transaction, View
from corridor.edge.http import malformed
from corridor.edge.problems import problem
from corridor.edge.runtime import Runtime
from corridor.federation.store import MIGRATIONS as FEDERATION_TABLES
from support.builders import a_store, an_identity
from support.clocks import StoppedClock
from support.partners import shared_tls
from support.supply import THIS_MACHINE, an_organisation

KINDS: tuple[type[Record], ...] = (
    Account,
    ApiKey,
    Correction,
    KeyRevoked,
    Organisation,
    Principal,
    Project,
    VerifiedClaim,
    Withdrawal,
)
OPERATOR_TOKEN = "operator-of-a-test"  # noqa: S105  opens a node that lives as long as a test
ORGANISATIONS = {"acme": "IN", "tokodai": "JP"}


@dataclass(frozen=True)
class Desk:
    """A node's people, keys and identities on a store of their own."""

    home: Path
    clock: StoppedClock
    runtime: Runtime

    @cached_property
    def people(self) -> People:
        return self.runtime.service(People)

    @cached_property
    def keys(self) -> ApiKeys:
        return self.runtime.service(ApiKeys)

    @cached_property
    def identities(self) -> Identities:
        return self.runtime.service(Identities)

    @contextmanager
    def writing(self) -> Generator[Transaction]:
        with self.runtime.store.transaction("test") as tx:
            yield tx

    @contextmanager
    def reading(self) -> Generator[View]:
        with self.runtime.store.view() as view:
            yield view

    def person(
        self, name: str, organisation: str = "acme", roles: Sequence[Role] = ("member",)
    ) -> Principal:
        with self.writing() as tx:
            return self.people.register(tx, name, "person", organisation, roles)

    def service_of(self, person: str, name: str, organisation: str = "acme") -> Principal:
        with self.writing() as tx:
            return self.people.register(tx, name, "service", organisation, (), person)

    def project(self, name: str = "helpdesk", organisation: str = "acme") -> Project:
        with self.writing() as tx:
            return self.people.add_project(tx, name, name.title(), organisation)

    def personal_key(self, name: str) -> str:
        with self.writing() as tx:
            return self.keys.issue(tx, name, None, "laptop")[1]

    def project_key(self, name: str, project: str = "helpdesk", *models: str) -> str:
        with self.writing() as tx:
            return self.keys.issue(tx, name, project, "app", models or ("*",))[1]

    def known(self, shown: str) -> str:
        with self.reading() as view:
            return self.identities.known(view, shown).name

    def app(self, *routers: APIRouter) -> FastAPI:
        app = FastAPI()
        app.state.runtime = self.runtime
        app.add_exception_handler(CorridorError, problem)
        app.add_exception_handler(RequestValidationError, malformed)
        for router in routers:
            app.include_router(router)
        return app


@contextmanager
def a_desk(
    folder: Path,
    *,
    clock: StoppedClock | None = None,
    identity: Identity | None = None,
    issuers: Sequence[IssuerSettings] = (),
    secret_at: Callable[[str | None], str | None] = lambda _: None,
    **settings: object,
) -> Generator[Desk]:
    """Make a node's people, keys and identities; settings are those of [access]."""
    clock = clock or StoppedClock()
    access = AccessSettings.model_validate({"issuers": tuple(issuers), **settings})
    tables = ACCESS_TABLES + FEDERATION_TABLES
    store = a_store(folder, identity or an_identity(), clock, tables)
    catalogue = Catalogue(THIS_MACHINE, clock, folder, PackagedWeights(folder / "models"))
    keys = ApiKeys(access, clock, secrets_at(folder))
    trusted = {each.issuer: each for each in access.issuers}
    people = People(clock, catalogue, keys, tuple(trusted), lambda _: shipped_purposes())
    providers = OpenIdProviders(trusted, clock, secret_at, shared_tls())
    identities = Identities(access, clock, people, keys, providers)
    services = {
        Catalogue: catalogue,
        ApiKeys: keys,
        People: people,
        Identities: identities,
    }
    kinds = {kind.kind: kind for kind in KINDS}
    runtime = Runtime(folder, "http://node.example", store, services, kinds, OPERATOR_TOKEN)
    with store.transaction("test") as tx:
        for name, country in ORGANISATIONS.items():
            catalogue.register(tx, an_organisation(name, country=country))
    try:
        yield Desk(folder, clock, runtime)
    finally:
        store.close()


@cache
def an_rsa_key(kid: str = "one", number: int = 0) -> RSAKey:
    """Return a key of a name; by number, different ones of the same name."""
    del number  # of the cache's key alone
    return RSAKey.generate_key(2048, {"kid": kid})


@dataclass
class FakeProvider:
    """An OpenID provider on loopback that says whatever a test wants it to.

    It checks what a real one checks of a client (PKCE, redirect, a code used once), and signs any
    claims, or gives any text as its ID token.
    """

    client_id: str = "corridor"
    key: RSAKey = field(default_factory=an_rsa_key)
    now: Callable[[], float] = time.time
    claims: dict[str, object] = field(default_factory=dict[str, object])
    """What it says of everybody, over its own words."""
    forged: Callable[[dict[str, object]], str] | None = None
    """Makes the ID token of the claims, instead of signing them."""
    metadata: dict[str, object] = field(default_factory=dict[str, object])
    """What its configuration says, over its own words."""
    code: str = "code"
    """What its codes begin with."""
    silent: bool = False
    nonsense: bytes | None = None
    """What it answers to everything."""
    asked: list[str] = field(default_factory=list[str])
    """The paths that were asked for."""
    authorizations: list[str] = field(default_factory=list[str])
    """The authorization header of each request for tokens."""
    url: str = ""
    _codes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    def settings(self, **fields: object) -> IssuerSettings:
        """Return how a node trusts it."""
        return IssuerSettings.model_validate(
            {
                "issuer": self.url,
                "client_id": self.client_id,
                "level": 2,
                "organisation": "acme",
                **fields,
            }
        )

    def agree(self, address: str, subject: str = "sub-ana") -> dict[str, str]:
        """Sign somebody in at an address that a node sent them to; return the parameters back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["code_challenge_method"] == "S256"
        assert asked["response_type"] == "code"
        code = f"{self.code}-{len(self._codes)}"
        self._codes[code] = {**asked, "subject": subject}
        return {"code": code, "state": asked["state"]}

    def said(self, subject: str, nonce: str | None = None) -> dict[str, object]:
        """Return what it says of a person now."""
        now = int(self.now())
        own = {
            "iss": self.url,
            "sub": subject,
            "aud": self.client_id,
            "iat": now,
            "exp": now + 300,
            **({} if nonce is None else {"nonce": nonce}),
        }
        merged = own | self.claims
        return {name: value for name, value in merged.items() if value is not None}

    def signed(self, claims: Mapping[str, Any], key: RSAKey | None = None, **header: str) -> str:
        """Return a token with some claims, by its own key unless another is given."""
        with_key = key or self.key
        named = {"alg": "RS256", "kid": str(with_key.kid), **header}
        return jwt.encode(named, dict(claims), with_key, [named["alg"]])

    def answer(self, path: str, form: Mapping[str, str]) -> tuple[int, object]:
        """Answer a request."""
        self.asked.append(path)
        if self.silent:
            return 503, {}
        if self.nonsense is not None:
            return 200, self.nonsense
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                **self.metadata,
            }
        if path == "/keys":
            return 200, {"keys": [self.key.as_dict(private=False, use="sig")]}
        return self._tokens(form) if path == "/token" else (404, {})

    def _tokens(self, form: Mapping[str, str]) -> tuple[int, object]:
        asked = self._codes.pop(form.get("code", ""), None)
        digest = sha256(form.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant"}
        if asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        claims = self.said(asked["subject"], asked["nonce"])
        token = self.forged(claims) if self.forged else self.signed(claims)
        return 200, {"access_token": "at-1", "token_type": "Bearer", "id_token": token}


@contextmanager
def a_provider_of_identities(**fields: Any) -> Generator[FakeProvider]:  # noqa: ANN401  any field
    """Serve a fake OpenID provider on loopback."""
    provider = FakeProvider(**fields)

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            provider.authorizations.append(self.headers.get("authorization", ""))
            self._send({name: values[0] for name, values in parse_qs(body).items()})

        def _send(self, form: Mapping[str, str]) -> None:
            status, value = provider.answer(urlsplit(self.path).path, form)
            body = value if isinstance(value, bytes) else orjson.dumps(value)
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
