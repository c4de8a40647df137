"""Suspensions: who is sent no request, and until when."""

from typing import ClassVar

from pydantic import AwareDatetime

from corridor.catalogue import Name
from corridor.core.records import Record, RecordId


class Suspension(Record):
    """No request goes to a supplier's providers, from when this is made until its end."""

    kind: ClassVar[str] = "gateway.suspension"

    supplier: Name
    until: AwareDatetime
    """It ends by itself then, whatever becomes of whoever made it."""
    reason: str


class SuspensionLifted(Record):
    """A suspension that ends before its time."""

    kind: ClassVar[str] = "gateway.suspension_lifted"

    suspension_id: RecordId
    reason: str
