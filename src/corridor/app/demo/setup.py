"""Set up the two nodes of the demonstration: each step finds what an earlier run has done."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from corridor.access import ApiKeys, Decider
from corridor.app.assembly import open_node
from corridor.app.demo.access import APP, Granted, opened
from corridor.app.demo.roles import (
    LANGUAGES,
    PARTNER_LOCAL,
    PARTNER_MODEL,
    PARTNER_PROVIDER,
    SERVICE,
    SERVICE_TITLE,
    VENDOR,
    VENDOR_MODEL,
    VENDOR_PROVIDER,
    Stage,
)
from corridor.app.demo.tiers import rate
from corridor.app.home import Home
from corridor.catalogue import (
    Catalogue,
    HttpEndpoint,
    LocalEndpoint,
    Model,
    Organisation,
    Provider,
    Supplier,
)
from corridor.core.signing import write_secret
from corridor.core.store import Transaction
from corridor.edge.runtime import Runtime
from corridor.federation import Federation
from corridor.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Nodes:
    """The two nodes, as the demonstration's operator has them in hand."""

    india: Runtime
    japan: Runtime

    def close(self) -> None:
        """Let their stores go."""
        self.india.store.close()
        self.japan.store.close()


def nodes(stage: Stage) -> tuple[Nodes, bool]:
    """Make the two nodes or find them; return whether both were there."""
    found = True
    for number, (name, home) in enumerate((("in", stage.home_in), ("jp", stage.home_jp))):
        if not Home(home).exists:
            found = False
            Home(home).create(name, "127.0.0.1", stage.port + number)
        _let_this_machine_in(home)
    if not stage.vendor_key.exists():
        stage.vendor.mkdir(parents=True, exist_ok=True)
        write_secret(stage.vendor_key, f"vk-{secrets.token_urlsafe(24)}".encode())
    return Nodes(open_node(stage.home_in), open_node(stage.home_jp)), found


def _let_this_machine_in(home: Path) -> None:
    """Allow providers on this machine, where all parts of the demonstration run."""
    toml = Home(home).toml
    if "[catalogue]" not in toml.read_text():
        with toml.open("a") as settings:
            # Callers and probes in three languages find what they begin with in a slot of their own.
            settings.write('\n[catalogue]\nprivate_addresses = ["127.0.0.0/8"]\nslots = 8\n')
            # Two cores answer everybody, and a slow machine takes its time for all items.
            settings.write("\n[drills]\nprobes_at_once = 2\nitems_seconds = 900\n")


def models(pair: Nodes) -> tuple[Model, Model]:
    """Register the vendor's model at node in and the partner's at node jp, with their digests."""
    with pair.india.store.transaction("operator") as tx:
        vendors = pair.india.service(Catalogue).add_packaged(tx, VENDOR_MODEL)
    with pair.japan.store.transaction("operator") as tx:
        partners = pair.japan.service(Catalogue).add_packaged(tx, PARTNER_MODEL)
    return vendors, partners


def partnership(pair: Nodes) -> None:
    """Make each node trust the other's key, by the fingerprint that its operator reads out."""
    for us, them in ((pair.india, pair.japan), (pair.japan, pair.india)):
        federation = us.service(Federation)
        card = asyncio.run(federation.card(them.address))
        fingerprint = them.identity.signer.public.fingerprint
        with us.store.transaction("operator") as tx:
            federation.add(tx, them.identity.name, them.address, fingerprint, card)


def providers(pair: Nodes, stage: Stage, vendors: Model, partners: Model) -> None:
    """Register the endpoints, keep the vendor's key, and route the helpline."""
    _partner_side(pair.japan, partners)
    vendor_key = stage.home_in / "credentials" / "vendor.key"
    if not vendor_key.exists() or vendor_key.read_bytes() != stage.vendor_key.read_bytes():
        vendor_key.parent.mkdir(exist_ok=True)
        vendor_key.unlink(missing_ok=True)
        write_secret(vendor_key, stage.vendor_key.read_bytes())
    _own_side(pair, stage, vendors, partners)


def access(pair: Nodes, stage: Stage, vendors: Model, partners: Model) -> list[Granted]:
    """Let the helpline's application use both models, by grants; give it its key."""
    with pair.japan.store.transaction("operator") as tx:
        rate(pair.japan, tx, partners)
    found = opened(pair.india, ((vendors, "in"), (partners, "jp")))
    _key(pair.india, stage.caller_key)
    return found


def _partner_side(japan: Runtime, model: Model) -> None:
    catalogue, now = japan.service(Catalogue), japan.store.clock()
    with japan.store.transaction("operator") as tx:
        _supplier(tx, catalogue, now, ("jp", "Node jp", "lends its own model"))
        provider = Provider(
            made_at=now,
            name=PARTNER_LOCAL,
            title="SmolLM2 in this node's process",
            supplier="jp",
            model=model.name,
            model_sha256=model.file.sha256,
            endpoint=LocalEndpoint(),
        )
        catalogue.register(tx, provider)


def _own_side(pair: Nodes, stage: Stage, vendors: Model, partners: Model) -> None:
    india = pair.india
    catalogue, gateway, now = india.service(Catalogue), india.service(Gateway), india.store.clock()
    vendor_url = f"http://127.0.0.1:{stage.vendor_port}/v1"
    with india.store.transaction("operator") as tx:
        _supplier(tx, catalogue, now, (VENDOR, "Overseas vendor, played by a process", "model API"))
        _supplier(tx, catalogue, now, ("jp", "Partner node jp", "lends its own model"))
        for provider in (
            Provider(
                made_at=now,
                name=VENDOR_PROVIDER,
                title="The vendor's API",
                supplier=VENDOR,
                model=vendors.name,
                model_sha256=vendors.file.sha256,
                endpoint=HttpEndpoint(
                    base_url=vendor_url,
                    model=VENDOR_MODEL,
                    credential="file:credentials/vendor.key",
                ),
            ),
            Provider(
                made_at=now,
                name=PARTNER_PROVIDER,
                title="The partner's model, through node jp's gateway",
                supplier="jp",
                model=partners.name,
                model_sha256=partners.file.sha256,
                endpoint=HttpEndpoint(
                    base_url=f"{pair.japan.address}/v1",
                    model=PARTNER_LOCAL,
                    credential="node:jp",
                ),
            ),
        ):
            catalogue.register(tx, provider)
        gateway.offer(tx, SERVICE, SERVICE_TITLE, LANGUAGES)
        gateway.route(tx, SERVICE, (VENDOR_PROVIDER, PARTNER_PROVIDER))
        for suspension in gateway.suspensions(tx):  # of a drill that was cut off
            gateway.lift(tx, suspension, "the demonstration begins again")


def _supplier(
    tx: Transaction, catalogue: Catalogue, now: datetime, what: tuple[str, str, str]
) -> None:
    name, title, role = what
    catalogue.register(tx, Organisation(made_at=now, visibility="partners", name=name, title=title))
    catalogue.register(
        tx,
        Supplier(
            made_at=now,
            visibility="partners",
            name=name,
            title=title,
            organisation=name,
            role=role,
        ),
    )


def _key(node: Runtime, file: Path) -> None:
    """Keep the application's key in a file if it is in force; else issue one and write it there."""
    keys = node.service(ApiKeys)
    with node.store.transaction("operator") as tx:
        if file.exists():
            shown = node.service(Decider).secrets.key_digest(file.read_text().strip())
            if any(key.digest == shown and state == "in_force" for key, state in keys.keys(tx)):
                return
        _, secret = keys.issue(tx, APP, SERVICE, "helpline app", (SERVICE,))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    write_secret(file, secret.encode())
