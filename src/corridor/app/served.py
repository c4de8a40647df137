"""What the supply chain is told of the gateway, which it may not see: services and their routes."""

from collections.abc import Sequence
from dataclasses import dataclass

from corridor.core.store import View
from corridor.gateway import Gateway
from corridor.supply_chain import Reaches


@dataclass(frozen=True, slots=True)
class Served:
    """The services of the gateway, with the providers that their routes may use."""

    gateway: Gateway

    def reaches(self, view: View) -> Sequence[Reaches]:
        """Return every service with the providers of its route.

        A route by requirement may use those it is among, or any of the catalogue; which of them
        meets it changes with the evidence.
        """
        routes, found = self.gateway.routes(view), list[Reaches]()
        for service in self.gateway.services(view).values():
            providers: tuple[str, ...] = ()
            if (route := routes.get(service.name)) is not None:
                wanted = route.requirement
                among = wanted.among if wanted is not None else route.providers
                providers = among or tuple(self.gateway.catalogue.providers(view))
            found.append(Reaches(service=service.name, title=service.title, providers=providers))
        return found
