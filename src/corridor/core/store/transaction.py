"""What one can do inside a transaction: append records, audit acts, put jobs in the outbox.

Additions to logs are gathered and written together, before anything is read and before the
commit, so that many writers share the cost; nobody inside the transaction can tell.
"""

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from pydantic import ValidationError
from sqlalchemy import Table, delete, insert, select

from corridor.core.canonical import canonical, sha256
from corridor.core.clock import Clock
from corridor.core.commitments import commitment_of
from corridor.core.corrections import ACTS, HEX_ID, Correction, Withdrawal
from corridor.core.errors import Conflict, Invalid
from corridor.core.merkle import Edge
from corridor.core.records import Entry, Record
from corridor.core.signing import sealed
from corridor.core.statements import Claim, stated
from corridor.core.store.additions import Additions
from corridor.core.store.members import Member
from corridor.core.store.schema import audit, hidden, jobs, marks, state
from corridor.core.store.view import HOLD, SIGNER, View

ENTRY_FIELDS = tuple(Entry.model_fields)
LINE = b'{"act":%b,"actor":%b,"at":%b,"facts":%b,"subject":%b}'
"""A line of the audit log as canonical JSON, around what it says."""


class KeySuperseded(Conflict):
    """This process has a key that no longer signs the log."""

    advice = "Start the command or the node again: it then takes the present key."


class TakenBack(Conflict):
    """The record was withdrawn or corrected already."""

    advice = "`corridor log history` shows what happened to it."


@dataclass(frozen=True, slots=True)
class Arrival:
    """A record that takes its place in a log: ours, or a partner's that the caller has verified."""

    position: int
    salt: bytes
    envelope: bytes
    claim: Claim


@dataclass(frozen=True, slots=True)
class Transaction(View):
    """One actor's changes, which land together or not at all."""

    source: Member[Additions]
    actor: str
    clock: Clock

    def append(self, record: Record) -> Entry:
        """Validate, sign, keep and log a record in one act.

        The record's own part of the work is done before the turn is taken, beside other writers.

        Raises:
            Conflict: if this node has a record of the same id.
            LogHeld: if nothing may be added to the log at the moment.
            KeySuperseded: if another key signs the log by now.
        """
        checked = type(record).model_validate(record.model_dump())
        statement, claim = stated(checked, self.identity.name)
        envelope = sealed(statement, self.identity.signer)
        self.check_not_held()
        self._check_signer()
        salt, position = self.source.pending.remembered.salt(), self.log_size()
        arrival = Arrival(position, salt, envelope, claim)
        row = self._row(arrival)
        entry = _entry(row)
        place = (entry.issuer, entry.record_id, position)
        if "id" in record.model_fields_set:
            self.source.pending.check_free([place])
        else:
            self.source.pending.check_new(place)
        self._add(arrival, row)
        self.grow(self.identity.name, position, [commitment_of(salt, envelope)])
        return entry

    def withdraw(self, record: str, reason: str) -> Entry:
        """State that one of this node's records, by id or position, no longer counts.

        Raises:
            NotFound: if there is no such record.
            TakenBack: if it was withdrawn or corrected already.
        """
        target = self._current(record)
        return self.append(
            Withdrawal(
                made_at=self.clock(),
                visibility=target.visibility,
                record=target.record_id,
                reason=reason,
            )
        )

    def correct(self, record: str, replacement: Record, reason: str) -> Entry:
        """State a record in the place of one of this node's, and say so.

        Raises:
            NotFound: if there is no such record.
            TakenBack: if it was withdrawn or corrected already.
            Invalid: if the replacement is of another kind, or seen by others.
        """
        target = self._current(record)
        if (target.kind, target.visibility) != (replacement.kind, replacement.visibility):
            raise Invalid(
                f"A {target.kind} record for {target.visibility} is not corrected by a "
                f"{replacement.kind} record for {replacement.visibility}."
            )
        self.append(replacement)
        return self.append(
            Correction(
                made_at=self.clock(),
                visibility=target.visibility,
                record=target.record_id,
                replacement=replacement.id,
                reason=reason,
            )
        )

    def index(self, arrivals: Sequence[Arrival]) -> list[Entry]:
        """Keep records, which the caller has verified, so that they can be found and read.

        Raises:
            Conflict: if an issuer's place or record id is taken.
            Invalid: if one does not have the fields of every record.
        """
        additions = self.source.pending
        rows = [self._row(arrival) for arrival in arrivals]
        found = [_entry(row) for row in rows]
        additions.check_free([(each.issuer, each.record_id, each.position) for each in found])
        for row, arrival in zip(rows, arrivals, strict=True):
            self._add(arrival, row)
        return found

    def grow(self, log: str, start: int, commitments: Sequence[bytes]) -> None:
        """Add entries to the Merkle tree of a log, at its end.

        Raises:
            Conflict: if the first is not the next one.
        """
        additions = self.source.pending
        if start != additions.edge(log).size:
            raise Conflict(f"Entry {start} is not the next of {log}'s log.")
        additions.grow(log, commitments)

    def hide(self, log: str, position: int, commitment: bytes) -> None:
        """Keep the commitment of an entry of a log whose envelope is not here."""
        row: dict[str, object] = {"log": log, "position": position, "commitment": commitment}
        self.source.pending.add(hidden, row)

    def audit(self, act: str, subject: str = "", **facts: str | float | bool | None) -> int:
        """Add a line to the account of what was done on this node; return its position.

        The line never leaves the node; that it is there, and stays, is what partners cosign. While
        the log is held the account goes on, for what is done then, as to end the hold, has to be
        in it too; only to sign over it waits.
        """
        log = self.audit_log  # takes the turn, so that the times stand in order
        entry = canonical(
            {
                "act": act,
                "actor": self.actor,
                "at": self.clock().isoformat(),
                "facts": facts,
                "subject": subject,
            }
        )
        salt, position = self.source.pending.remembered.salt(), self.log_size(log)
        self.source.pending.add(
            audit, {"log": log, "position": position, "act": act, "salt": salt, "entry": entry}
        )
        self.grow(log, position, [commitment_of(salt, entry)])
        return position

    def audit_all(self, lines: Sequence[tuple[str, str, bytes]]) -> int:
        """Add lines as `audit` does, many at one moment; return the position of the first.

        Each is an act, its subject, and its facts, which are written already as canonical JSON.
        """
        log = self.audit_log  # takes the turn, as in `audit`
        pending, start = self.source.pending, self.log_size(log)
        salt, now = pending.remembered.salt, canonical(self.clock().isoformat())
        actor, commitments, said = canonical(self.actor), list[bytes](), dict[str, bytes]()
        for text in {text for line in lines for text in line[:2]}:  # few: each is written once
            said[text] = canonical(text)
        for position, (act, subject, facts) in enumerate(lines, start):
            own = said[act], actor, now, facts, said[subject]
            entry, secret = LINE % own, salt()
            pending.add(
                audit,
                {"log": log, "position": position, "act": act, "salt": secret, "entry": entry},
            )
            commitments.append(commitment_of(secret, entry))
        self.grow(log, start, commitments)
        return start

    def insert(self, table: Table, rows: Sequence[dict[str, object]]) -> None:
        """Write many rows of one capability's table at once; all have the same columns.

        Their values go to the driver as they are: text, numbers, bytes, True and False, None.
        """
        if rows:
            self.connection  # noqa: B018  what was added before is written before
            self.source.pending.insert(table, rows)

    def remember(self, name: str, value: str | None) -> None:
        """Keep a single fact about this store, or forget it."""
        self.connection.execute(delete(state).where(state.c.name == name))
        if value is not None:
            self.connection.execute(insert(state).values(name=name, value=value))
        self.source.pending.forget_facts()

    def hold(self, reason: str | None) -> None:
        """Let nothing be added to this node's log or signed over it, or (None) let it again."""
        self.remember(HOLD, reason)

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

    def log_size(self, log: str | None = None) -> int:
        """Return how many entries a log has (this node's, unless another is named)."""
        return self.source.pending.edge(log or self.identity.name).size

    def state_of(self, name: str) -> str | None:
        """Return a single fact about this store, or None."""
        return self.source.pending.fact(name)

    def log_edge(self, log: str | None = None, size: int | None = None) -> Edge:
        """Return the right edge of a log's tree, now or as it was at an earlier size."""
        if size is None:
            return self.source.pending.edge(log or self.identity.name)
        return View.log_edge(self, log, size)

    def _add(self, arrival: Arrival, row: dict[str, object]) -> None:
        self.source.pending.add_record(row)
        if mark := _mark_by(arrival):
            self.source.pending.add(marks, mark)

    def _check_signer(self) -> None:
        # A process that was started before a rotation still has the old key in memory. One record
        # that it signed would make every partner refuse the log from there on.
        mine, signer = self.identity.signer.public.hex, self.state_of(SIGNER)
        if signer is None:
            self.remember(SIGNER, mine)
        elif signer != mine:
            raise KeySuperseded(f"Another key signs the log of {self.identity.name} by now.")

    def _current(self, record: str) -> Entry:
        target = self.entry(record)
        if target.kind in ACTS:
            raise Invalid(
                "What takes a record back is not taken back itself.",
                hint="State the record anew instead.",
            )
        taken = select(marks.c.act).where(
            marks.c.issuer == target.issuer, marks.c.record_id == target.record_id
        )
        if act := self.connection.execute(taken).scalar():
            raise TakenBack(f"Record {target.record_id} was {act} already.")
        return target

    def _row(self, arrival: Arrival) -> dict[str, object]:
        claim = arrival.claim
        return {
            "issuer": claim.issuer,
            "position": arrival.position,
            "record_id": str(claim.body.get("id", "")),
            "kind": claim.kind,
            "version": claim.version,
            "minor": claim.minor,
            "visibility": str(claim.body.get("visibility", "partners")),
            "made_at": str(claim.body.get("made_at", "")),
            "actor": self.actor,
            "sha256": sha256(arrival.envelope),
            "salt": arrival.salt,
            "envelope": arrival.envelope,
            "body": orjson.dumps(claim.body).decode(),
        }


def _mark_by(arrival: Arrival) -> dict[str, object] | None:
    """Return what a record does to an earlier one; None if that is nothing that is known here."""
    claim = arrival.claim
    target = str(claim.body.get("record", ""))
    if claim.kind not in ACTS or claim.version != 1 or not re.fullmatch(HEX_ID, target):
        return None
    return {
        "issuer": claim.issuer,
        "record_id": target,
        "by_position": arrival.position,
        "act": ACTS[claim.kind],
    }


def _entry(row: dict[str, object]) -> Entry:
    try:
        return Entry.model_validate({name: row[name] for name in ENTRY_FIELDS})
    except ValidationError as error:
        raise Invalid(f"A record of {row['issuer']} at {row['position']} fits no entry.") from error
