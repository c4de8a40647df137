"""How access fits together, and what of assurance it rests on."""

from dataclasses import dataclass

from corridor.access import (
    Cases,
    Countersigning,
    Explaining,
    Grants,
    Identities,
    Lowerings,
    Naming,
    People,
    Permitting,
    Replay,
    Reports,
    Requests,
    Resolutions,
    Revocations,
    ToolCalls,
)
from corridor.app.data_plane import Known
from corridor.app.settings import Settings
from corridor.assurance import (
    Lowering,
    Reviews,
    Rulebook,
    Trees,
)
from corridor.core.clock import Clock
from corridor.core.store import Store
from corridor.federation import (
    Cosigner,
)


@dataclass(frozen=True, slots=True)
class AccessParts:
    """The services of access, and those of them that others need."""

    services: dict[type, object]
    people: People
    permitting: Permitting


def access_parts(
    settings: Settings, store: Store, clock: Clock, cosigner: Cosigner, known: Known
) -> AccessParts:
    """Build the services of access, and those of assurance on which they rest."""
    own, identity, secrets = settings.access, store.identity, known.secrets
    catalogue, federation, keys = known.catalogue, known.federation, known.keys
    assurance, policies, neighbours = known.assurance, known.policies, known.neighbours
    trees = Trees(clock, catalogue)
    lowering = Lowering(clock, catalogue, assurance)
    trusted = tuple(issuer.issuer for issuer in own.issuers)
    people = People(clock, catalogue, keys, trusted, policies.purposes)
    identities = Identities(own, clock, people, keys, known.providers)
    cases = Cases(own, clock, people, catalogue, known.evaluator, assurance, policies.purposes)
    requests = Requests(own, clock, catalogue, cases)
    grants = Grants(own, clock, secrets, cases, policies.version)
    countersigning = Countersigning(own, clock, catalogue, cases)
    revocations = Revocations(clock, catalogue, cases)
    resolutions = Resolutions(clock, identity, secrets, people, federation, neighbours)
    services: dict[type, object] = {
        Trees: trees,
        Reviews: Reviews(clock, catalogue, trees),
        Rulebook: Rulebook(clock, catalogue),
        Lowering: lowering,
        Lowerings: Lowerings(cases, lowering),
        People: people,
        Identities: identities,
        Cases: cases,
        Requests: requests,
        Grants: grants,
        Naming: Naming(clock, catalogue, cases, grants),
        Countersigning: countersigning,
        Revocations: revocations,
        ToolCalls: ToolCalls(own, clock, people, keys, known.decider),
        Resolutions: resolutions,
        Explaining: Explaining(known.account, known.decider, catalogue),
        Reports: Reports(clock, secrets, cosigner),
        Replay: Replay(clock, secrets),
    }
    return AccessParts(services, people, Permitting(clock, secrets, policies, people))
