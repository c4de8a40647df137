"""Offices where access is asked for and decided on: whole services on a store of their own.

with an_office(tmp_path) as office:
    request = office.ask("meera", languages="hi-Deva")
    office.approve(request, "asha")
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from pydantic import JsonValue

from corridor.access.adapters.cedar import CedarEngine
from corridor.access.adapters.oidc import OpenIdProviders
from corridor.access.adapters.secret_file import secrets_at
from corridor.access.records import Countersignature, Grant, Level, Principal, Role, Verdict
from corridor.access.records.requests import RequestState
from corridor.access.service.cases import Cases
from corridor.access.service.countersigning import Countersigning
from corridor.access.service.grants import Grants
from corridor.access.service.identities import Identities
from corridor.access.service.keys import ApiKeys
from corridor.access.service.lowerings import Lowerings
from corridor.access.service.naming import Naming
from corridor.access.service.people import People
from corridor.access.service.policies import Policies
from corridor.access.service.requests import Requests
from corridor.access.service.revocations import Revocations
from corridor.access.settings import AccessSettings
from corridor.access.store import MIGRATIONS
from corridor.assurance import Assurance, Lowering, RiskTier, Rulebook, Tier
from corridor.catalogue import Catalogue, PackagedWeights
from corridor.core.records import Record
from corridor.core.signing import Signer, opened
from corridor.core.store import Transaction
from corridor.edge.runtime import Runtime
from corridor.evaluation import Evaluation, Evaluator
from corridor.evaluation.records import Taken
from corridor.evaluation.settings import EvaluationSettings
from corridor.federation import Partner
from support.access import OPERATOR_TOKEN, Desk
from support.arrivals import arrived, index
from support.builders import a_store, an_identity
from support.clocks import StoppedClock
from support.partners import shared_tls
from support.quiz import an_evaluation
from support.supply import DIGEST, THIS_MACHINE, a_model, a_supplier, an_organisation

COUNTRIES = {"acme": "IN", "mission": "IN", "tokodai": "JP", "nomad": None}
COMPLETE: Mapping[str, JsonValue] = {
    "project": "helpline",
    "model": "small",
    "surface": "api",
    "purpose": "agriculture-advice",
    "purpose_text": "Answer farmers' questions on the telephone.",
    "sensitivity": "public",
    "languages": "hi-Deva",
    "oversight": "Meera reads a sample each day.",
    "days": 30,
}
REASON = "for a test"


@dataclass(frozen=True)
class Office(Desk):
    """A node where people ask for access and decide on it."""

    @cached_property
    def name(self) -> str:
        return self.runtime.identity.name

    @cached_property
    def requests(self) -> Requests:
        return self.runtime.service(Requests)

    @cached_property
    def grants(self) -> Grants:
        return self.runtime.service(Grants)

    @cached_property
    def countersigning(self) -> Countersigning:
        return self.runtime.service(Countersigning)

    @cached_property
    def revocations(self) -> Revocations:
        return self.runtime.service(Revocations)

    @cached_property
    def policies(self) -> Policies:
        return self.runtime.service(Policies)

    def approver(
        self,
        name: str,
        organisation: str = "acme",
        level: Level | None = "high",
        person: str | None = None,
        roles: tuple[Role, ...] = ("approver",),
    ) -> Principal:
        """Register an approver whose identity is verified; `person` tells who it is by nature."""
        principal = self.person(name, organisation, roles)
        if level is not None:
            self.verify(name, level, person or name)
        return principal

    def verify(self, name: str, level: Level, person: str | None = None) -> None:
        until = self.clock() + timedelta(days=365)
        with self.writing() as tx:
            self.people.claim(
                tx, name, "identity", "seen", level, "operator", "in person", until, person
            )

    def rate(self, tier: Tier, sha256: str = DIGEST) -> None:
        """Set a tier, whatever was said before; earlier releases let one person do so."""
        with self.writing() as tx:
            tx.append(
                RiskTier(
                    made_at=self.clock(),
                    visibility="partners",
                    model="small",
                    model_sha256=sha256,
                    tier=tier,
                    framework="own judgement",
                    reasons="rated for a test",
                )
            )

    def evidence(
        self,
        language: str = "hi-Deva",
        *,
        days_ago: int = 0,
        sha256: str = DIGEST,
        taken: Taken | None = None,
    ) -> Evaluation:
        made_at = self.clock() - timedelta(days=days_ago)
        made = an_evaluation(sha256=sha256, language=language, made_at=made_at, taken=taken)
        with self.writing() as tx:
            return self.runtime.service(Evaluator).publish(tx, made)

    def draft(self, by: str = "meera", **fields: JsonValue) -> str:
        with self.writing() as tx:
            principal = self.people.principal(tx, by)
            return self.requests.new(tx, principal, {**COMPLETE, **fields}).id

    def ask(self, by: str = "meera", **fields: JsonValue) -> str:
        """Hand a complete request in; return its id. Dots in names are written as `__`."""
        changes = {name.replace("__", "."): value for name, value in fields.items()}
        draft = self.draft(by, **changes)
        with self.writing() as tx:
            return self.requests.submit(tx, draft, self.people.principal(tx, by)).id

    def state(self, request: str) -> RequestState:
        with self.reading() as view:
            return self.requests.state(view, request)

    def approve(self, request: str, by: str, **fields: object) -> Grant | None:
        seen = self.state(request).sha256
        words: dict[str, object] = {"sha256": seen, "reason": REASON, **fields}
        with self.writing() as tx:
            return self.grants.approve(tx, request, self.anyone(tx, by), **words)  # pyright: ignore[reportArgumentType]

    def refuse(self, request: str, by: str) -> None:
        seen = self.state(request).sha256
        with self.writing() as tx:
            self.grants.refuse(tx, request, self.anyone(tx, by), sha256=seen, reason=REASON)

    def countersign(
        self, issuer: str, grant: str, by: str, verdict: Verdict = "approve"
    ) -> Countersignature | None:
        with self.writing() as tx:
            seen = self.grants.grant(tx, grant, issuer=issuer).sha256
            return self.countersigning.countersign(
                tx,
                issuer,
                grant,
                self.anyone(tx, by),
                verdict=verdict,
                sha256=seen,
                reason=REASON,
            )

    def stage(self, grant: str, issuer: str | None = None) -> str:
        with self.reading() as view:
            return self.grants.grant(view, grant, issuer=issuer).stage

    def anyone(self, tx: Transaction, name: str) -> Principal:
        """Return a principal, though it may have left."""
        return next(each for each in self.people.people(tx) if each.name == name)

    def partner(self, name: str) -> None:
        key = Signer.generate().public.hex
        record = Partner(
            made_at=self.clock(), name=name, url=f"http://{name}.example", public_key=key
        )
        with self.writing() as tx:
            tx.append(record)

    def arrived(self, *records: Record, issuer: str) -> None:
        """Keep records as federation keeps a partner's, once it has verified them."""
        arrived(self.runtime.store, *records, issuer=issuer)

    def read(self, other: "Office") -> None:
        """Take what another office shows its partners, its very bytes, as an exchange does."""
        with other.reading() as theirs, self.writing() as tx:
            start = tx.log_size(other.name)
            for leaf in theirs.leaves(start, 10_000):
                if leaf.visibility == "internal":
                    tx.hide(other.name, leaf.position, leaf.commitment)
                    tx.grow(other.name, leaf.position, [leaf.commitment])
                else:
                    key = other.runtime.identity.signer.public
                    opened(leaf.envelope, key)
                    index(tx, other.name, leaf.envelope, leaf.salt)


@contextmanager
def an_office(
    folder: Path,
    name: str = "in",
    *,
    clock: StoppedClock | None = None,
    with_model: bool = True,
    **settings: object,
) -> Generator[Office]:
    """Make a node with one model, one project and one user, meera, who may ask."""
    clock = clock or StoppedClock()
    folder.mkdir(parents=True, exist_ok=True)
    access = AccessSettings.model_validate(settings)
    store = a_store(folder, an_identity(name), clock, MIGRATIONS)
    catalogue = Catalogue(THIS_MACHINE, clock, folder, PackagedWeights(folder / "models"))
    keys = ApiKeys(access, clock, secrets_at(folder))
    people = People(clock, catalogue, keys)
    identities = Identities(
        access, clock, people, keys, OpenIdProviders({}, clock, tls=shared_tls())
    )
    policies = Policies(clock, CedarEngine())
    assurance = Assurance(clock, catalogue)
    evaluator = Evaluator(EvaluationSettings(), clock, catalogue)
    cases = Cases(access, clock, people, catalogue, evaluator, assurance, policies.purposes)
    grants = Grants(access, clock, keys.secrets, cases, policies.version)
    services = {
        Catalogue: catalogue,
        ApiKeys: keys,
        People: people,
        Identities: identities,
        Policies: policies,
        Assurance: assurance,
        Rulebook: Rulebook(clock, catalogue),
        Lowerings: Lowerings(cases, Lowering(clock, catalogue, assurance)),
        Evaluator: evaluator,
        Requests: Requests(access, clock, catalogue, cases),
        Grants: grants,
        Naming: Naming(clock, catalogue, cases, grants),
        Countersigning: Countersigning(access, clock, catalogue, cases),
        Revocations: Revocations(clock, catalogue, cases),
    }
    runtime = Runtime(folder, f"http://{name}.example", store, services, {}, OPERATOR_TOKEN)
    with store.transaction("test") as tx:
        for organisation, country in COUNTRIES.items():
            catalogue.register(tx, an_organisation(organisation, country=country))
        if with_model:
            catalogue.register(tx, a_supplier())
            catalogue.register(tx, a_model(visibility="public"))
    office = Office(folder, clock, runtime)
    office.person("meera", "mission")
    office.verify("meera", "high")
    office.project("helpline", "mission")
    try:
        yield office
    finally:
        store.close()
