"""What a node says of itself, over HTTP and in the terminal."""

from datetime import datetime

from pydantic import BaseModel

from corridor import __version__
from corridor.core.store import View
from corridor.edge.runtime import Runtime
from corridor.federation import Federation, Keys, PartnerStatus, Witness, WitnessStatus


class Status(BaseModel):
    """Who a node is, and the state of its log."""

    name: str
    fingerprint: str
    address: str
    version: str
    log_size: int
    log_root: str
    held: str | None
    """Why nothing is added to the log at the moment; None usually."""
    key_since: datetime | None
    """When the key took the place of another; None if it is the first."""
    partners: int
    """That are not removed."""
    settled_size: int | None
    """How far so many witnesses as the quorum asks for cosigned the log; None if nowhere yet."""
    quorum: int


def status_of_node(runtime: Runtime, view: View) -> Status:
    """Return the public part of a node's state: it names no partner."""
    witnessed = witnesses_of(runtime, view)
    return Status(
        name=runtime.identity.name,
        fingerprint=runtime.identity.signer.public.fingerprint,
        address=runtime.address,
        version=__version__,
        log_size=view.log_size(),
        log_root=view.log_root().hex(),
        held=view.held(),
        key_since=runtime.service(Keys).since(view),
        partners=len(runtime.service(Federation).known(view)),
        settled_size=witnessed.settled_size,
        quorum=witnessed.quorum,
    )


def partners_of(runtime: Runtime, view: View) -> list[PartnerStatus]:
    """Return how the exchange with each partner stands."""
    return runtime.service(Federation).partners(view)


def witnesses_of(runtime: Runtime, view: View) -> WitnessStatus:
    """Return how far the log is cosigned, and by whom."""
    return runtime.service(Witness).status(view)
