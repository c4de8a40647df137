"""How the services of access are built, on those of assurance among others."""

from corridor import access, assurance, evaluation, federation, gateway
from corridor.access.adapters.secret_file import secrets_at
from corridor.app.services import Factories, Services
from corridor.catalogue import Catalogue


def factories(node: Services) -> Factories:
    """Return what builds each service."""
    return {**_deciding(node), **_asking(node), **_accounting(node)}


def _deciding(node: Services) -> Factories:
    """Return what builds those by which a node decides whom it lets in."""
    own, clock, identity = node.settings.access, node.clock, node.store.identity
    home, the = node.home, node.service
    return {
        "Secrets": lambda: secrets_at(home),
        "OpenIdProviders": lambda: _providers(node),
        "ApiKeys": lambda: access.ApiKeys(own, clock, the(access.Secrets)),
        "Policies": lambda: _policies(node),
        "Borders": lambda: _borders(node),
        "Decider": lambda: access.Decider.at(
            own, clock, the(access.Secrets), the(access.Policies), identity.name
        ),
        "Account": lambda: access.Account(the(access.Secrets)),
    }


def _asking(node: Services) -> Factories:
    """Return what builds those that people ask for, and ask with, what they may use."""
    own, clock, the = node.settings.access, node.clock, node.service
    trusted = tuple(issuer.issuer for issuer in own.issuers)

    def catalogue() -> Catalogue:
        return the(Catalogue)

    def cases() -> "access.Cases":
        return the(access.Cases)

    def grants() -> "access.Grants":
        version = the(access.Policies).version
        return access.Grants(own, clock, the(access.Secrets), cases(), version)

    return {
        "People": lambda: access.People(
            clock, catalogue(), the(access.ApiKeys), trusted, the(access.Policies).purposes
        ),
        "Identities": lambda: _identities(node),
        "Permitting": lambda: access.Permitting(
            clock, the(access.Secrets), the(access.Policies), the(access.People)
        ),
        "Cases": lambda: access.Cases(
            own,
            clock,
            the(access.People),
            catalogue(),
            the(evaluation.Evaluator),
            the(assurance.Assurance),
            the(access.Policies).purposes,
        ),
        "Requests": lambda: access.Requests(own, clock, catalogue(), cases()),
        "Grants": grants,
        "Naming": lambda: access.Naming(clock, catalogue(), cases(), the(access.Grants)),
        "Countersigning": lambda: access.Countersigning(own, clock, catalogue(), cases()),
        "Revocations": lambda: access.Revocations(clock, catalogue(), cases()),
        "Lowerings": lambda: access.Lowerings(cases(), the(assurance.Lowering)),
        "ToolCalls": lambda: access.ToolCalls(
            own, clock, the(access.People), the(access.ApiKeys), the(access.Decider)
        ),
    }


def _accounting(node: Services) -> Factories:
    """Return what builds those by which somebody learns later what was decided, and why."""
    clock, the = node.clock, node.service
    return {
        "Resolutions": lambda: _resolutions(node),
        "Explaining": lambda: access.Explaining(
            the(access.Account), the(access.Decider), the(Catalogue)
        ),
        "Reports": lambda: access.Reports(clock, the(access.Secrets), the(federation.Cosigner)),
        "Replay": lambda: access.Replay(clock, the(access.Secrets)),
        "UseReports": lambda: access.UseReports(
            clock, the(assurance.Findings), gateway.AccountedRequests(the(Catalogue))
        ),
    }


def _providers(node: Services) -> object:
    # Only here, and below: what these take in, many who ask for access do without.
    from corridor.access.adapters.oidc import OpenIdProviders
    from corridor.catalogue.adapters.credentials import key_at
    from corridor.federation.adapters.http import HttpPartnerClient

    issuers = {issuer.issuer: issuer for issuer in node.settings.access.issuers}
    tls = node.service(HttpPartnerClient).tls
    return OpenIdProviders(issuers, node.clock, lambda reference: key_at(reference, node.home), tls)


def _policies(node: Services) -> "access.Policies":
    from corridor.access.adapters.cedar import CedarEngine

    return access.Policies(node.clock, CedarEngine())


def _identities(node: Services) -> "access.Identities":
    from corridor.access.adapters.oidc import OpenIdProviders

    people, keys = node.service(access.People), node.service(access.ApiKeys)
    providers = node.service(OpenIdProviders)
    return access.Identities(node.settings.access, node.clock, people, keys, providers)


def _borders(node: Services) -> "access.Borders":
    from corridor.federation.adapters.neighbours import HttpNeighbours

    return access.Borders(
        node.settings.access,
        node.clock,
        node.store.identity,
        node.service(access.Secrets),
        node.service(federation.Federation),
        node.service(HttpNeighbours),
    )


def _resolutions(node: Services) -> "access.Resolutions":
    from corridor.federation.adapters.neighbours import HttpNeighbours

    return access.Resolutions(
        node.clock,
        node.store.identity,
        node.service(access.Secrets),
        node.service(access.People),
        node.service(federation.Federation),
        node.service(HttpNeighbours),
    )
