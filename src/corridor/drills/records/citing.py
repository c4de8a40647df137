"""Naming a record of any node, so that it can be found and checked."""

from typing import Annotated

from pydantic import Field

from corridor.catalogue import Sha256
from corridor.core.records import Part, RecordId

NodeName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")]


class Cited(Part):
    """A record of a node, named so that anyone can find it in that node's log and check it."""

    issuer: NodeName
    record_id: RecordId
    position: int = Field(ge=0)
    """In the issuer's log."""
    sha256: Sha256
    """Of the signed envelope."""
