"""The gateway's control side: services, routes, the account of requests, and a snapshot of all."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from corridor.core.errors import Conflict, Invalid, NotFound
from corridor.core.store import Transaction, View
from corridor.gateway.errors import UnknownService
from corridor.gateway.records import Audit, Requirement, Retention, Route, Service
from corridor.gateway.rules.routing import Order, Price
from corridor.gateway.rules.snapshot import Snapshot
from corridor.gateway.service.guarding import Guarding
from corridor.gateway.service.incidents import note_guards
from corridor.gateway.service.metering import limits_of, prices_of
from corridor.gateway.service.offered import routes_of, services_of
from corridor.gateway.service.routing import Routing
from corridor.gateway.service.suspending import Suspending
from corridor.gateway.store import (
    Circuits,
    Handled,
    Load,
    busiest,
    circuits_told,
    counts_between,
    forget_circuits,
    handled_after,
    handled_between,
    keep,
    last_line,
    loads,
    roll_up,
    tell_circuits,
)


@dataclass(frozen=True, slots=True)
class Gateway(Suspending):
    """Say which services there are, how they reach models, and which providers are suspended."""

    routing: Routing = field(kw_only=True)

    def offer(
        self,
        tx: Transaction,
        name: str,
        title: str,
        languages: Sequence[str],
        *,
        is_routed_next: bool = False,
    ) -> Service:
        """Offer a service under a name; the same again changes nothing.

        Where it `is_routed_next`, in the same transaction, its present route need not fit it.

        Raises:
            Conflict: if a provider has that name.
            NobodyMeets, AllSuspended: if its route reaches nobody in one of the languages.
        """
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
        route = self.routes(tx).get(name)
        if route is not None and not is_routed_next:
            self.check_route(tx, service, route)
        tx.append(service)
        tx.audit("service.offer", name, languages=" ".join(languages))
        return service

    def route(
        self,
        tx: Transaction,
        service: str,
        providers: Sequence[str] = (),
        *,
        requirement: Requirement | None = None,
        default_language: str | None = None,
        audit: Audit | None = None,
    ) -> Route:
        """Set which providers a service uses: these in order, or whoever meets a requirement best.

        Raises:
            UnknownService: if there is no such service.
            UnknownProvider: if one of the providers is not in the catalogue.
            NobodyMeets, AllSuspended: if it reaches nobody in one of the service's languages.
        """
        route = Route(
            made_at=self.clock(),
            service=self.service(tx, service).name,
            providers=tuple(providers),
            requirement=requirement,
            default_language=default_language,
            audit=audit,
        )
        present = self.routes(tx).get(service)
        if present is not None and _says(present) == _says(route):
            return present
        self.check_route(tx, self.service(tx, service), route)
        tx.append(route)
        tx.audit("route.change", service, **_says(route))
        return route

    def check_route(self, view: View, service: Service, route: Route) -> None:
        """Check that a route reaches somebody in every language of a service.

        Raises:
            UnknownProvider, Invalid, NobodyMeets, AllSuspended: if it does not.
        """
        now, present = self.clock(), Snapshot(closures=self.closures(view))
        self.routing.check(
            view,
            service,
            route,
            self.prices(view),
            lambda each, language: present.suspended(each, now, service.name, language),
        )

    def order(self, view: View, service: str, language: str = "") -> tuple[str, Order]:
        """Return who is asked for a service in a language now, and why; its default unless said.

        Raises:
            UnknownService: if there is no such service.
            NotFound: if it has no route.
            Invalid: if it is not offered in the language.
        """
        offered, route = self.service(view, service), self.routes(view).get(service)
        if route is None:
            raise NotFound(f"{service} has no route.", hint="Set one: corridor gateway route.")
        wanted = language or route.default_language or offered.languages[0]
        if wanted not in offered.languages:
            raise Invalid(
                f"{service} is not offered in {wanted[:35]}.",
                hint=f"It is offered in {', '.join(offered.languages)}.",
            )
        services, routes = {service: offered}, {service: route}
        found = self.routing.orders(view, services, routes, self.prices(view))
        return wanted, found[service, wanted]

    def unmet(self, view: View) -> dict[str, list[str]]:
        """Return the languages in which nobody meets a route's requirement now, by service.

        A route like that is not set; evidence that is lost, or a price that rises, can make it one.
        """
        found: dict[str, list[str]] = {}
        services, routes = self.services(view), self.routes(view)
        orders = self.routing.orders(view, services, routes, self.prices(view))
        for (service, language), order in orders.items():
            if routes[service].requirement is not None and not order.providers:
                found.setdefault(service, []).append(language)
        return found

    def prices(self, view: View) -> dict[str, Price]:
        """Return what a million tokens of each provider cost now, by its name, where it is known."""
        now, book = self.clock(), prices_of(view)
        found = ((p.name, book.of(p, now)) for p in self.catalogue.providers(view).values())
        return {
            name: (max(per_in, per_out), each.price.currency)
            for name, each in found
            if each is not None
            and (per_in := each.price.per_million_in) is not None
            and (per_out := each.price.per_million_out) is not None
        }

    def services(self, view: View) -> dict[str, Service]:
        """Return the services by name."""
        return services_of(view)

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
        return routes_of(view)

    def traffic(
        self,
        view: View,
        since: datetime,
        until: datetime,
        after: int = 0,
        services: Collection[str] | None = None,
    ) -> list[Handled]:
        """Return what became of the requests that were over in a stretch of time.

        `after` a line of the account, only those that were written since; of `services` alone, where
        they are named.
        """
        return handled_between(view, since, until, after, services)

    def asked(self, view: View, since: datetime, until: datetime) -> dict[str, int]:
        """Return how many requests were over in a stretch of time, by what was asked for."""
        return counts_between(view, since, until)

    def written(self, view: View, after: int, services: Collection[str]) -> list[Handled]:
        """Return what was written into the account after a line about some services, in that order."""
        return handled_after(view, after, services)

    def order_of(self, view: View, names: Collection[str]) -> dict[tuple[str, str], Order]:
        """Return whom some services ask now, by service and language."""
        services = {name: each for name, each in self.services(view).items() if name in names}
        return self.routing.orders(view, services, self.routes(view), self.prices(view))

    def circuits(self, view: View) -> list[Circuits]:
        """Return what each process has learned of providers; told only while a suspension is leased."""
        return circuits_told(view)

    def tell_circuits(self, tx: Transaction, circuits: Circuits) -> None:
        """Let others see what this process has learned of providers."""
        tell_circuits(tx, circuits)

    def forget_circuits(self, tx: Transaction) -> None:
        """Forget what processes told of providers."""
        forget_circuits(tx)

    def last_line(self, view: View) -> int:
        """Return the number of the last line of the account."""
        return last_line(view)

    def loads(self, view: View, since: datetime, until: datetime) -> tuple[list[Load], int]:
        """Return how many requests came in the hours between, and in the busiest of these hours."""
        return loads(view, since, until), busiest(view, since, until)

    def account(self, tx: Transaction, handled: Sequence[Handled]) -> None:
        """Write what became of some requests; add it to the sums of their hours, and what guards blocked."""
        keep(tx, handled)
        roll_up(tx, handled)
        note_guards(tx, self.catalogue, handled)

    def snapshot(self, view: View) -> Snapshot:
        """Return all that the proxy needs to know, as of this view."""
        services, routes = self.services(view), self.routes(view)
        return Snapshot(
            head=view.head(),
            services=services,
            routes=routes,
            orders=self.routing.orders(view, services, routes, self.prices(view)),
            providers=self.catalogue.providers(view),
            models=self.catalogue.models(view),
            closures=self.closures(view),
            decided=self.decided(view),
            limits=limits_of(view),
            prices=prices_of(view),
            guards=Guarding(self.clock).plans(view),
            retention={rule.project: rule for rule in view.own(Retention) if rule.days},
        )


def _says(route: Route) -> dict[str, str]:
    """Return what a route says, as the account of what was done has it."""
    requirement = route.requirement.model_dump_json() if route.requirement else ""
    return {
        "providers": " ".join(route.providers),
        "requirement": requirement,
        "default_language": route.default_language or "",
        "audit": route.audit or "",
    }
