"""How the parts fit together. Read this file, and `data_plane`, to learn what depends on what."""

from pathlib import Path

from corridor.access import UseReports
from corridor.app.access_parts import access_parts
from corridor.app.data_plane import data_plane
from corridor.app.enrolled import Enrolled
from corridor.app.home import Home
from corridor.app.opening import opened, opened_with
from corridor.app.served import Served
from corridor.app.settings import Settings
from corridor.assurance import (
    Campaigns,
    Findings,
    Membership,
    Rounds,
)
from corridor.assurance.adapters.sealed import SealedTexts
from corridor.core.clock import Clock, wall_clock
from corridor.core.signing import Signer
from corridor.core.store import Store
from corridor.drills import (
    Agreements,
    Conducting,
    Drills,
    Hosting,
    Losing,
    Parts,
    Planning,
    Proposing,
    Reader,
    Rehearsals,
    Reminding,
    Reporting,
    Scheduling,
)
from corridor.drills.adapters.prober import HttpProbing
from corridor.edge.runtime import Runtime
from corridor.evaluation import (
    Quizzes,
    Runs,
    Talks,
)
from corridor.evaluation.adapters.vault import Vault
from corridor.federation import (
    Cosigner,
    Exchange,
    Gossip,
    Introductions,
    LogRecovery,
    Witness,
)
from corridor.federation.adapters.introductions import HttpMessenger
from corridor.federation.adapters.mirrors import HttpMirrorClient
from corridor.federation.adapters.witnesses import HttpWitnessClient
from corridor.gateway import (
    AccountedRequests,
    Applying,
    Guarding,
    Incidents,
    Metering,
)
from corridor.gateway.adapters.personal import PersonalIdentifiers
from corridor.supply_chain import SupplyChain
from corridor.supply_chain.adapters.own import shipped


def assemble(settings: Settings, home: Path, store: Store, token: str, clock: Clock) -> Runtime:
    """Build every service, once, in the order in which they need each other."""
    plane = data_plane(settings, home, store, clock)
    known, identity = plane.known, store.identity
    client, federation, catalogue = known.partners, known.federation, known.catalogue
    far = settings.federation
    mirrors = HttpMirrorClient(far, identity, client.tls)
    asking = HttpWitnessClient(far, identity, client.tls)
    witness = Witness(far, clock, identity, federation, asking)
    cosigner = Cosigner(clock, identity, federation, asking)
    access = access_parts(settings, store, clock, cosigner, known)
    metering = Metering(clock, catalogue, access.people, known.keys)
    vault = Vault(home, Home(home).texts)
    runs = Runs(
        settings.evaluation,
        clock,
        catalogue,
        home / "evaluation",
        identity.name,
        vault,
        metering.price_asked,
    )
    guarding = Guarding(clock)
    texts = SealedTexts(home / "assurance", vault)
    members = Membership(clock, Enrolled(access.people))
    campaigns = Campaigns(clock, catalogue, texts, members)
    findings = Findings(clock, catalogue, campaigns, PersonalIdentifiers(), known.neighbours)
    chain = SupplyChain(clock, catalogue, Served(plane.gateway), shipped)
    drills = Drills(
        settings.drills,
        clock,
        catalogue,
        known.evaluator,
        plane.gateway,
        known.keys,
        access.people,
        Quizzes(runs),
    )
    reader = Reader(
        settings.drills,
        clock,
        catalogue,
        known.evaluator,
        plane.gateway,
        known.keys,
        access.people,
        known.decider,
        chain,
    )
    planning = Planning(reader)
    rehearsals = Rehearsals(
        settings.drills,
        clock,
        catalogue,
        plane.gateway,
        known.keys,
        access.people,
        access.permitting,
    )
    seconds = settings.drills.probe_timeout_seconds
    probing = HttpProbing(settings.node.address, seconds, clock)
    conducting = Conducting(drills, rehearsals, planning, probing)
    hosting = Hosting(conducting)
    agreements = Agreements(settings.drills, clock, federation)
    services: dict[type, object] = {
        **plane.services,
        Introductions: Introductions(clock, identity, federation, HttpMessenger(far, client.tls)),
        LogRecovery: LogRecovery(far, clock, identity, federation, known.node_keys, mirrors),
        Witness: witness,
        Cosigner: cosigner,
        Gossip: Gossip(clock, identity, federation, known.node_keys, witness, asking),
        Exchange: Exchange(far, clock, known.kinds, client),
        Runs: runs,
        **access.services,
        Campaigns: campaigns,
        Rounds: Rounds(campaigns, Talks(runs)),
        Findings: findings,
        UseReports: UseReports(clock, findings, AccountedRequests(catalogue)),
        Incidents: Incidents(clock, findings),
        Metering: metering,
        Guarding: guarding,
        Applying: Applying(clock, plane.gateway, metering, guarding, plane.retaining),
        SupplyChain: chain,
        Conducting: conducting,
        Drills: drills,
        Hosting: hosting,
        Planning: planning,
        Losing: Losing(settings.drills, clock, plane.gateway, planning),
        Rehearsals: rehearsals,
        Agreements: agreements,
        Parts: Parts(agreements, hosting),
        Proposing: Proposing(clock, agreements, federation, catalogue, plane.gateway),
        Reporting: Reporting(clock, catalogue, chain),
        Reminding: Reminding(catalogue, plane.gateway),
        Scheduling: Scheduling(settings.drills, clock, plane.gateway, rehearsals, hosting),
    }
    return Runtime(home, settings.node.address, store, services, known.kinds, token)


def open_node(path: Path, clock: Clock = wall_clock) -> Runtime:
    """Assemble the node in a folder; a change of its key that was cut off is finished before.

    Raises:
        NoNode: if there is none.
        StoreUnavailable: if its store cannot be used.
        WrongKey: if the key in the folder is not the one that signs its log.
    """
    return opened(path, assemble, clock)


def open_as(path: Path, signer: Signer, clock: Clock = wall_clock) -> Runtime:
    """Assemble the node in a folder with a key that is given."""
    return opened_with(path, signer, assemble, clock)
