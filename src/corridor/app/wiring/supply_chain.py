"""How the service of the supply chain is built."""

from corridor.app.served import Served
from corridor.app.services import Factories, Services
from corridor.catalogue import Catalogue
from corridor.supply_chain import SupplyChain
from corridor.supply_chain.adapters.own import shipped


def factories(node: Services) -> Factories:
    """Return what builds the service."""

    def chain() -> SupplyChain:
        catalogue = node.service(Catalogue)
        return SupplyChain(node.clock, catalogue, Served(catalogue), shipped)

    return {"SupplyChain": chain}
