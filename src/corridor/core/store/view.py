"""Reading the store as it is at one moment: records, logs, proofs, the account of what was done."""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, false, func, or_, select

from corridor.core import merkle
from corridor.core.checkpoints import Checkpoint, signed_note
from corridor.core.commitments import commitment_of
from corridor.core.corrections import ACTS, Step
from corridor.core.errors import Conflict, Invalid, NotFound
from corridor.core.proofs import Proof, consistency_proof, inclusion_proof
from corridor.core.records import Entry, Record
from corridor.core.store.schema import audit, hidden, log_nodes, marks, records, state
from corridor.core.store.shapes import Audited, Identity, Kept, Leaf, Source, Unread
from corridor.core.tiles import HEIGHT, NoSuchTile, Tile, address_of, entry_bundle

RecordT = TypeVar("RecordT", bound=Record)
ResultT = TypeVar("ResultT")
HOLD, AUDIT_LOG, OWNER, SIGNER = "hold", "audit log", "node", "signing key"


class LogHeld(Conflict):
    """Nothing may be added to this node's log, or signed over it, for the moment."""

    advice = "`corridor node status` says why, and what has to happen first."


@dataclass(frozen=True, slots=True)
class View:
    """Read the store as it is at one moment."""

    source: Source
    identity: Identity

    @property
    def connection(self) -> Connection:
        """The database, for the questions that a capability's `store.py` puts to it."""
        return self.source.connection

    @property
    def audit_log(self) -> str:
        """The origin of the second log, of what was done on this node."""
        return self.state_of(AUDIT_LOG) or f"{self.identity.name}/audit"

    def own(self, kind: type[RecordT], *, taken_back: bool = False) -> Iterator[RecordT]:
        """Yield this node's records of one kind, oldest first; as `every`."""
        found = self.every(kind, issuer=self.identity.name, taken_back=taken_back)
        return (kept.record for kept in found)

    def every(
        self,
        kind: type[RecordT],
        issuer: str | None = None,
        *,
        taken_back: bool = False,
        naming: str | None = None,
    ) -> Iterator[Kept[RecordT]]:
        """Yield the records of one kind, partners' included, in the order of arrival.

        Those that their issuer has withdrawn, or corrected by another, are left out unless asked
        for. With `naming`, only those that hold this text somewhere, such as a digest: the others
        are not read.
        """
        query = _of_kind(kind, naming=naming, taken_back=taken_back)
        if issuer is not None:
            query = query.where(records.c.issuer == issuer)
        for row in self.connection.execute(query.add_columns(*_ENTRY, records.c.body)):
            yield Kept(entry_of(row), kind.model_validate_json(row.body))

    def unread(
        self, kind: type[RecordT], *, naming: str | None = None
    ) -> Iterator[Unread[RecordT]]:
        """Yield the records of one kind, as `every`, for whoever needs few of many."""
        query = _of_kind(kind, naming=naming, taken_back=False)
        for row in self.connection.execute(query.add_columns(records.c.issuer, records.c.body)):
            yield Unread(row.issuer, kind, row.body)

    def arrived(self, kinds: Sequence[type[Record]], after: int = 0) -> Iterator[Kept[Record]]:
        """Yield what arrived after a place that `head` gave, of several kinds, in that order.

        Those that were taken back are there too, for whoever follows step by step learns of that
        by the record that did it.
        """
        known = {kind.kind: kind for kind in kinds}
        query = select(records).where(records.c.seq > after, or_(false(), *map(_is, kinds)))
        for row in self.connection.execute(query.order_by(records.c.seq)):
            yield Kept(entry_of(row), known[row.kind].model_validate_json(row.body))

    def find(self, kind: type[RecordT], record_id: str) -> Kept[RecordT]:
        """Return one record by its id, though it may have been taken back since.

        Raises:
            NotFound: if there is none of this kind.
        """
        query = select(records).where(records.c.record_id == record_id, _is(kind))
        row = self.connection.execute(query).first()
        if row is None:
            raise NotFound(f"There is no {kind.kind} record {record_id!r}.")
        return Kept(entry_of(row), kind.model_validate_json(row.body))

    def entries(self, issuer: str | None = None) -> list[Entry]:
        """Return where every record lies, whatever its kind."""
        query = select(*_ENTRY).order_by(records.c.seq)
        if issuer is not None:
            query = query.where(records.c.issuer == issuer)
        return [entry_of(row) for row in self.connection.execute(query)]

    def entry(self, record: str, issuer: str | None = None) -> Entry:
        """Return where a record lies, by its id or its position in the issuer's log (the own one).

        Raises:
            NotFound: if there is none.
        """
        name = issuer or self.identity.name
        by_position = record.isdecimal() and len(record) < len(str(2**53))
        same = records.c.position == int(record) if by_position else records.c.record_id == record
        row = self.connection.execute(select(*_ENTRY).where(records.c.issuer == name, same)).first()
        if row is None:
            raise NotFound(
                f"{name} has no record {record!r}, or not one that is held here.",
                hint="`corridor log list` shows this node's records with ids and positions.",
            )
        return entry_of(row)

    def body(self, entry: Entry) -> dict[str, object]:
        """Return a record's fields, of whatever kind it is."""
        query = select(records.c.body).where(
            records.c.issuer == entry.issuer, records.c.position == entry.position
        )
        return cast("dict[str, object]", json.loads(self.connection.execute(query).scalar_one()))

    def history(self, entry: Entry) -> list[Step]:
        """Return what its issuer did to a record, oldest first; the first step is the record."""
        query = (
            select(records, marks.c.act)
            .join(
                marks,
                (marks.c.issuer == records.c.issuer) & (marks.c.by_position == records.c.position),
            )
            .where(marks.c.issuer == entry.issuer, marks.c.record_id == entry.record_id)
            .order_by(records.c.position)
        )
        steps = [Step(act="stated", at=entry.made_at, entry=entry)]
        for row in self.connection.execute(query):
            body, by = json.loads(row.body), entry_of(row)
            steps.append(
                Step(
                    act=ACTS[by.kind],
                    at=by.made_at,
                    entry=by,
                    reason=str(body.get("reason")),
                    replacement=body.get("replacement"),
                )
            )
        return steps

    def has_any(self, kinds: Collection[str]) -> bool:
        """Say whether a record of one of these kinds ever arrived, taken back or not."""
        query = select(records.c.seq).where(records.c.kind.in_(kinds)).limit(1)
        return self.connection.execute(query).first() is not None

    def head(self) -> int:
        """Return the number of the last record that arrived; it grows with every commit of one."""
        return self.connection.execute(_HEAD).scalar() or 0

    def log_size(self, log: str | None = None) -> int:
        """Return how many entries a log has (this node's, unless another is named)."""
        newest = select(func.max(log_nodes.c.idx)).where(
            log_nodes.c.log == (log or self.identity.name), log_nodes.c.level == 0
        )
        last = self.connection.execute(newest).scalar()
        return 0 if last is None else last + 1

    def log_edge(self, log: str | None = None, size: int | None = None) -> merkle.Edge:
        """Return the right edge of a log's tree, now or as it was at an earlier size.

        Raises:
            Invalid: if the log was never so large.
        """
        name = log or self.identity.name
        now = self.log_size(name)
        at = now if size is None else size
        if not 0 <= at <= now:
            raise Invalid(f"{name}'s log has {now} entries here, not {at}.")
        return self._with_nodes(name, partial(merkle.edge_at, at))

    def log_root(self, log: str | None = None, size: int | None = None) -> bytes:
        """Return the Merkle root over a log, now or as it was at an earlier size.

        Raises:
            Invalid: if the log was never so large.
        """
        return self.log_edge(log, size).root

    def checkpoint(self, log: str | None = None) -> str:
        """Return the own log, or the audit log, as a signed note: size and root, now.

        Raises:
            LogHeld: if nothing may be signed at the moment.
        """
        name = log or self.identity.name
        if name not in (self.identity.name, self.audit_log):
            raise Invalid(f"This node does not sign the log of {name}.")
        self.check_not_held()
        edge = self.log_edge(name)
        return signed_note(Checkpoint(name, edge.size, edge.root), self.identity.signer)

    def held(self) -> str | None:
        """Return why nothing may be added to the own log at the moment, or None."""
        return self.state_of(HOLD)

    def check_not_held(self) -> None:
        """Check that the own log may grow and be signed.

        Raises:
            LogHeld: if not.
        """
        if reason := self.held():
            raise LogHeld(f"The log of {self.identity.name} is held: {reason}")

    def state_of(self, name: str) -> str | None:
        """Return a single fact about this store, or None."""
        query = select(state.c.value).where(state.c.name == name)
        return self.connection.execute(query).scalar()

    def leaves(self, start: int, limit: int, log: str | None = None) -> list[Leaf]:
        """Return a stretch of a log (the own one), oldest first.

        Of a partner's log only that is here which it showed.
        """
        name = log or self.identity.name
        stretch = range(start, start + limit)
        query = (
            select(records.c.position, records.c.visibility, records.c.salt, records.c.envelope)
            .where(records.c.issuer == name, records.c.position >= start)
            .where(records.c.position < stretch.stop)
        )
        kept = [
            Leaf(r.position, commitment_of(r.salt, r.envelope), r.visibility, r.salt, r.envelope)
            for r in self.connection.execute(query)
        ]
        unseen = (
            select(hidden.c.position, hidden.c.commitment)
            .where(hidden.c.log == name, hidden.c.position >= start)
            .where(hidden.c.position < stretch.stop)
        )
        kept += [
            Leaf(row.position, row.commitment, "internal", b"", b"")
            for row in self.connection.execute(unseen)
        ]
        return sorted(kept, key=lambda leaf: leaf.position)

    def commitments(self, log: str | None = None, stride: int = 1024) -> Iterator[bytes]:
        """Yield every entry of a log as it is kept here, the audit log's included, in order."""
        name = log or self.identity.name
        if name == self.audit_log:
            query = select(audit.c.salt, audit.c.entry).order_by(audit.c.position)
            query = query.where(audit.c.log == name)
            for row in self.connection.execute(query):
                yield commitment_of(row.salt, row.entry)
            return
        for start in range(0, self.log_size(name), stride):
            yield from (leaf.commitment for leaf in self.leaves(start, stride, name))

    def hashes(self, log: str, level: int, start: int, limit: int) -> list[bytes]:
        """Return hashes of a log's tree at one level, from an index on."""
        query = (
            select(log_nodes.c.hash)
            .where(log_nodes.c.log == log, log_nodes.c.level == level, log_nodes.c.idx >= start)
            .order_by(log_nodes.c.idx)
            .limit(limit)
        )
        return cast("list[bytes]", list(self.connection.execute(query).scalars()))

    def tile(self, tile: Tile, log: str | None = None) -> bytes:
        """Return a tile of a log, the own one unless another is named.

        Raises:
            NoSuchTile: if the log has not reached it.
        """
        name = log or self.identity.name
        if tile.level is None:
            leaves = self.leaves(tile.start, tile.width, name)
            found, content = len(leaves), entry_bundle([leaf.commitment for leaf in leaves])
        else:
            hashes = self.hashes(name, tile.level * HEIGHT, tile.start, tile.width)
            found, content = len(hashes), b"".join(hashes)
        if found < tile.width:
            raise NoSuchTile(f"The log has not reached tile/{address_of(tile)}.")
        return content

    def inclusion(self, position: int, log: str | None = None, size: int | None = None) -> Proof:
        """Return the proof that an entry is in a log, as it is now or was at an earlier size.

        Raises:
            Invalid: if the log has no such entry, or was never so large.
        """
        name, at = self._at(log, size)
        return self._with_nodes(name, partial(inclusion_proof, position, at))

    def consistency(self, old: int, log: str | None = None, size: int | None = None) -> Proof:
        """Return the proof that a log, now or at a size, begins with what it was at an earlier one.

        Raises:
            Invalid: if it was never so large.
        """
        name, at = self._at(log, size)
        return self._with_nodes(name, partial(consistency_proof, old, at))

    def audited(self, start: int = 0, limit: int = 1000, act: str | None = None) -> list[Audited]:
        """Return a stretch of the account of what was done on this node, oldest first."""
        query = (
            select(audit.c.position, audit.c.entry)
            .where(audit.c.log == self.audit_log, audit.c.position >= start)
            .order_by(audit.c.position)
            .limit(limit)
        )
        if act is not None:
            query = query.where(audit.c.act == act)
        return [
            Audited.model_validate({"position": row.position, **json.loads(row.entry)})
            for row in self.connection.execute(query)
        ]

    def _at(self, log: str | None, size: int | None) -> tuple[str, int]:
        name = log or self.identity.name
        now = self.log_size(name)
        if size is not None and size > now:
            raise Invalid(f"{name}'s log has {now} entries here, not {size}.")
        return name, now if size is None else size

    def _with_nodes(self, log: str, work: Callable[[merkle.NodeAt], ResultT]) -> ResultT:
        """Do some work on a tree's nodes, which it asks for by level and index, with one query.

        The work is done twice: first to learn which nodes it wants, then with them.
        """
        wanted: set[tuple[int, int]] = set()

        def noted(level: int, index: int) -> bytes:
            wanted.add((level, index))
            return bytes(32)

        work(noted)
        # One term a node: SQLite searches its index for each, and would read the whole log for
        # pairs in one IN.
        places = [
            and_(log_nodes.c.log == log, log_nodes.c.level == level, log_nodes.c.idx == index)
            for level, index in sorted(wanted)
        ]
        query = select(log_nodes.c.level, log_nodes.c.idx, log_nodes.c.hash).where(
            or_(false(), *places)
        )
        found = {(row.level, row.idx): row.hash for row in self.connection.execute(query)}
        return work(lambda level, index: found[level, index])


_HEAD = select(func.max(records.c.seq))  # built once: it is asked for twenty times a second
_ENTRY = tuple(records.c[name] for name in Entry.model_fields)


def entry_of(row: Row[Any]) -> Entry:
    """Return where the record of a row lies."""
    return Entry.model_validate({name: getattr(row, name) for name in Entry.model_fields})


def _of_kind(kind: type[Record], *, naming: str | None, taken_back: bool) -> Select[Any]:
    """Ask for records of a kind in the order of arrival; whoever asks says for which columns."""
    query = select().select_from(records).where(_is(kind)).order_by(records.c.seq)
    if naming is not None:
        query = query.where(records.c.body.contains(naming, autoescape=True))
    if not taken_back:
        mark = select(marks.c.act).where(
            marks.c.issuer == records.c.issuer, marks.c.record_id == records.c.record_id
        )
        query = query.where(~mark.exists())
    return query


def _is(kind: type[Record]) -> ColumnElement[bool]:
    return (
        (records.c.kind == kind.kind)
        & (records.c.version == kind.version)
        & (records.c.minor <= kind.minor)
    )
