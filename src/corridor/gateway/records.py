"""What the gateway keeps: services, routes, keys, and what is suspended."""

from typing import ClassVar

from pydantic import AwareDatetime, Field

from corridor.catalogue import Language, Name, Sha256
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


class ApiKey(Record):
    """A caller's key, as far as the node knows it: by its hash."""

    kind: ClassVar[str] = "gateway.api_key"

    label: str
    """Whose it is."""
    prefix: str
    """The beginning of the key, by which people name it."""
    sha256: Sha256
    models: tuple[str, ...] = Field(min_length=1)
    """The services and providers it may use; `*` is all."""
    expires_at: AwareDatetime | None = None


class ApiKeyRevoked(Record):
    """A key that no longer opens anything."""

    kind: ClassVar[str] = "gateway.api_key_revoked"

    key_id: RecordId
    reason: str


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
