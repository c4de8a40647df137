"""How access fits together, and what of assurance it rests on."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from corridor.access import (
    Account,
    ApiKeys,
    Bearers,
    Borders,
    Cases,
    Countersigning,
    Decider,
    Explaining,
    Grants,
    Identities,
    Lowerings,
    Naming,
    People,
    Policies,
    Replay,
    Reports,
    Requests,
    Resolutions,
    Revocations,
    ToolCalls,
)
from corridor.access.adapters.cedar import CedarEngine
from corridor.access.adapters.oidc import OpenIdProviders
from corridor.access.adapters.secret_file import secrets_at
from corridor.app.settings import Settings
from corridor.assurance import (
    Assurance,
    Lowering,
    Reviews,
    Rulebook,
    Trees,
)
from corridor.catalogue import (
    Catalogue,
)
from corridor.catalogue.adapters.credentials import key_at
from corridor.core.clock import Clock
from corridor.core.store import Store
from corridor.evaluation import (
    Evaluator,
)
from corridor.federation import (
    Cosigner,
    Federation,
)
from corridor.federation.adapters.neighbours import HttpNeighbours


@dataclass(frozen=True, slots=True)
class AccessParts:
    """The services of access, and those of them that others need."""

    services: dict[type, object]
    assurance: Assurance
    keys: ApiKeys
    people: People
    bearers: Bearers
    borders: Borders
    decider: Decider


def access_parts(
    settings: Settings,
    home: Path,
    store: Store,
    clock: Clock,
    federation: Federation,
    cosigner: Cosigner,
    catalogue: Catalogue,
    evaluator: Evaluator,
    tls: ssl.SSLContext,
) -> AccessParts:
    """Build the services of access, and those of assurance on which they rest."""
    own, identity, secrets = settings.access, store.identity, secrets_at(home)
    assurance = Assurance(clock, catalogue)
    trees = Trees(clock, catalogue)
    lowering = Lowering(clock, catalogue, assurance)
    keys = ApiKeys(own, clock, secrets)
    trusted = tuple(issuer.issuer for issuer in own.issuers)
    policies = Policies(clock, CedarEngine())
    people = People(clock, catalogue, keys, trusted, policies.purposes)
    issuers = {issuer.issuer: issuer for issuer in own.issuers}
    providers = OpenIdProviders(issuers, clock, lambda reference: key_at(reference, home), tls)
    identities = Identities(own, clock, people, keys, providers)
    cases = Cases(own, clock, people, catalogue, evaluator, assurance, policies.purposes)
    requests = Requests(own, clock, catalogue, cases)
    grants = Grants(own, clock, secrets, cases, policies.version)
    countersigning = Countersigning(own, clock, catalogue, cases)
    revocations = Revocations(clock, catalogue, cases)
    neighbours = HttpNeighbours(identity, tls=tls)
    borders = Borders(own, clock, identity, secrets, federation, neighbours)
    resolutions = Resolutions(clock, identity, secrets, people, federation, neighbours)
    decider = Decider.at(own, clock, secrets, policies, identity.name)
    account = Account(secrets)
    services: dict[type, object] = {
        Assurance: assurance,
        Trees: trees,
        Reviews: Reviews(clock, catalogue, trees),
        Rulebook: Rulebook(clock, catalogue),
        Lowering: lowering,
        Lowerings: Lowerings(cases, lowering),
        ApiKeys: keys,
        People: people,
        Identities: identities,
        Policies: policies,
        Cases: cases,
        Requests: requests,
        Grants: grants,
        Naming: Naming(clock, catalogue, cases, grants),
        Countersigning: countersigning,
        Revocations: revocations,
        ToolCalls: ToolCalls(own, clock, people, keys, decider),
        Borders: borders,
        Resolutions: resolutions,
        Decider: decider,
        Account: account,
        Explaining: Explaining(account, decider, catalogue),
        Reports: Reports(clock, secrets, cosigner),
        Replay: Replay(clock, secrets),
    }
    return AccessParts(
        services, assurance, keys, people, Bearers(clock, providers), borders, decider
    )
