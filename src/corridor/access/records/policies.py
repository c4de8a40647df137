"""The node's own rules: policies in Cedar, and the purposes that requests may declare."""

from typing import ClassVar

from pydantic import Field

from corridor.access.records.requests import UseClass
from corridor.catalogue import Name
from corridor.core.records import Record


class Purpose(Record):
    """A purpose that requests may declare; the newest record of a name counts."""

    kind: ClassVar[str] = "access.purpose"

    name: Name
    title: str = Field(max_length=200)
    use_class: UseClass
    """The class that a request with this purpose has at least."""
    active: bool = True


class Policy(Record):
    """Some of the node's own rules, in Cedar; the newest record of a name counts."""

    kind: ClassVar[str] = "access.policy"

    name: Name
    text: str = Field(max_length=200_000)
    """Empty when it is retired."""
    reason: str = Field(min_length=3, max_length=2_000)
