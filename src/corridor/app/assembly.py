"""How the parts fit together. Read this file to learn what depends on what."""

from pathlib import Path

from corridor.app.home import Home
from corridor.app.settings import Settings, settings_at
from corridor.catalogue import Catalogue, Model, Organisation, PackagedWeights, Provider, Supplier
from corridor.core.clock import Clock, wall_clock
from corridor.core.records import Record
from corridor.core.signing import Signer
from corridor.core.store import Identity, Store
from corridor.drills import DrillResult, Drills
from corridor.edge.runtime import Runtime
from corridor.evaluation import Evaluation, Evaluator
from corridor.federation import Federation, Partner
from corridor.federation.adapters.http import HttpPartnerClient
from corridor.federation.store import MIGRATIONS as FEDERATION_TABLES
from corridor.gateway import (
    ApiKey,
    ApiKeyRevoked,
    Gateway,
    Proxy,
    Route,
    Service,
    Suspension,
    SuspensionLifted,
)
from corridor.gateway.store import MIGRATIONS as GATEWAY_TABLES

KINDS: tuple[type[Record], ...] = (
    Partner,
    Organisation,
    Supplier,
    Model,
    Provider,
    Evaluation,
    Service,
    Route,
    ApiKey,
    ApiKeyRevoked,
    Suspension,
    SuspensionLifted,
    DrillResult,
)
"""Every kind of record that this program understands."""

TABLES = (*FEDERATION_TABLES, *GATEWAY_TABLES)


def assemble(settings: Settings, home: Path, store: Store, token: str, clock: Clock) -> Runtime:
    """Build every service, once, in the order in which they need each other."""
    kinds = {kind.kind: kind for kind in KINDS}
    identity = store.identity
    client = HttpPartnerClient(settings.federation, identity)
    federation = Federation(settings.federation, clock, identity, kinds, client)
    weights = PackagedWeights(home / "models")
    catalogue = Catalogue(settings.catalogue, clock, home, weights)
    evaluator = Evaluator(settings.evaluation, clock, catalogue)
    gateway = Gateway(catalogue, clock)
    proxy = Proxy(settings.gateway, clock)
    drills = Drills(settings.drills, clock, catalogue, evaluator, gateway)
    return Runtime(
        home,
        settings.node.address,
        store,
        {
            Federation: federation,
            Catalogue: catalogue,
            Evaluator: evaluator,
            Gateway: gateway,
            Proxy: proxy,
            Drills: drills,
        },
        kinds,
        token,
    )


def open_node(path: Path, clock: Clock = wall_clock) -> Runtime:
    """Assemble the node in a folder.

    Raises:
        NoNode: if there is none.
        StoreUnavailable: if its store cannot be used.
    """
    home = Home(path)
    home.require()
    settings = settings_at(path)
    identity = Identity(settings.node.name, Signer.load(home.key))
    store = Store.open(f"sqlite:///{path / settings.store.file}", identity, clock, TABLES)
    return assemble(settings, path, store, home.token.read_text().strip(), clock)
