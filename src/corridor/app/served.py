"""What the supply chain is told of the gateway, which it may not see: services and their routes."""

from collections.abc import Sequence
from dataclasses import dataclass

from corridor.catalogue import Catalogue
from corridor.core.store import View
from corridor.gateway import routes_of, services_of
from corridor.supply_chain import Reaches


@dataclass(frozen=True, slots=True)
class Served:
    """The services of the gateway, with the providers that their routes may use."""

    catalogue: Catalogue

    def reaches(self, view: View) -> Sequence[Reaches]:
        """Return every service with the providers of its route.

        A route by requirement may use those it is among, or any of the catalogue; which of them
        meets it changes with the evidence.
        """
        routes, found = routes_of(view), list[Reaches]()
        for service in services_of(view).values():
            providers: tuple[str, ...] = ()
            if (route := routes.get(service.name)) is not None:
                wanted = route.requirement
                among = wanted.among if wanted is not None else route.providers
                providers = among or tuple(self.catalogue.providers(view))
            found.append(Reaches(service=service.name, title=service.title, providers=providers))
        return found
