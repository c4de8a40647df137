"""What a view gives and takes: who the node is, records with their places, leaves, audited acts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Connection

from corridor.core.records import Entry, Part, Record, Visibility
from corridor.core.signing import Signer

RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this node is: its name, which is its log's origin, and its key."""

    name: str
    signer: Signer


@dataclass(frozen=True, slots=True)
class Kept(Generic[RecordT]):
    """A record with where it lies."""

    entry: Entry
    record: RecordT


@dataclass(frozen=True, slots=True)
class Unread(Generic[RecordT]):
    """A record as it lies in the store: whose it is, and its words, which may never be needed."""

    issuer: str
    kind: type[RecordT]
    body: str

    def read(self) -> RecordT:
        """Return the record, every field of it checked."""
        return self.kind.model_validate_json(self.body)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One place in a log: what anyone may see of it, and what those may who may see more."""

    position: int
    commitment: bytes
    visibility: Visibility
    """`internal` also where the envelope is not held here."""
    salt: bytes
    """Empty where the envelope is not held here."""
    envelope: bytes


class Audited(Part):
    """One line of the account of what was done on this node."""

    position: int
    at: datetime
    actor: str
    act: str
    """What was done: `partner.suspend`, `key.issue`."""
    subject: str
    """To whom or what."""
    facts: dict[str, str | int | float | bool | None]


class Source(Protocol):
    """Where a view or a transaction gets its connection."""

    @property
    def connection(self) -> Connection:
        """The connection, with everything written that was done so far."""
        ...


@dataclass(frozen=True, slots=True)
class Reader:
    """The source of a view: a connection that only reads."""

    connection: Connection
