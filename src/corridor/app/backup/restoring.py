"""Restoring a backup into an empty folder, and an empty database of either kind.

A node with partners is restored held: nothing is stated or signed until they have been asked what
they have seen of its log, for it may be more than the backup holds.
"""

import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from corridor.app.backup import store, texts
from corridor.app.backup.archive import Damaged, Reader, opened
from corridor.app.backup.checking import Told, checked, values
from corridor.app.backup.manifest import (
    ACCESS,
    KEY,
    RETENTION,
    SAFETY,
    SETTINGS,
    LogState,
    Manifest,
)
from corridor.app.beginning import FILE, note_beginning
from corridor.app.home import Home
from corridor.app.settings import settings_at
from corridor.app.tables import TABLES
from corridor.core.canonical import sha256
from corridor.core.clock import Clock
from corridor.core.commitments import commitment_of
from corridor.core.errors import Conflict, Invalid, NotFound, Unavailable
from corridor.core.signing import Signer, write_secret
from corridor.core.store import Identity, SchemaTooNew, Store, Transaction
from corridor.core.store.migrations import CORE
from corridor.federation import Partner

EVERY = (*CORE, *TABLES)
STRIDE = 128
"""How many entries of a log are grown at a time; envelopes can be large."""


class NotEmpty(Conflict):
    """Something is there already."""

    advice = "Restore into a new folder; nothing is ever written over."


class NoKey(NotFound):
    """The backup does not hold the node's private key."""

    advice = "Give the key's own copy: --key key.pem."


@dataclass(frozen=True, slots=True)
class Restored:
    """A node that is back."""

    manifest: Manifest
    held: str | None
    """Why nothing can be stated for the moment."""
    opens: bool
    """Whether what is sealed can be opened there, or nothing was sealed."""
    steps: tuple[str, ...]
    """Which steps were run since an older Corridor made the backup."""


def restore(
    file: Path,
    home: Home,
    key: Path | None,
    clock: Clock,
    told: Told,
    *,
    safety: Path | None = None,
) -> Restored:
    """Verify a backup and make its node anew; after a failure the folder holds no node.

    `key` and `safety` are copies of the node's key, and of what opens sealed texts, that were kept elsewhere.

    Raises:
        Damaged: if the backup is not as it was written.
        NotEmpty: if there is something in the folder or in the database.
        NoKey: if the key is neither in the backup nor given.
        SchemaTooNew: if a newer Corridor made it.
    """
    _check_empty(home)
    with opened(file) as archive:
        found = checked(archive, told)
        if found.manifest is None or not found.is_good:
            raise Damaged(f"{file} is damaged: {found.bad[0]}")
        _check_steps(found.manifest)
        signer = _signer(archive, found.manifest, key)
        opening = _opening(archive, found.manifest, safety)
        _fill_folder(archive, found.manifest, home, opening)
        held, later = _fill_store(archive, found.manifest, home, signer, clock)
        opens = bool(opening) or found.manifest.safety_sha256 is None
        return Restored(found.manifest, held, opens, later)


def _fill_folder(archive: Reader, manifest: Manifest, home: Home, opening: bytes) -> None:
    try:
        home.path.mkdir(parents=True, exist_ok=True)
        if not home.toml.exists():
            write_secret(home.toml, archive.content(SETTINGS))  # it may hold a password
        if manifest.access_sha256 is not None:
            write_secret(home.access, archive.content(ACCESS))
        if manifest.with_retention:
            write_secret(home.retention, archive.content(RETENTION))
        if opening:
            write_secret(home.safety, opening)
        if manifest.texts is not None:
            texts.restore(archive, manifest.texts, home)
        home.token.unlink(missing_ok=True)
        write_secret(home.token, secrets.token_urlsafe(32).encode())
    except OSError as error:
        raise Unavailable(f"{home.path} cannot be written: {error.strerror}.") from error


def _fill_store(
    archive: Reader, manifest: Manifest, home: Home, signer: Signer, clock: Clock
) -> tuple[str | None, tuple[str, ...]]:
    """Return why the node is held, and which steps were run."""
    settings = settings_at(home.path)
    if settings.node.name != manifest.node:
        raise Invalid(f"The settings are of {settings.node.name}, the backup of {manifest.node}.")
    url, identity = settings.store.url_at(home.path), Identity(manifest.node, signer)
    # The tables as they were, then the rows, and only then the steps that came later.
    then = tuple(step for step in EVERY if step.number <= manifest.steps.get(step.room, 0))
    with (
        closing(Store.open(url, identity, clock, then)) as restored,
        restored.transaction("restore") as tx,
    ):
        if not store.is_empty(tx):
            raise NotEmpty("There are records in the database already.")
        held = _fill(tx, archive, manifest)
    with (
        closing(Store.open(url, identity, clock, TABLES, upgrade=True)) as whole,
        whole.view() as view,
    ):
        note_beginning(home, view)
    signer.save(home.key)  # last: from now on it is a node
    later = tuple(f"{step.room} {step.number}" for step in EVERY if step not in then)
    return held, later


def _fill(tx: Transaction, archive: Reader, manifest: Manifest) -> str | None:
    for table in manifest.tables:
        store.fill(tx, table.name, table.columns, values(archive, table))
    for state in manifest.logs:
        _grow(tx, state)
    if not any(tx.own(Partner)):
        return tx.held()
    reason = (
        f"it was restored from a backup of {manifest.created_at:%Y-%m-%d %H:%M} UTC; "
        "asking partners what they have seen"
    )
    tx.hold(reason)
    return reason


def _grow(tx: Transaction, state: LogState) -> None:
    for start, commitments in _pieces(tx, state):
        tx.grow(state.origin, start, commitments)
    if (tx.log_size(state.origin), tx.log_root(state.origin).hex()) != (state.size, state.root):
        raise Damaged(f"The log of {state.origin} has another root than the manifest says.")


def _pieces(tx: Transaction, state: LogState) -> Iterator[tuple[int, list[bytes]]]:
    for start in range(0, state.size, STRIDE):
        if "/" in state.origin:
            audited = store.audit_entries(tx, state.origin, start, STRIDE)
            yield start, [commitment_of(salt, entry) for salt, entry in audited]
        else:
            yield start, [leaf.commitment for leaf in tx.leaves(start, STRIDE, state.origin)]


def _check_empty(home: Home) -> None:
    allowed = {home.toml.name, home.token.name, home.lock.name, FILE}
    if home.exists:
        raise NotEmpty(f"There is a node in {home.path} already.")
    if home.path.exists() and not home.path.is_dir():
        raise NotEmpty(f"{home.path} is no folder.")
    present = {path.name for path in home.path.iterdir()} if home.path.exists() else set[str]()
    rest = sorted(name for name in present - allowed if not name.startswith("store.db"))
    if rest:
        raise NotEmpty(f"There is {rest[0]} in {home.path} already.")


def _check_steps(manifest: Manifest) -> None:
    known = {step.room: step.number for step in EVERY}
    for room, number in manifest.steps.items():
        if number > known.get(room, 0):
            raise SchemaTooNew(
                f"The backup is at step {number} of {room}; this Corridor knows "
                f"{known.get(room, 0)}."
            )


def _signer(archive: Reader, manifest: Manifest, key: Path | None) -> Signer:
    if key is not None:
        signer = Signer.load(key)
    elif manifest.with_key:
        signer = _read(archive.content(KEY))
    else:
        raise NoKey("The backup does not hold the node's private key.")
    if signer.public != manifest.key:
        raise Invalid(
            f"The key has the fingerprint {signer.public.fingerprint}; the backup is of the key "
            f"{manifest.key.fingerprint}."
        )
    return signer


def _opening(archive: Reader, manifest: Manifest, kept: Path | None) -> bytes:
    """Return the secret that opens sealed texts; nothing if there is none."""
    if kept is None:
        return archive.content(SAFETY) if manifest.with_safety else b""
    try:
        content = kept.read_bytes()
    except OSError as error:
        raise NotFound(f"{kept} cannot be read: {error.strerror}.") from error
    if sha256(content) != manifest.safety_sha256:
        raise Invalid(
            f"{kept} does not open what is sealed in this backup.",
            hint="Give the copy of safety.secret from the folder of the node that was backed up.",
        )
    return content


def _read(pem: bytes) -> Signer:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Damaged("The key in the backup cannot be read.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Damaged("The key in the backup is of another kind than a node's.")
    return Signer(key)
