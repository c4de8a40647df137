"""The gateway's control side: services, routes, suspensions, and the account of requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from corridor.catalogue import Catalogue
from corridor.core.clock import Clock
from corridor.core.errors import Conflict, NotFound
from corridor.core.store import Transaction, View
from corridor.gateway.errors import UnknownService
from corridor.gateway.records import Route, Service, Suspension, SuspensionLifted
from corridor.gateway.rules.snapshot import Snapshot
from corridor.gateway.store import Handled, handled_between, keep


@dataclass(frozen=True, slots=True)
class Gateway:
    """Say which services there are, and how they reach models."""

    catalogue: Catalogue
    clock: Clock

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

    def suspend(
        self, tx: Transaction, supplier: str, lasting: timedelta, reason: str
    ) -> Suspension:
        """Send no request to a supplier's providers for a while.

        Raises:
            NotFound: if the catalogue has no such supplier.
        """
        if supplier not in self.catalogue.suppliers(tx):
            raise NotFound(
                f"There is no supplier {supplier!r}.",
                hint="`corridor catalogue list` shows the suppliers.",
            )
        now = self.clock()
        suspension = Suspension(made_at=now, supplier=supplier, until=now + lasting, reason=reason)
        tx.append(suspension)
        tx.audit("supplier.suspend", supplier, until=suspension.until.isoformat(), reason=reason)
        return suspension

    def lift(self, tx: Transaction, suspension: Suspension, reason: str) -> None:
        """End a suspension before its time."""
        tx.append(
            SuspensionLifted(made_at=self.clock(), suspension_id=suspension.id, reason=reason)
        )
        tx.audit("supplier.lift", suspension.supplier, reason=reason)

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

    def suspensions(self, view: View) -> list[Suspension]:
        """Return the suspensions in force now."""
        now = self.clock()
        lifted = {record.suspension_id for record in view.own(SuspensionLifted)}
        return [s for s in view.own(Suspension) if s.id not in lifted and s.until > now]

    def traffic(self, view: View, since: datetime, until: datetime) -> list[Handled]:
        """Return what became of the requests that were over in a stretch of time."""
        return handled_between(view, since, until)

    def account(self, tx: Transaction, handled: Sequence[Handled]) -> None:
        """Write what became of some requests."""
        keep(tx, handled)

    def snapshot(self, view: View) -> Snapshot:
        """Return all that the proxy needs to know, as of this view."""
        return Snapshot(
            head=view.head(),
            services=self.services(view),
            routes=self.routes(view),
            providers=self.catalogue.providers(view),
            models=self.catalogue.models(view),
            suspensions=tuple(self.suspensions(view)),
        )
