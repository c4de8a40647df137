"""The assembled system, as the doors see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from corridor.core.records import Record
from corridor.core.store import Identity, Store

ServiceT = TypeVar("ServiceT")


@dataclass(frozen=True, slots=True)
class Runtime:
    """The store, and one instance of each service, found by its type."""

    home: Path
    """The node's folder."""
    address: str
    """Where others reach this node, without a slash at the end."""
    store: Store
    services: Mapping[type, object]
    kinds: Mapping[str, type[Record]]
    """Every kind of record this program understands."""
    operator_token: str
    """What the operator's programs show to the control API."""

    @property
    def identity(self) -> Identity:
        """Who this node is."""
        return self.store.identity

    def service(self, kind: type[ServiceT]) -> ServiceT:
        """Return the one service of this type."""
        return cast("ServiceT", self.services[kind])
