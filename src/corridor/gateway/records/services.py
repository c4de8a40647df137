"""Services, and the routes by which they reach models."""

from typing import ClassVar

from pydantic import Field

from corridor.catalogue import Language, Name
from corridor.core.records import Record


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
