"""What a node says of itself, over HTTP and in the terminal."""

from pydantic import BaseModel

from corridor import __version__
from corridor.core.store import View
from corridor.edge.runtime import Runtime
from corridor.federation import Federation, PartnerStatus


class Status(BaseModel):
    """Who a node is, and the state of its log."""

    name: str
    fingerprint: str
    address: str
    version: str
    log_size: int
    log_root: str
    partners: int


def status_of_node(runtime: Runtime, view: View) -> Status:
    """Return the public part of a node's state."""
    return Status(
        name=runtime.identity.name,
        fingerprint=runtime.identity.signer.public.fingerprint,
        address=runtime.address,
        version=__version__,
        log_size=view.log_size(),
        log_root=view.log_root().hex(),
        partners=len(partners_of(runtime, view)),
    )


def partners_of(runtime: Runtime, view: View) -> list[PartnerStatus]:
    """Return how the exchange with each partner stands."""
    return runtime.service(Federation).partners(view)
