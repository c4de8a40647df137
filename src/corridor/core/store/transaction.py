"""What one can do inside a transaction: read records, append records, put jobs in the outbox."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from pydantic import ValidationError
from sqlalchemy import Connection, Row, func, insert, select
from sqlalchemy.exc import IntegrityError

from corridor.core import merkle
from corridor.core.canonical import sha256
from corridor.core.checkpoints import Checkpoint, signed_note
from corridor.core.clock import Clock
from corridor.core.errors import Conflict, Invalid, NotFound
from corridor.core.proofs import Proof, consistency_proof, inclusion_proof
from corridor.core.records import Entry, Record, Visibility
from corridor.core.signing import Signer, sealed
from corridor.core.statements import Claim, claim_of, statement_of
from corridor.core.store.schema import jobs, log_nodes, records
from corridor.core.tiles import HEIGHT, NoSuchTile, Tile, address_of, entry_bundle

RecordT = TypeVar("RecordT", bound=Record)
SALT_BYTES = 32


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
class Leaf:
    """One place in the own log: what anyone may see of it, and what those may who may see more."""

    position: int
    commitment: bytes
    visibility: Visibility
    salt: bytes
    envelope: bytes


def commitment_of(salt: bytes, envelope: bytes) -> bytes:
    """Return what the log holds of an envelope: a salted commitment that no guess can confirm."""
    if len(salt) != SALT_BYTES:
        raise Invalid(f"A salt has {SALT_BYTES} bytes.")
    return bytes.fromhex(sha256(salt + envelope))


@dataclass(frozen=True, slots=True)
class View:
    """Read the store as it is at one moment."""

    connection: Connection
    identity: Identity

    def own(self, kind: type[RecordT]) -> Iterator[RecordT]:
        """Yield this node's records of one kind, oldest first."""
        return (kept.record for kept in self.every(kind, issuer=self.identity.name))

    def every(self, kind: type[RecordT], issuer: str | None = None) -> Iterator[Kept[RecordT]]:
        """Yield the records of one kind, partners' included, in the order of arrival."""
        query = (
            select(records)
            .where(records.c.kind == kind.kind, records.c.version == kind.version)
            .order_by(records.c.seq)
        )
        if issuer is not None:
            query = query.where(records.c.issuer == issuer)
        for row in self.connection.execute(query):
            yield Kept(_entry(row), kind.model_validate_json(row.body))

    def find(self, kind: type[RecordT], record_id: str) -> Kept[RecordT]:
        """Return one record by its id.

        Raises:
            NotFound: if there is none of this kind.
        """
        query = select(records).where(
            records.c.record_id == record_id,
            records.c.kind == kind.kind,
            records.c.version == kind.version,
        )
        row = self.connection.execute(query).first()
        if row is None:
            raise NotFound(f"There is no {kind.kind} record {record_id!r}.")
        return Kept(_entry(row), kind.model_validate_json(row.body))

    def entries(self, issuer: str | None = None) -> list[Entry]:
        """Return where every record lies, whatever its kind."""
        query = select(records).order_by(records.c.seq)
        if issuer is not None:
            query = query.where(records.c.issuer == issuer)
        return [_entry(row) for row in self.connection.execute(query)]

    def head(self) -> int:
        """Return the number of the last record that arrived; it grows with every commit of one."""
        return self.connection.execute(select(func.max(records.c.seq))).scalar() or 0

    def log_size(self, log: str | None = None) -> int:
        """Return how many entries a log has (this node's, unless another is named)."""
        newest = select(func.max(log_nodes.c.idx)).where(
            log_nodes.c.log == (log or self.identity.name), log_nodes.c.level == 0
        )
        last = self.connection.execute(newest).scalar()
        return 0 if last is None else last + 1

    def log_root(self, log: str | None = None) -> bytes:
        """Return the Merkle root over a log."""
        name = log or self.identity.name
        return merkle.root(self.log_size(name), lambda level, i: self._node(name, level, i))

    def checkpoint(self) -> str:
        """Return this node's log as a signed note: size and root, now."""
        state = Checkpoint(self.identity.name, self.log_size(), self.log_root())
        return signed_note(state, self.identity.signer)

    def leaves(self, start: int, limit: int) -> list[Leaf]:
        """Return a stretch of the own log, oldest first."""
        query = (
            select(records)
            .where(records.c.issuer == self.identity.name, records.c.position >= start)
            .order_by(records.c.position)
            .limit(limit)
        )
        return [
            Leaf(
                row.position,
                commitment_of(row.salt, row.envelope),
                row.visibility,
                row.salt,
                row.envelope,
            )
            for row in self.connection.execute(query)
        ]

    def tile(self, tile: Tile) -> bytes:
        """Return a tile of the own log.

        Raises:
            NoSuchTile: if the log has not reached it.
        """
        if tile.level is None:
            leaves = self.leaves(tile.start, tile.width)
            found, content = len(leaves), entry_bundle([leaf.commitment for leaf in leaves])
        else:
            query = (
                select(log_nodes.c.hash)
                .where(
                    log_nodes.c.log == self.identity.name,
                    log_nodes.c.level == tile.level * HEIGHT,
                    log_nodes.c.idx >= tile.start,
                )
                .order_by(log_nodes.c.idx)
                .limit(tile.width)
            )
            hashes = cast("list[bytes]", list(self.connection.execute(query).scalars()))
            found, content = len(hashes), b"".join(hashes)
        if found < tile.width:
            raise NoSuchTile(f"The log has not reached tile/{address_of(tile)}.")
        return content

    def inclusion(self, position: int, log: str | None = None) -> Proof:
        """Return the proof that an entry is in a log as it is now.

        Raises:
            Invalid: if the log has no such entry.
        """
        name = log or self.identity.name
        return inclusion_proof(position, self.log_size(name), lambda lv, i: self._node(name, lv, i))

    def consistency(self, old: int, log: str | None = None) -> Proof:
        """Return the proof that a log as it is now begins with what it was at an earlier size.

        Raises:
            Invalid: if it was never so large.
        """
        name = log or self.identity.name
        return consistency_proof(old, self.log_size(name), lambda lv, i: self._node(name, lv, i))

    def _node(self, log: str, level: int, index: int) -> bytes:
        query = select(log_nodes.c.hash).where(
            log_nodes.c.log == log, log_nodes.c.level == level, log_nodes.c.idx == index
        )
        return cast("bytes", self.connection.execute(query).scalar_one())


@dataclass(frozen=True, slots=True)
class Transaction(View):
    """One actor's changes, which land together or not at all."""

    actor: str
    clock: Clock

    def append(self, record: Record) -> Entry:
        """Validate, sign, keep and log a record in one act.

        Raises:
            Conflict: if this node has a record of the same id.
        """
        checked = type(record).model_validate(record.model_dump())
        statement = statement_of(checked, self.identity.name)
        envelope = sealed(statement, self.identity.signer)
        salt = secrets.token_bytes(SALT_BYTES)
        position = self.log_size()
        entry = self._keep(position, salt, envelope, claim_of(statement))
        self.grow(self.identity.name, position, commitment_of(salt, envelope))
        return entry

    def index(self, position: int, salt: bytes, envelope: bytes, claim: Claim) -> Entry:
        """Keep a partner's record, which the caller has verified, beside our own.

        Raises:
            Conflict: if that partner's place or record id is taken.
        """
        return self._keep(position, salt, envelope, claim)

    def grow(self, log: str, position: int, commitment: bytes) -> None:
        """Add one entry to the Merkle tree of a log, at its end.

        Raises:
            Conflict: if the position is not the next one.
        """
        if position != self.log_size(log):
            raise Conflict(f"Entry {position} is not the next of {log}'s log.")
        leaf = merkle.leaf_hash(commitment)
        nodes = merkle.completed(position, leaf, lambda level, i: self._node(log, level, i))
        for level, index, value in nodes:
            self.connection.execute(
                insert(log_nodes).values(log=log, level=level, idx=index, hash=value)
            )

    def enqueue(self, name: str, payload: dict[str, object], due: float = 0.0) -> str:
        """Put a job in the outbox; it is there if and only if the transaction commits."""
        job_id = secrets.token_hex(16)
        self.connection.execute(
            insert(jobs).values(
                id=job_id,
                name=name,
                payload=json.dumps(payload),
                state="waiting",
                attempts=0,
                due=due,
            )
        )
        return job_id

    def _keep(self, position: int, salt: bytes, envelope: bytes, claim: Claim) -> Entry:
        values: dict[str, object] = {
            "issuer": claim.issuer,
            "position": position,
            "record_id": str(claim.body.get("id", "")),
            "kind": claim.kind,
            "version": claim.version,
            "visibility": str(claim.body.get("visibility", "partners")),
            "made_at": str(claim.body.get("made_at", "")),
            "actor": self.actor,
            "sha256": sha256(envelope),
            "salt": salt,
            "envelope": envelope,
            "body": json.dumps(claim.body, ensure_ascii=False),
        }
        try:
            entry = Entry.model_validate({name: values[name] for name in Entry.model_fields})
            self.connection.execute(insert(records).values(**values))
        except ValidationError as error:
            raise Invalid(f"A record of {claim.issuer} at {position} fits no entry.") from error
        except IntegrityError as error:
            raise Conflict(
                f"{claim.issuer} has a record {values['record_id']} or a position {position} already."
            ) from error
        return entry


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    return Entry.model_validate({name: getattr(row, name) for name in Entry.model_fields})
