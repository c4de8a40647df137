"""What the gateway keeps: services, routes, and what is suspended."""

from typing import ClassVar

from pydantic import AwareDatetime, Field

from corridor.catalogue import Language, Name
from corridor.core.records import Record, RecordId


class Service(Record):
    """An AI function that people rely on."""

    kind: ClassVar[str] = "gateway.service"

    name: Name
    """What callers write as `model`."""
    title: str
    languages: tuple[Language, ...] = Field(min_length=1)
    """The languages it answers in; the first is assumed where nothing tells another."""


class Route(Record):
    """How a service reaches models: providers in order of preference."""

    kind: ClassVar[str] = "gateway.route"

    service: Name
    providers: tuple[Name, ...] = Field(min_length=1)


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
