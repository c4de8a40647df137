"""How the services of federation are built."""

from corridor import federation
from corridor.app.services import Factories, Services
from corridor.federation.adapters.http import HttpPartnerClient
from corridor.federation.adapters.introductions import HttpMessenger
from corridor.federation.adapters.mirrors import HttpMirrorClient
from corridor.federation.adapters.neighbours import HttpNeighbours
from corridor.federation.adapters.witnesses import HttpWitnessClient


def factories(node: Services) -> Factories:
    """Return what builds each service."""
    own, clock, identity, the = (
        node.settings.federation,
        node.clock,
        node.store.identity,
        node.service,
    )

    def partners() -> "federation.Federation":
        return the(federation.Federation)

    def client() -> HttpPartnerClient:
        return the(HttpPartnerClient)

    def asking() -> HttpWitnessClient:
        return the(HttpWitnessClient)

    return {
        "HttpPartnerClient": lambda: HttpPartnerClient(own, identity),
        "HttpNeighbours": lambda: HttpNeighbours(identity, tls=client().tls),
        "HttpWitnessClient": lambda: HttpWitnessClient(own, identity, client().tls),
        "Federation": lambda: federation.Federation(own, clock, identity, node.kinds, client()),
        "Keys": lambda: federation.Keys(clock, identity, partners(), client()),
        "Introductions": lambda: federation.Introductions(
            clock, identity, partners(), HttpMessenger(own, client().tls)
        ),
        "LogRecovery": lambda: federation.LogRecovery(
            own,
            clock,
            identity,
            partners(),
            the(federation.Keys),
            HttpMirrorClient(own, identity, client().tls),
        ),
        "Witness": lambda: federation.Witness(own, clock, identity, partners(), asking()),
        "Cosigner": lambda: federation.Cosigner(clock, identity, partners(), asking()),
        "Gossip": lambda: federation.Gossip(
            clock, identity, partners(), the(federation.Keys), the(federation.Witness), asking()
        ),
        "Exchange": lambda: federation.Exchange(own, clock, node.kinds, client()),
    }
