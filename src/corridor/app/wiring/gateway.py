"""How the services of the gateway are built: those that set it up, and the one that answers."""

from corridor import access, assurance, evaluation, gateway
from corridor.app.services import Factories, Services
from corridor.catalogue import Catalogue
from corridor.core.errors import Invalid
from corridor.gateway.ports import Tracer


def factories(node: Services) -> Factories:
    """Return what builds each service."""
    own, clock, the = node.settings.gateway, node.clock, node.service
    return {
        "Routing": lambda: gateway.Routing(
            the(Catalogue), the(evaluation.Evaluator), the(assurance.Assurance)
        ),
        "Gateway": lambda: gateway.Gateway(
            the(Catalogue),
            clock,
            own,
            gateway.Leases(own.lease_seconds),
            routing=the(gateway.Routing),
        ),
        "Metrics": lambda: _metrics(),
        "Retaining": lambda: _retaining(node),
        "Proxy": lambda: _proxy(node),
        "Limits": lambda: the(gateway.Proxy).limits,
        "Metering": lambda: gateway.Metering(
            clock, the(Catalogue), the(access.People), the(access.ApiKeys)
        ),
        "Guarding": lambda: gateway.Guarding(clock),
        "Incidents": lambda: gateway.Incidents(clock, the(assurance.Findings)),
        "Applying": lambda: gateway.Applying(
            clock,
            the(gateway.Gateway),
            the(gateway.Metering),
            the(gateway.Guarding),
            the(gateway.Retaining),
        ),
    }


def _metrics() -> object:
    # Only here, and below: who sets the gateway up does without what answers callers.
    from corridor.gateway.adapters.metrics import Metrics

    return Metrics()


def _retaining(node: Services) -> "gateway.Retaining":
    from corridor.gateway.adapters.retention_keys import FILE_NAME, DayKeys

    return gateway.Retaining(node.clock, DayKeys(node.home / FILE_NAME))


def _proxy(node: Services) -> "gateway.Proxy":
    from corridor.catalogue.adapters.credentials import key_at
    from corridor.gateway.adapters.identifier import PackagedIdentifier
    from corridor.gateway.adapters.metrics import Metrics
    from corridor.gateway.adapters.moderation import HttpModerator

    own, retaining = node.settings.gateway, node.service(gateway.Retaining)
    guards = gateway.Guards(HttpModerator(lambda reference: key_at(reference, node.home)))
    proxy = gateway.Proxy(own, node.clock, _admission(node), guards, retaining)
    proxy.identifier = PackagedIdentifier()
    if own.traces is not None:
        proxy.tracer = _traces(own.traces, node.store.identity.name)
    proxy.observed_by(node.service(Metrics))
    return proxy


def _admission(node: Services) -> "gateway.Admission":
    from corridor.access.adapters.oidc import OpenIdProviders

    return gateway.Admission(
        node.clock,
        node.service(access.Decider),
        node.service(access.ApiKeys),
        access.Bearers(node.clock, node.service(OpenIdProviders)),
        node.service(access.Borders),
        node.store,
        gateway.Freshness(node.settings.gateway.snapshot_seconds),
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
