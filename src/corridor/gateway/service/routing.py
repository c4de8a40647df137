"""What routes rest on, gathered from the store, and whether a route can be kept at all."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from corridor.assurance import Assurance
from corridor.catalogue import Catalogue, Provider
from corridor.core.errors import Invalid
from corridor.core.store import View
from corridor.evaluation import Evaluator
from corridor.gateway.errors import AllSuspended, NobodyMeets
from corridor.gateway.records import Route, Service
from corridor.gateway.rules.routing import Known, Order, Price, orders, orders_of

Suspended = Callable[[Provider, str], bool]
"""Tells whether no request in a language may go to a provider now."""


@dataclass(frozen=True, slots=True)
class Routing:
    """Say who is asked for a service in each language, and refuse routes that reach nobody."""

    catalogue: Catalogue
    evaluator: Evaluator
    assurance: Assurance

    def known(self, view: View, prices: Mapping[str, Price], languages: Iterable[str]) -> Known:
        """Return what requirements are held against in some languages, as of this view."""
        organisations = self.catalogue.organisations(view)
        countries = {
            supplier.name: country
            for supplier in self.catalogue.suppliers(view).values()
            if (behind := organisations.get(supplier.organisation)) and (country := behind.country)
        }
        providers = self.catalogue.providers(view)
        files = {provider.model_sha256 for provider in providers.values()}
        tiers = self.assurance.tiers_in(view, files, languages)
        return Known(
            providers,
            countries,
            tiers,
            self.evaluator.standing(view),
            prices,
        )

    def orders(
        self,
        view: View,
        services: Mapping[str, Service],
        routes: Mapping[str, Route],
        prices: Mapping[str, Price],
    ) -> dict[tuple[str, str], Order]:
        """Return the order of each service in each of its languages."""
        if all(route.requirement is None for route in routes.values()):
            return orders(services, routes, Known(self.catalogue.providers(view)))
        return self.ordered(view, services, routes, prices)[0]

    def ordered(
        self,
        view: View,
        services: Mapping[str, Service],
        routes: Mapping[str, Route],
        prices: Mapping[str, Price],
    ) -> tuple[dict[tuple[str, str], Order], Known]:
        """Return the order of each service in each of its languages, and all that they rest on."""
        languages = {language for each in services.values() for language in each.languages}
        known = self.known(view, prices, languages)
        return orders(services, routes, known), known

    def check(
        self,
        view: View,
        service: Service,
        route: Route,
        prices: Mapping[str, Price],
        suspended: Suspended,
    ) -> None:
        """Check that a route reaches a provider in every language of its service.

        Raises:
            UnknownProvider: if it names one that is not in the catalogue.
            Invalid: if its default is no language of the service.
            NobodyMeets: if no provider meets its requirement in one of the languages.
            AllSuspended: if all that it reaches in one of the languages are suspended.
        """
        names = route.requirement.among if route.requirement else route.providers
        for name in names:
            self.catalogue.provider(view, name)
        if route.default_language not in (None, *service.languages):
            raise Invalid(
                f"{service.name} is not offered in {route.default_language}.",
                hint=f"It is offered in {', '.join(service.languages)}.",
            )
        found = orders_of(route, service.languages, self.known(view, prices, service.languages))
        for language, order in found.items():
            if not order.providers:
                raise NobodyMeets(f"Nobody can answer {service.name} in {language}: {order.why}.")
            if all(suspended(provider, language) for provider in order.providers):
                reached = ", ".join(provider.name for provider in order.providers)
                raise AllSuspended(
                    f"All that {service.name} reaches in {language} are suspended: {reached}."
                )
