"""Making a backup of a node, whether or not it runs: the store as it is at one moment."""

from collections.abc import Callable, Iterator
from pathlib import Path

from corridor import __version__
from corridor.app.backup import store, texts
from corridor.app.backup.archive import Writer, written
from corridor.app.backup.manifest import (
    ACCESS,
    KEY,
    MANIFEST,
    RETENTION,
    SAFETY,
    SEAL,
    SETTINGS,
    LogState,
    Manifest,
    TableRows,
    sealed,
)
from corridor.app.home import Home
from corridor.core.canonical import sha256
from corridor.core.store import View
from corridor.edge.runtime import Runtime
from corridor.federation import LogRecovery

Told = Callable[[int, int], None]
"""Is told how many rows of how many are done."""


def create(runtime: Runtime, file: Path, *, with_key: bool, told: Told) -> Manifest:
    """Write a backup; the memory that it takes does not depend on the store's size.

    Raises:
        Conflict: if there is such a file.
        Unavailable: if it cannot be written, or the store not read.
    """
    now = runtime.store.clock()
    home = Home(runtime.home)
    settings = home.toml.read_bytes() if home.toml.exists() else b""
    secret = home.access.read_bytes() if home.access.exists() else b""
    with runtime.store.view() as view, written(file, int(now.timestamp())) as writer:
        tables = tuple(_tables(view, writer, told))
        # After the store's moment: what a record names was on the disk before it was stated.
        beside = texts.names(home)
        kept = texts.write(writer, home, beside, lambda done: told(done, len(beside)))
        opening = home.safety.read_bytes() if home.safety.exists() else b""
        manifest = Manifest(
            node=runtime.identity.name,
            public_key=runtime.identity.signer.public.hex,
            corridor=__version__,
            created_at=now,
            steps=store.steps(view),
            audit_log=view.audit_log,
            logs=tuple(_logs(view)),
            notes=_notes(runtime, view),
            held=view.held(),
            tables=tables,
            with_key=with_key,
            settings_sha256=sha256(settings),
            texts=kept,
            safety_sha256=sha256(opening) if opening else None,
            with_safety=with_key and bool(opening),
            with_retention=with_key and home.retention.exists(),
            access_sha256=sha256(secret) if secret else None,
        )
        writer.add(SETTINGS, settings)
        if secret:
            writer.add(ACCESS, secret)
        if with_key:
            writer.add(KEY, home.key.read_bytes())
        if with_key and home.retention.exists():
            writer.add(RETENTION, home.retention.read_bytes())
        if manifest.with_safety:
            writer.add(SAFETY, opening)
        content = manifest.text()
        writer.add(MANIFEST, content)
        writer.add(SEAL, sealed(content, runtime.identity).encode())
    return manifest


def _tables(view: View, writer: Writer, told: Told) -> Iterator[TableRows]:
    total, before = store.count(view), 0
    for found in store.tables(view):
        draft = TableRows(name=found.table, columns=found.columns, rows=0, sha256="")
        lines = _counted(found.lines, lambda done, base=before: told(base + done, total))
        kept = writer.add_lines(draft.member, lines)
        before += kept.rows
        yield draft.model_copy(update={"rows": kept.rows, "sha256": kept.sha256})


def _counted(lines: Iterator[bytes], told: Callable[[int], None]) -> Iterator[bytes]:
    for number, line in enumerate(lines, 1):
        yield line
        if number % store.BATCH == 0:
            told(number)


def _logs(view: View) -> Iterator[LogState]:
    for origin in store.origins(view):
        edge = view.log_edge(origin)
        yield LogState(origin=origin, size=edge.size, root=edge.root.hex())


def _notes(runtime: Runtime, view: View) -> dict[str, str]:
    notes = dict(runtime.service(LogRecovery).notes(view))
    if view.held() is None:  # over a held log nothing is signed
        notes |= {log: view.checkpoint(log) for log in (view.identity.name, view.audit_log)}
    return notes
