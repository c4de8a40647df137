"""Two nodes and the border between them: real stores, real HTTP on loopback, a link that can be cut.

with a_border(tmp_path) as border:
    grant = border.grant(tier=3)          # issued by jp, for a model of in
    border.sync()
    border.renew()                        # in asks jp for a lease
    border.jp.stop()                      # from here on in cannot reach jp
    border.clock.advance(120)
    border.decide(grant)
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError

from corridor.access.adapters.cedar import CedarEngine
from corridor.access.adapters.oidc import OpenIdProviders
from corridor.access.adapters.secret_file import secrets_at
from corridor.access.records import (
    Conditions,
    Countersignature,
    Decision,
    Grant,
    Lease,
    Project,
    Purpose,
    Query,
    Resolution,
    Role,
    VerifiedClaim,
)
from corridor.access.routes.borders import router
from corridor.access.rules.state import KINDS as RESTED_ON
from corridor.access.service.borders import Borders
from corridor.access.service.decider import Decider
from corridor.access.service.identities import Identities
from corridor.access.service.keys import ApiKeys
from corridor.access.service.people import People
from corridor.access.service.policies import Policies
from corridor.access.service.resolutions import Resolutions
from corridor.access.settings import AccessSettings
from corridor.access.store import MIGRATIONS as ACCESS_TABLES
from corridor.access.store import leases
from corridor.app.serve import bound_socket
from corridor.assurance import RiskTier
from corridor.catalogue import Catalogue, PackagedWeights
from corridor.core.clock import Clock
from corridor.core.errors import CorridorError
from corridor.core.records import Record
from corridor.core.signing import Signer, sealed
from corridor.core.statements import stated
from corridor.core.store import Arrival, Kept, commitment_of
from corridor.edge.http import malformed
from corridor.edge.problems import problem
from corridor.edge.runtime import Runtime
from corridor.evaluation import Evaluation, wilson
from corridor.federation import Exchange, Federation, Keys, Partner, Witness
from corridor.federation.adapters.http import HttpPartnerClient
from corridor.federation.adapters.neighbours import HttpNeighbours
from corridor.federation.adapters.witnesses import HttpWitnessClient
from corridor.federation.routes import router as federation_router
from corridor.federation.store import MIGRATIONS as FEDERATION_TABLES
from support.builders import a_store, an_identity
from support.clocks import StoppedClock
from support.partners import QUICK, introduce, pull, until
from support.supply import THIS_MACHINE, an_organisation

HOST = "127.0.0.1"
TOKEN = "operator-of-a-test"  # noqa: S105  opens a node that lives as long as a test
MODEL, DIGEST, LANGUAGE = "small", "ab" * 32, "hi-Deva"
USER, PROJECT, PURPOSE, ORGANISATION = "meera", "helpline", "agriculture-advice", "mission"
KINDS: tuple[type[Record], ...] = (*RESTED_ON, Resolution)
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""It trusts nobody, for here is no TLS; to load what the system trusts takes a while."""
TABLES = (*FEDERATION_TABLES, *ACCESS_TABLES)


@dataclass
class Side:
    """One node; served while it can be reached."""

    runtime: Runtime
    listener: socket.socket
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        return self.runtime.identity.name

    @property
    def borders(self) -> Borders:
        return self.runtime.service(Borders)

    @property
    def resolutions(self) -> Resolutions:
        return self.runtime.service(Resolutions)

    @property
    def people(self) -> People:
        return self.runtime.service(People)

    def start(self) -> None:
        """Let others reach it."""
        app = FastAPI()
        app.state.runtime = self.runtime
        app.add_exception_handler(CorridorError, problem)
        app.add_exception_handler(RequestValidationError, malformed)
        app.include_router(federation_router)
        app.include_router(router)
        config = uvicorn.Config(
            app, log_config=None, lifespan="off", ws="none", timeout_keep_alive=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [self.listener]})
        thread.start()
        self._server, self._thread = server, thread
        until(lambda: server.started)

    def begin_to_stop(self) -> None:
        """Let the server end by itself; `stop` waits for that."""
        if self._server is not None:
            self._server.should_exit = True

    def stop(self) -> None:
        """Cut it off: whoever asks it is refused the connection."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join(timeout=60)
        self._server = self._thread = None
        self.listener.close()
        self.listener = bound_socket(HOST, int(self.runtime.address.rpartition(":")[2]))

    def state(self, record: Record) -> Kept[Any]:
        """State a record, and return it with its place."""
        with self.runtime.store.transaction("test") as tx:
            return Kept(tx.append(record), record)

    def partner(self, name: str) -> Partner:
        with self.runtime.store.view() as view:
            return self.runtime.service(Federation).partner(view, name)

    def suspend(self, name: str) -> None:
        with self.runtime.store.transaction("test") as tx:
            self.runtime.service(Federation).suspend(tx, name, "a test")

    def person(self, name: str, *roles: Role) -> str:
        """Register a person; return a personal key."""
        with self.runtime.store.transaction("test") as tx:
            self.people.register(tx, name, "person", ORGANISATION, roles)
            return self.runtime.service(ApiKeys).issue(tx, name, None, "laptop")[1]

    def account(self) -> str:
        """Return all that was written down of what was done here, as text."""
        with self.runtime.store.view() as view:
            return "\n".join(each.model_dump_json() for each in view.audited())

    def lease(self, issuer: str) -> Lease | None:
        """Return the lease that is held of another node."""
        with self.runtime.store.view() as view:
            return leases.heard(view).get(issuer)

    @property
    def decider(self) -> Decider:
        return self.runtime.service(Decider)


@dataclass
class Border:
    """Two partners: callers are at `jp`, the model is at `at_in`."""

    clock: StoppedClock
    jp: Side
    at_in: Side

    @property
    def pseudonym(self) -> str:
        """Of the user of `jp`, before `in`."""
        return self.jp.borders.secrets.pseudonym(USER, "in")

    def grant(self, *, tier: int = 1, agreed: bool = True, **fields: object) -> Kept[Grant]:
        """Rate the model at `in`, grant its use at `jp`, and countersign it where `agreed`."""
        self.rate(tier)
        kept = self.jp.state(a_grant(self.pseudonym, self.clock, tier=tier, **fields))
        self.sync()
        if agreed:
            self.agree(kept)
        return kept

    def rate(self, tier: int) -> None:
        rating = {"model": MODEL, "model_sha256": DIGEST, "tier": tier, "framework": "a test"}
        fields = {"made_at": self.clock(), "reasons": "set for a test", **rating}
        self.at_in.state(RiskTier.model_validate(fields))

    def agree(self, kept: Kept[Grant]) -> None:
        """Countersign a grant at `in`."""
        word = {
            "grant_issuer": "jp",
            "grant_id": kept.record.id,
            "grant_sha256": kept.entry.sha256,
            "verdict": "approve",
            "reason": "a test",
            "approvals": 1,
            "approver_countries": ("IN",),
        }
        self.at_in.state(Countersignature.model_validate({"made_at": self.clock(), **word}))

    def sync(self) -> None:
        """Let each node read the other's log."""
        pull(self.at_in.runtime, self.at_in.partner("jp"))
        pull(self.jp.runtime, self.jp.partner("in"))

    def renew(self) -> bool:
        """Ask `jp` for a lease, as `in`; say whether it is new."""
        partner, asked_at = self.at_in.partner("jp"), self.clock()
        envelope = asyncio.run(self.at_in.borders.ask_lease(partner))
        lease = self.at_in.borders.read_lease(partner, envelope, asked_at)
        with self.at_in.runtime.store.transaction("test") as tx:
            return self.at_in.borders.keep_lease(tx, lease)

    def query(self, kept: Kept[Grant]) -> Query:
        """Return what `in` is asked with a grant."""
        return Query(
            principal=self.pseudonym,
            project=PROJECT,
            model=MODEL,
            model_sha256=DIGEST,
            purpose=PURPOSE,
            language=LANGUAGE,
            issuer="jp",
            grant_id=kept.record.id,
        )

    def decide(self, kept: Kept[Grant]) -> Decision:
        """Decide at `in` on a request of the user of `jp`, by all that is known there now."""
        decider = self.at_in.decider
        with self.at_in.runtime.store.view() as view:
            decider.refresh(view)
        return decider.decide(self.query(kept))

    def allowed_at_home(self, kept: Kept[Grant]) -> tuple[Query, Decision]:
        """Return what the user asks of `jp`, and that `jp` allows it."""
        now = self.clock()
        verified = {"value": "verified", "level": "high", "verified_by": "x", "method": "test"}
        claim = {"principal": USER, "claim": "identity", "until": now + timedelta(days=9)}
        project = {"name": PROJECT, "title": PROJECT, "organisation": ORGANISATION}
        rating = {"model": MODEL, "model_sha256": DIGEST, "tier": kept.record.tier}
        why = {"framework": "a test", "reasons": "set for a test"}
        self.jp.state(VerifiedClaim.model_validate({"made_at": now, **verified, **claim}))
        self.jp.state(Project.model_validate({"made_at": now, **project}))
        self.jp.state(RiskTier.model_validate({"made_at": now, **rating, **why}))
        self.sync()
        query = replace(self.query(kept), principal=USER, issuer="", grant_id="")
        with self.jp.runtime.store.view() as view:
            self.jp.decider.refresh(view)
        return query, self.jp.decider.decide(query, node="in")


def a_grant(grantee: str, clock: Clock, *, tier: int = 1, **fields: object) -> Grant:
    """Return a grant of a node to one of its users for a model of `in`; it ends in a month."""
    now = clock()
    return Grant.model_validate(
        {
            "made_at": now,
            "visibility": "partners",
            "grantee": grantee,
            "grantee_type": "person",
            "organisation": ORGANISATION,
            "country": "JP",
            "identity_level": 3,
            "project": PROJECT,
            "model": MODEL,
            "model_sha256": DIGEST,
            "node": "in",
            "tier": tier,
            "surface": "api",
            "purpose": PURPOSE,
            "use_class": "general",
            "sensitivity": "public",
            "languages": (LANGUAGE,),
            "conditions": Conditions(),
            "evidence": (),
            "approvals": 1,
            "approver_countries": ("JP",),
            "request_sha256": "bb" * 32,
            "policy_version": "cc" * 32,
            "valid_from": now - timedelta(days=1),
            "until": now + timedelta(days=30),
            "review_at": now + timedelta(days=20),
            **fields,
        }
    )


def an_evaluation(clock: Clock) -> Evaluation:
    """Return evidence of the model in the language of use."""
    return Evaluation(
        made_at=clock() - timedelta(days=1),
        model=MODEL,
        model_sha256=DIGEST,
        provider="x",
        suite="s",
        suite_version="1",
        suite_sha256="cc" * 32,
        language=LANGUAGE,
        method="m",
        seed=1,
        n=4,
        correct=3,
        outcomes="1110",
        score=wilson(3, 4),
    )


@contextmanager
def a_side(
    folder: Path, name: str, clock: Clock, settings: AccessSettings | None = None
) -> Generator[Side]:
    """Make one node, not yet served."""
    home = folder / name
    home.mkdir()
    settings, identity = settings or AccessSettings(), an_identity(name)
    store = a_store(home, identity, clock, TABLES)
    kinds = {kind.kind: kind for kind in KINDS}
    client = HttpPartnerClient(QUICK, identity, PLAIN)
    federation = Federation(QUICK, clock, identity, kinds, client)
    catalogue = Catalogue(THIS_MACHINE, clock, home, PackagedWeights(home / "models"))
    secrets = secrets_at(home)
    keys = ApiKeys(settings, clock, secrets)
    people = People(clock, catalogue, keys)
    neighbours = HttpNeighbours(identity, tls=PLAIN)
    policies = Policies(clock, CedarEngine())
    services = {
        Federation: federation,
        Exchange: Exchange(QUICK, clock, kinds, client),
        Keys: Keys(clock, identity, federation, client),
        Witness: Witness(
            QUICK, clock, identity, federation, HttpWitnessClient(QUICK, identity, PLAIN)
        ),
        ApiKeys: keys,
        People: people,
        Identities: Identities(
            settings, clock, people, keys, OpenIdProviders({}, clock, tls=PLAIN)
        ),
        Borders: Borders(settings, clock, identity, secrets, federation, neighbours),
        Resolutions: Resolutions(clock, identity, secrets, people, federation, neighbours),
        Policies: policies,
        Decider: Decider.at(settings, clock, secrets, policies, name),
    }
    listener = bound_socket(HOST, 0)
    address = f"http://{HOST}:{listener.getsockname()[1]}"
    with store.transaction("test") as tx:
        catalogue.register(tx, an_organisation(ORGANISATION, country="JP"))
    side = Side(Runtime(home, address, store, services, kinds, TOKEN), listener)
    try:
        yield side
    finally:
        side.stop()
        side.listener.close()
        store.close()


@contextmanager
def a_border(
    folder: Path, *, clock: StoppedClock | None = None, **settings: object
) -> Generator[Border]:
    """Make two partners that see each other, a user at `jp` and a model at `in`."""
    clock = clock or StoppedClock()
    access = AccessSettings.model_validate(settings)
    with (
        a_side(folder, "jp", clock, access) as jp,
        a_side(folder, "in", clock, access) as at_in,
    ):
        introduce(jp.runtime, at_in.runtime)
        introduce(at_in.runtime, jp.runtime)
        jp.person(USER, "member")
        for side in (jp, at_in):
            purpose = Purpose(made_at=clock(), name=PURPOSE, title="Advice", use_class="general")
            side.state(purpose)
            side.state(an_evaluation(clock))
            side.start()
        try:
            yield Border(clock, jp, at_in)
        finally:
            jp.begin_to_stop()
            at_in.begin_to_stop()


def take_in(side: Side, issuer: Signer, name: str, record: Record) -> None:
    """Index a record of another node's log, its first, as the exchange does once it is verified."""
    statement, claim = stated(record, name)
    salt, envelope = bytes(32), sealed(statement, issuer)
    with side.runtime.store.transaction("test") as tx:
        tx.index([Arrival(0, salt, envelope, claim)])
        tx.grow(name, 0, [commitment_of(salt, envelope)])
