"""Records, identities and stores with sensible defaults, so that a test states only its point."""

from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from corridor.core.clock import Clock
from corridor.core.records import Record
from corridor.core.signing import Signer
from corridor.core.store import Identity, Migration, Store

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Note(Record):
    """The simplest record there can be."""

    kind: ClassVar[str] = "test.note"

    text: str = "hello"


def a_signer(number: int) -> Signer:
    """Return the same key for the same number, for what must be alike in every test process."""
    return Signer(Ed25519PrivateKey.from_private_bytes(number.to_bytes(32)))


def an_identity(name: str = "in") -> Identity:
    return Identity(name, Signer.generate())


def a_store(
    folder: Path,
    identity: Identity | None = None,
    clock: Clock = lambda: NOON,
    migrations: tuple[Migration, ...] = (),
    *,
    url: str | None = None,
    upgrade: bool = False,
) -> Store:
    """Open the store in a folder, or at the URL of a database elsewhere."""
    place = url or f"sqlite:///{folder / 'store.db'}"
    return Store.open(place, identity or an_identity(), clock, migrations, upgrade=upgrade)
