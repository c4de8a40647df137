"""The gateway's control side: services, routes, the account of requests, and a snapshot of all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from corridor.core.errors import Conflict
from corridor.core.store import Transaction, View
from corridor.gateway.errors import UnknownService
from corridor.gateway.records import Retention, Route, Service
from corridor.gateway.rules.snapshot import Snapshot
from corridor.gateway.service.guarding import Guarding
from corridor.gateway.service.metering import limits_of, prices_of
from corridor.gateway.service.suspending import Suspending
from corridor.gateway.store import Handled, handled_between, keep, roll_up


@dataclass(frozen=True, slots=True)
class Gateway(Suspending):
    """Say which services there are, how they reach models, and which providers are suspended."""

    def offer(self, tx: Transaction, name: str, title: str, languages: Sequence[str]) -> Service:
        """Offer a service under a name; the same again changes nothing."""
        present = self.services(tx).get(name)
        service = Service(
            made_at=self.clock(),
            visibility="partners",
            name=name,
            title=title,
            languages=tuple(languages),
        )
        if (
            present is not None
            and present.languages == service.languages
            and present.title == title
        ):
            return present
        if present is None and name in self.catalogue.providers(tx):
            raise Conflict(f"{name} is a provider's name already.", hint="Choose another name.")
        tx.append(service)
        tx.audit("service.offer", name, languages=" ".join(languages))
        return service

    def route(self, tx: Transaction, service: str, providers: Sequence[str]) -> Route:
        """Set which providers a service uses, in order of preference.

        Raises:
            UnknownService: if there is no such service.
            UnknownProvider: if one of the providers is not in the catalogue.
        """
        self.service(tx, service)
        for name in providers:
            self.catalogue.provider(tx, name)
        present = self.routes(tx).get(service)
        if present is not None and present.providers == tuple(providers):
            return present
        route = Route(made_at=self.clock(), service=service, providers=tuple(providers))
        tx.append(route)
        tx.audit("route.change", service, providers=" ".join(providers))
        return route

    def services(self, view: View) -> dict[str, Service]:
        """Return the services by name."""
        return {service.name: service for service in view.own(Service)}

    def service(self, view: View, name: str) -> Service:
        """Return a service.

        Raises:
            UnknownService: if there is none of this name.
        """
        found = self.services(view).get(name)
        if found is None:
            raise UnknownService(f"There is no service {name!r}.")
        return found

    def routes(self, view: View) -> dict[str, Route]:
        """Return the routes by the service's name."""
        return {route.service: route for route in view.own(Route)}

    def traffic(self, view: View, since: datetime, until: datetime) -> list[Handled]:
        """Return what became of the requests that were over in a stretch of time."""
        return handled_between(view, since, until)

    def account(self, tx: Transaction, handled: Sequence[Handled]) -> None:
        """Write what became of some requests, and add it to the sums of their hours."""
        keep(tx, handled)
        roll_up(tx, handled)

    def snapshot(self, view: View) -> Snapshot:
        """Return all that the proxy needs to know, as of this view."""
        return Snapshot(
            head=view.head(),
            services=self.services(view),
            routes=self.routes(view),
            providers=self.catalogue.providers(view),
            models=self.catalogue.models(view),
            closures=self.closures(view),
            decided=self.decided(view),
            limits=limits_of(view),
            prices=prices_of(view),
            guards=Guarding(self.clock).plans(view),
            retention={rule.project: rule for rule in view.own(Retention) if rule.days},
        )
