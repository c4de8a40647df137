"""How the services of evaluation are built."""

from corridor import evaluation, gateway
from corridor.app.home import Home
from corridor.app.services import Factories, Services
from corridor.catalogue import Catalogue
from corridor.evaluation.adapters.vault import Vault


def factories(node: Services) -> Factories:
    """Return what builds each service."""
    own, clock, home, the = node.settings.evaluation, node.clock, node.home, node.service
    return {
        "Vault": lambda: Vault(home, Home(home).texts),
        "Evaluator": lambda: evaluation.Evaluator(own, clock, the(Catalogue)),
        "Runs": lambda: evaluation.Runs(
            own,
            clock,
            the(Catalogue),
            home / "evaluation",
            node.store.identity.name,
            the(Vault),
            the(gateway.Metering).price_asked,
        ),
    }
