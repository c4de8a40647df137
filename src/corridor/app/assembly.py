"""How the parts fit together. Read this file to learn what depends on what."""

from pathlib import Path

from corridor.access import UseReports
from corridor.access.store import MIGRATIONS as ACCESS_TABLES
from corridor.app.access_parts import access_parts
from corridor.app.home import Home
from corridor.app.keys import KeyFiles, check_key, finish_change
from corridor.app.kinds import KINDS
from corridor.app.served import Served
from corridor.app.settings import Settings, settings_at
from corridor.assurance import (
    Campaigns,
    Findings,
    Rounds,
)
from corridor.assurance.adapters.sealed import SealedTexts
from corridor.catalogue import (
    Catalogue,
    PackagedWeights,
)
from corridor.catalogue.adapters.credentials import key_at
from corridor.core.clock import Clock, wall_clock
from corridor.core.errors import Invalid
from corridor.core.signing import Signer
from corridor.core.store import Identity, Store
from corridor.drills import Drills, Planning, Reader, Rehearsals
from corridor.drills.store import MIGRATIONS as DRILL_TABLES
from corridor.edge.runtime import Runtime
from corridor.evaluation import (
    Evaluator,
    Runs,
    Talks,
)
from corridor.evaluation.adapters.vault import Vault
from corridor.federation import (
    Cosigner,
    Exchange,
    Federation,
    Gossip,
    Introductions,
    Keys,
    LogRecovery,
    Witness,
)
from corridor.federation.adapters.http import HttpPartnerClient
from corridor.federation.adapters.introductions import HttpMessenger
from corridor.federation.adapters.mirrors import HttpMirrorClient
from corridor.federation.adapters.neighbours import HttpNeighbours
from corridor.federation.adapters.witnesses import HttpWitnessClient
from corridor.federation.store import MIGRATIONS as FEDERATION_TABLES
from corridor.gateway import (
    AccountedRequests,
    Admission,
    Applying,
    Freshness,
    Gateway,
    Guarding,
    Guards,
    Incidents,
    Leases,
    Limits,
    Metering,
    Proxy,
    Retaining,
    Routing,
)
from corridor.gateway.adapters.identifier import PackagedIdentifier
from corridor.gateway.adapters.metrics import Metrics
from corridor.gateway.adapters.moderation import HttpModerator
from corridor.gateway.adapters.personal import PersonalIdentifiers
from corridor.gateway.adapters.retention_keys import FILE_NAME as KEYS_OF_RETAINED
from corridor.gateway.adapters.retention_keys import DayKeys
from corridor.gateway.ports import Tracer
from corridor.gateway.store import MIGRATIONS as GATEWAY_TABLES
from corridor.supply_chain import SupplyChain
from corridor.supply_chain.adapters.own import shipped

TABLES = (*FEDERATION_TABLES, *ACCESS_TABLES, *GATEWAY_TABLES, *DRILL_TABLES)


def assemble(settings: Settings, home: Path, store: Store, token: str, clock: Clock) -> Runtime:
    """Build every service, once, in the order in which they need each other."""
    kinds = {kind.kind: kind for kind in KINDS}
    identity = store.identity
    client = HttpPartnerClient(settings.federation, identity)
    federation = Federation(settings.federation, clock, identity, kinds, client)
    keys = Keys(clock, identity, federation, client)
    mirrors = HttpMirrorClient(settings.federation, identity, client.tls)
    recovery = LogRecovery(settings.federation, clock, identity, federation, keys, mirrors)
    messenger = HttpMessenger(settings.federation, client.tls)
    introductions = Introductions(clock, identity, federation, messenger)
    asking = HttpWitnessClient(settings.federation, identity, client.tls)
    witness = Witness(settings.federation, clock, identity, federation, asking)
    cosigner = Cosigner(clock, identity, federation, asking)
    gossip = Gossip(clock, identity, federation, keys, witness, asking)
    weights = PackagedWeights(home / "models")
    exchange = Exchange(settings.federation, clock, kinds, client)
    catalogue = Catalogue(settings.catalogue, clock, home, weights)
    evaluator = Evaluator(settings.evaluation, clock, catalogue)
    access = access_parts(
        settings, home, store, clock, federation, cosigner, catalogue, evaluator, client.tls
    )
    metering = Metering(clock, catalogue, access.people, access.keys)
    folder = home / "evaluation"
    vault = Vault(home, Home(home).texts)
    runs = Runs(
        settings.evaluation,
        clock,
        catalogue,
        folder,
        identity.name,
        vault,
        metering.price_asked,
    )
    routing = Routing(catalogue, evaluator, access.assurance)
    leases = Leases(settings.gateway.lease_seconds)
    gateway = Gateway(catalogue, clock, settings.gateway, leases, routing=routing)
    fresh = Freshness(settings.gateway.snapshot_seconds)
    admission = Admission(
        clock, access.decider, access.keys, access.bearers, access.borders, store, fresh
    )
    guards = Guards(HttpModerator(lambda reference: key_at(reference, home)))
    retaining = Retaining(clock, DayKeys(home / KEYS_OF_RETAINED))
    proxy = Proxy(settings.gateway, clock, admission, guards, retaining)
    proxy.identifier = PackagedIdentifier()
    if settings.gateway.traces is not None:
        proxy.tracer = _traces(settings.gateway.traces, identity.name)
    metrics = Metrics()
    proxy.observed_by(metrics)
    guarding = Guarding(clock)
    neighbours = HttpNeighbours(identity, tls=client.tls)
    texts = SealedTexts(home / "assurance", vault)
    campaigns = Campaigns(clock, catalogue, texts)
    findings = Findings(clock, catalogue, campaigns, PersonalIdentifiers(), neighbours)
    drills = Drills(
        settings.drills, clock, catalogue, evaluator, gateway, access.keys, access.people
    )
    chain = SupplyChain(clock, catalogue, Served(gateway), shipped)
    reader = Reader(
        settings.drills,
        clock,
        catalogue,
        evaluator,
        gateway,
        access.keys,
        access.people,
        access.decider,
        chain,
    )
    rehearsals = Rehearsals(settings.drills, clock, catalogue, gateway, access.keys, access.people)
    return Runtime(
        home,
        settings.node.address,
        store,
        {
            Federation: federation,
            Keys: keys,
            Introductions: introductions,
            LogRecovery: recovery,
            Witness: witness,
            Cosigner: cosigner,
            Gossip: gossip,
            Exchange: exchange,
            Catalogue: catalogue,
            Evaluator: evaluator,
            Runs: runs,
            **access.services,
            Campaigns: campaigns,
            Rounds: Rounds(campaigns, Talks(runs)),
            Findings: findings,
            UseReports: UseReports(clock, findings, AccountedRequests(catalogue)),
            Incidents: Incidents(clock, findings),
            Gateway: gateway,
            Metering: metering,
            Limits: proxy.limits,
            Guarding: guarding,
            Applying: Applying(clock, gateway, metering, guarding, retaining),
            Retaining: retaining,
            Metrics: metrics,
            Proxy: proxy,
            SupplyChain: chain,
            Drills: drills,
            Planning: Planning(reader),
            Rehearsals: rehearsals,
        },
        kinds,
        token,
    )


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


def open_node(path: Path, clock: Clock = wall_clock) -> Runtime:
    """Assemble the node in a folder; a change of its key that was cut off is finished before.

    Raises:
        NoNode: if there is none.
        StoreUnavailable: if its store cannot be used.
        WrongKey: if the key in the folder is not the one that signs its log.
    """
    home = Home(path)
    finish_change(KeyFiles(home), lambda signer: open_as(path, signer, clock))
    home.require()
    runtime = open_as(path, Signer.load(home.key), clock)
    try:
        check_key(runtime)
    except BaseException:
        runtime.store.close()
        raise
    return runtime


def open_as(path: Path, signer: Signer, clock: Clock = wall_clock) -> Runtime:
    """Assemble the node in a folder with a key that is given."""
    home, settings = Home(path), settings_at(path)
    identity = Identity(settings.node.name, signer)
    store = Store.open(settings.store.url_at(path), identity, clock, TABLES)
    return assemble(settings, path, store, home.token.read_text().strip(), clock)
