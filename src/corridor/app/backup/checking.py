"""Verifying a backup without its node: every bit, every record, every log up to its signed root.

What it shows is that the file is the one that the node with this fingerprint wrote, and that the
logs in it are whole. It does not show that the backup is the newest, nor that the node told the
truth.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TypeVar, cast

import orjson
from pydantic import ValidationError

from corridor.app.backup import texts
from corridor.app.backup.archive import Damaged, Reader, Written, opened
from corridor.app.backup.manifest import (
    ACCESS,
    FORMAT,
    MANIFEST,
    SAFETY,
    SEAL,
    SETTINGS,
    LogState,
    Manifest,
    TableRows,
    check_seal,
)
from corridor.app.backup.store import BATCH, Value, row_of
from corridor.core.canonical import sha256
from corridor.core.checkpoints import Checkpoint, verified_by_any
from corridor.core.commitments import commitment_of
from corridor.core.errors import CorridorError, Invalid
from corridor.core.merkle import EMPTY, leaf_hash
from corridor.core.records import Part
from corridor.core.signing import PublicKey
from corridor.core.signing import opened as opened_envelope
from corridor.core.statements import claim_of
from corridor.federation import KeyRecovery, KeyRotation, Partner

T = TypeVar("T")
Row = dict[str, Value]
Told = Callable[[int, int], None]
Place = tuple[str, int, bytes]
"""Origin of a log, position, commitment."""


class Checked(Part):
    """What verifying a backup found."""

    manifest: Manifest | None
    """None where it cannot be read."""
    good: tuple[str, ...]
    bad: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.bad


@dataclass(frozen=True, slots=True)
class Keys:
    """Which key signs what: of the node itself and of its partners, position by position."""

    own: str
    spans: tuple[tuple[int, PublicKey], ...]
    """From which position on which key of the node signs, oldest first."""
    partners: Mapping[str, Partner]

    def at(self, log: str, position: int) -> PublicKey | None:
        """Return the key that signs a log's record at a position; None if it is not known."""
        if log == self.own:
            return [key for start, key in self.spans if start <= position][-1]
        partner = self.partners.get(log)
        return None if partner is None else partner.key_at(position)

    def for_notes(self, origin: str) -> tuple[PublicKey, ...]:
        """Return the keys that may have signed a log's checkpoints, the present one first."""
        name = origin.partition("/")[0]
        if name == self.own:
            return tuple(key for _, key in reversed(self.spans))
        partner = self.partners.get(name)
        if partner is None:
            return ()
        earlier = [PublicKey.from_hex(each.public_key) for each in reversed(partner.earlier)]
        return (partner.key, *earlier)


@dataclass(slots=True)
class _Findings:
    good: list[str] = field(default_factory=list[str])
    bad: list[str] = field(default_factory=list[str])

    def tried(self, good: str, bad: str, work: Callable[[], T]) -> T | None:
        """Do a step and note how it ends; None if it fails."""
        try:
            done = work()
        except CorridorError as error:
            self.bad.append(f"{bad}: {error.message}")
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            # Rows that no program of ours wrote, so that nothing can be said of their form.
            self.bad.append(f"{bad}: {type(error).__name__}: {error}.")
        else:
            self.good.append(good)
            return done
        return None


def check(file: Path, told: Told) -> Checked:
    """Verify a backup.

    Raises:
        NotFound: if there is no such file.
        Damaged: if it is no archive at all.
    """
    with opened(file) as archive:
        return checked(archive, told)


def checked(archive: Reader, told: Told) -> Checked:
    """Verify an opened backup."""
    found = _Findings()
    whole = "Every bit of the file is as it was written."
    found.tried(whole, "The file", lambda: _check_whole(archive))
    manifest = found.tried("The manifest can be read.", "The manifest", lambda: _manifest(archive))
    if manifest is not None:
        _check_contents(_Contents(archive, manifest, told), found)
    return Checked(manifest=manifest, good=tuple(found.good), bad=tuple(found.bad))


def _check_contents(contents: "_Contents", found: _Findings) -> None:
    archive, manifest = contents.archive, contents.manifest
    signed = f"The manifest is signed by {manifest.node}, key {manifest.key.fingerprint}."
    found.tried(signed, "The manifest's signature", lambda: _check_seal(archive, manifest))
    fitting = "The settings are those of the manifest."
    found.tried(fitting, "The settings", lambda: _check_settings(archive, manifest))
    if (kept := manifest.texts) is not None:
        said = f"{kept.files} full logs, sealed texts and economies are those of the manifest."
        found.tried(said, "The texts", lambda: texts.check(archive, kept))
    for table in manifest.tables:
        said = f"{table.name}: {table.rows} rows."
        found.tried(said, table.name, lambda name=table.name: _read_all(contents.rows(name)))
    if found.bad:  # rows that are not those of the manifest prove nothing about a log
        return
    said = "The keys of the node and of its partners are known."
    keys = found.tried(said, "The keys", lambda: _keys(contents))
    if keys is not None:
        _check_logs(contents, keys, found)


@dataclass(slots=True)
class _Contents:
    """The tables of an archive."""

    archive: Reader
    manifest: Manifest
    told: Told
    _done: int = 0

    def table(self, name: str) -> TableRows:
        """Return what the manifest says of a table."""
        for table in self.manifest.tables:
            if table.name == name:
                return table
        raise Damaged(f"The backup has no table {name}.")

    def rows(self, name: str) -> Iterator[Row]:
        """Yield the rows of a table, by column."""
        table = self.table(name)
        total = 2 * sum(each.rows for each in self.manifest.tables)  # all is read twice
        for number, row in enumerate(values(self.archive, table)):
            yield dict(zip(table.columns, row, strict=True))
            if number % BATCH == 0:
                self.told(self._done + number, total)
        self._done += table.rows


def values(archive: Reader, table: TableRows) -> Iterator[list[Value]]:
    """Yield the rows of a table; an error at the end if they are not those of the manifest."""
    for line in archive.lines(table.member, Written(table.rows, table.sha256)):
        yield row_of(line)


def _manifest(archive: Reader) -> Manifest:
    try:
        manifest = Manifest.model_validate_json(archive.content(MANIFEST))
    except ValidationError as error:
        raise Damaged("it is malformed.") from error
    if manifest.format != FORMAT:
        raise Invalid(f"it has the format {manifest.format}; this Corridor reads {FORMAT}.")
    return manifest


def _check_whole(archive: Reader) -> None:
    if not archive.is_whole():
        raise Damaged("it does not fit the digest at its end.")


def _check_seal(archive: Reader, manifest: Manifest) -> None:
    check_seal(manifest, archive.content(MANIFEST), archive.content(SEAL).decode())


def _check_settings(archive: Reader, manifest: Manifest) -> None:
    secret = manifest.access_sha256
    if secret is not None and sha256(archive.content(ACCESS)) != secret:
        raise Damaged("the access secret does not fit its digest.")
    if manifest.with_safety and sha256(archive.content(SAFETY)) != manifest.safety_sha256:
        raise Damaged("the secret of sealed texts does not fit its digest.")
    if sha256(archive.content(SETTINGS)) != manifest.settings_sha256:
        raise Damaged("they do not fit their digest.")


def _read_all(rows: Iterator[Row]) -> None:
    for _ in rows:
        pass


def _check_logs(contents: _Contents, keys: Keys, found: _Findings) -> None:
    manifest = contents.manifest
    states = {state.origin: state for state in manifest.logs}
    notes: dict[str, Checkpoint] = {}
    for origin, note in manifest.notes.items():
        checkpoint = found.tried(
            f"{origin}: the checkpoint is signed.",
            f"{origin}, its checkpoint",
            lambda note=note, origin=origin: _verified(note, origin, keys.for_notes(origin)),
        )
        if checkpoint is not None:
            notes[origin] = checkpoint
    found.tried(
        "Every entry of every log is one that the log's node signed, or a commitment.",
        "The logs",
        lambda: _check_every_log(contents, keys, states, notes, found),
    )


def _check_every_log(
    contents: _Contents,
    keys: Keys,
    states: Mapping[str, LogState],
    notes: Mapping[str, Checkpoint],
    found: _Findings,
) -> None:
    seen: set[str] = set()
    for origin, places in groupby(_places(contents, keys), lambda place: place[0]):
        seen.add(origin)
        _check_log(origin, places, states.get(origin), notes.get(origin))
        found.good.append(f"{origin}: {states[origin].size} entries lead to the root.")
    for origin in states.keys() - seen:
        _check_log(origin, (), states[origin], notes.get(origin))


def _verified(note: str, origin: str, keys: Sequence[PublicKey]) -> Checkpoint:
    if not keys:
        raise Invalid("nothing is known of the key of that node.")
    return verified_by_any(note, origin, keys)[0]


def _check_log(
    origin: str, places: Iterable[Place], state: LogState | None, note: Checkpoint | None
) -> None:
    if state is None:
        raise Invalid(f"the manifest says nothing of the log of {origin}.")
    edge, signed = EMPTY, None
    for _, position, commitment in places:
        if note is not None and edge.size == note.size:
            signed = edge.root
        if position != edge.size:
            raise Invalid(f"entry {edge.size} of {origin} is missing.")
        edge, _ = edge.grown(leaf_hash(commitment))
    if note is not None and edge.size == note.size:
        signed = edge.root
    if (edge.size, edge.root.hex()) != (state.size, state.root):
        raise Invalid(f"the {edge.size} entries of {origin} have another root than the manifest.")
    if note is not None and note.size <= edge.size and signed != note.root:
        raise Invalid(f"the entries of {origin} have another root than was signed at {note.size}.")


def _places(contents: _Contents, keys: Keys) -> Iterator[Place]:
    """Yield every entry of every log, in order, after checking what there is of it."""
    return heapq.merge(_records(contents, keys), _hidden(contents), _audited(contents))


def _records(contents: _Contents, keys: Keys) -> Iterator[Place]:
    for row in contents.rows("records"):
        log, position = cast("str", row["issuer"]), cast("int", row["position"])
        salt, envelope = cast("bytes", row["salt"]), cast("bytes", row["envelope"])
        key = keys.at(log, position)
        if key is None:
            raise Invalid(f"record {position} is of {log}, whose key is not known.")
        claim = claim_of(opened_envelope(envelope, key))
        agrees = (
            (claim.issuer, claim.kind, claim.version, claim.minor)
            == (log, row["kind"], row["version"], row["minor"])
            and claim.body == orjson.loads(cast("str", row["body"]))
            and (claim.body.get("id"), sha256(envelope)) == (row["record_id"], row["sha256"])
        )
        if not agrees:
            raise Invalid(f"record {position} of {log} is indexed as something else.")
        yield log, position, commitment_of(salt, envelope)


def _hidden(contents: _Contents) -> Iterator[Place]:
    for row in contents.rows("hidden_entries"):
        commitment = cast("bytes", row["commitment"])
        yield cast("str", row["log"]), cast("int", row["position"]), commitment


def _audited(contents: _Contents) -> Iterator[Place]:
    for row in contents.rows("audit_entries"):
        salt, entry = cast("bytes", row["salt"]), cast("bytes", row["entry"])
        commitment = commitment_of(salt, entry)
        yield cast("str", row["log"]), cast("int", row["position"]), commitment


def _keys(contents: _Contents) -> Keys:
    manifest = contents.manifest
    partners: dict[str, Partner] = {}
    changes: list[tuple[int, PublicKey, PublicKey]] = []
    for row in contents.rows("records"):
        if row["issuer"] != manifest.node:
            continue
        if row["kind"] == Partner.kind:
            partner = Partner.model_validate_json(cast("str", row["body"]))
            partners[partner.name] = partner
        elif row["kind"] in (KeyRotation.kind, KeyRecovery.kind):
            changes.append(_change(row["kind"], cast("str", row["body"])))
    return Keys(manifest.node, _spans(changes, manifest.key), partners)


def _change(kind: object, body: str) -> tuple[int, PublicKey, PublicKey]:
    if kind == KeyRotation.kind:
        change = KeyRotation.model_validate_json(body).rotation
    else:
        change = KeyRecovery.model_validate_json(body).recovery
    return change.position, PublicKey.from_hex(change.old), PublicKey.from_hex(change.new)


def _spans(
    changes: Sequence[tuple[int, PublicKey, PublicKey]], present: PublicKey
) -> tuple[tuple[int, PublicKey], ...]:
    """Return which key signs from where on; the last one must be the one in the manifest."""
    key = changes[0][1] if changes else present
    spans = [(0, key)]
    for position, old, new in changes:
        if old != key:
            raise Invalid(f"the change of the node's key at {position} does not follow on.")
        key = new
        spans.append((position, key))
    if key != present:
        raise Invalid("the last change of the node's key leads to another key.")
    return tuple(spans)
