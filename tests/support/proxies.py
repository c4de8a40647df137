"""A gateway's proxy over ways that exist in memory only, behind the admission of a real node."""

from dataclasses import dataclass, field

from corridor.access import Answered, Decided, Decider
from corridor.catalogue import Connection
from corridor.gateway import Gateway, Proxy
from corridor.gateway.settings import GatewaySettings
from support.nodes import Node


@dataclass
class Notes:
    """An account in memory; or one that cannot be kept."""

    defect: Exception | None = None
    decided: list[Decided] = field(default_factory=list[Decided])
    answers: list[Answered] = field(default_factory=list[Answered])

    async def note(self, item: Decided, *, strict: bool | None = None) -> None:  # noqa: ARG002
        if self.defect is not None:
            raise self.defect
        self.decided.append(item)

    def answered(self, item: Answered) -> None:
        self.answers.append(item)


def a_proxy(
    node: Node, ways: dict[str, Connection], notes: Notes | None = None, **settings: float
) -> Proxy:
    """Return a proxy that knows what the node knows now, with these ways to its providers."""
    admission = node.runtime.service(Proxy).admission
    admission.recorder = notes or Notes()
    proxy = Proxy(GatewaySettings.model_validate(settings), node.clock, admission)
    with node.runtime.store.view() as view:
        node.runtime.service(Decider).refresh(view)
        proxy.learn(node.runtime.service(Gateway).snapshot(view), dict(ways))
    return proxy
