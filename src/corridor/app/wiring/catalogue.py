"""How the services of the catalogue are built."""

from corridor.app.services import Factories, Services
from corridor.catalogue import Catalogue, PackagedWeights


def factories(node: Services) -> Factories:
    """Return what builds each service."""
    own, clock, home = node.settings.catalogue, node.clock, node.home
    return {
        "Catalogue": lambda: Catalogue(own, clock, home, PackagedWeights(home / "models")),
    }
