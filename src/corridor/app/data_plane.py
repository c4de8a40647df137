"""What answering callers needs, and no more: the parts that a node and its workers share."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from corridor.access import Account, ApiKeys, Bearers, Borders, Decider, Policies, Secrets
from corridor.access.adapters.cedar import CedarEngine
from corridor.access.adapters.oidc import OpenIdProviders
from corridor.access.adapters.secret_file import secrets_at
from corridor.app.kinds import KINDS
from corridor.app.settings import Settings
from corridor.assurance import Assurance
from corridor.catalogue import Catalogue, PackagedWeights
from corridor.catalogue.adapters.credentials import key_at
from corridor.core.clock import Clock
from corridor.core.errors import Invalid
from corridor.core.records import Record
from corridor.core.store import Store
from corridor.edge.runtime import Runtime
from corridor.evaluation import Evaluator
from corridor.federation import Federation, Keys
from corridor.federation.adapters.http import HttpPartnerClient
from corridor.federation.adapters.neighbours import HttpNeighbours
from corridor.gateway import (
    Admission,
    Freshness,
    Gateway,
    Guards,
    Leases,
    Limits,
    Proxy,
    Retaining,
    Routing,
)
from corridor.gateway.adapters.identifier import PackagedIdentifier
from corridor.gateway.adapters.metrics import Metrics
from corridor.gateway.adapters.moderation import HttpModerator
from corridor.gateway.adapters.retention_keys import FILE_NAME as KEYS_OF_RETAINED
from corridor.gateway.adapters.retention_keys import DayKeys
from corridor.gateway.ports import Tracer


@dataclass(frozen=True, slots=True)
class Known:
    """What a node knows of others, of models, and of whom it may let in."""

    kinds: Mapping[str, type[Record]]
    partners: HttpPartnerClient
    neighbours: HttpNeighbours
    federation: Federation
    node_keys: Keys
    catalogue: Catalogue
    evaluator: Evaluator
    assurance: Assurance
    secrets: Secrets
    providers: OpenIdProviders
    keys: ApiKeys
    policies: Policies
    borders: Borders
    decider: Decider
    account: Account


@dataclass(frozen=True, slots=True)
class DataPlane:
    """The parts, in the order in which they need each other."""

    known: Known
    gateway: Gateway
    retaining: Retaining
    proxy: Proxy
    services: Mapping[type, object]
    """Those that are asked for by their type."""


def known_to(settings: Settings, home: Path, store: Store, clock: Clock) -> Known:
    """Build what answers are decided by."""
    identity, own = store.identity, settings.access
    kinds = {kind.kind: kind for kind in KINDS}
    client = HttpPartnerClient(settings.federation, identity)
    neighbours = HttpNeighbours(identity, tls=client.tls)
    federation = Federation(settings.federation, clock, identity, kinds, client)
    catalogue = Catalogue(settings.catalogue, clock, home, PackagedWeights(home / "models"))
    secrets, policies = secrets_at(home), Policies(clock, CedarEngine())
    issuers = {issuer.issuer: issuer for issuer in own.issuers}
    return Known(
        kinds,
        client,
        neighbours,
        federation,
        Keys(clock, identity, federation, client),
        catalogue,
        Evaluator(settings.evaluation, clock, catalogue),
        Assurance(clock, catalogue),
        secrets,
        OpenIdProviders(issuers, clock, lambda reference: key_at(reference, home), client.tls),
        ApiKeys(own, clock, secrets),
        policies,
        Borders(own, clock, identity, secrets, federation, neighbours),
        Decider.at(own, clock, secrets, policies, identity.name),
        Account(secrets),
    )


def data_plane(settings: Settings, home: Path, store: Store, clock: Clock) -> DataPlane:
    """Build what answers callers."""
    known, own = known_to(settings, home, store, clock), settings.gateway
    routing = Routing(known.catalogue, known.evaluator, known.assurance)
    leases = Leases(own.lease_seconds)
    gateway = Gateway(known.catalogue, clock, own, leases, routing=routing)
    bearers = Bearers(clock, known.providers)
    fresh = Freshness(own.snapshot_seconds)
    admission = Admission(clock, known.decider, known.keys, bearers, known.borders, store, fresh)
    guards = Guards(HttpModerator(lambda reference: key_at(reference, home)))
    retaining = Retaining(clock, DayKeys(home / KEYS_OF_RETAINED))
    proxy = Proxy(own, clock, admission, guards, retaining)
    proxy.identifier = PackagedIdentifier()
    if own.traces is not None:
        proxy.tracer = _traces(own.traces, store.identity.name)
    metrics = Metrics()
    proxy.observed_by(metrics)
    services: dict[type, object] = {
        Federation: known.federation,
        Keys: known.node_keys,
        Catalogue: known.catalogue,
        Evaluator: known.evaluator,
        Assurance: known.assurance,
        ApiKeys: known.keys,
        Policies: known.policies,
        Borders: known.borders,
        Decider: known.decider,
        Account: known.account,
        Gateway: gateway,
        Limits: proxy.limits,
        Retaining: retaining,
        Metrics: metrics,
        Proxy: proxy,
    }
    return DataPlane(known, gateway, retaining, proxy, services)


def assemble_worker(
    settings: Settings, home: Path, store: Store, token: str, clock: Clock
) -> Runtime:
    """Build the services of a process that answers callers and nobody else."""
    plane = data_plane(settings, home, store, clock)
    return Runtime(home, settings.node.address, store, plane.services, plane.known.kinds, token)


def _traces(endpoint: str, node: str) -> Tracer:
    """Return what traces requests; the library is taken in only where it is asked for.

    Raises:
        Invalid: if it is not installed.
    """
    try:
        from corridor.gateway.adapters.traces import Traces
    except ModuleNotFoundError as error:
        raise Invalid(
            "gateway.traces is set, and the library for it is not installed.",
            hint="pip install 'corridor[telemetry]', or take the setting out.",
        ) from error
    return Traces.to(endpoint, node)
