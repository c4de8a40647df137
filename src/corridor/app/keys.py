"""The node's key in its folder, and changing it so that a crash at any moment loses nothing.

The new key is written beside the old one (`key.next.pem`); one transaction states the change in the
log; then the new file takes the old one's place. Whether the change is stated decides what a crash
left: if it is, the next start finishes it, and if not, the new key is dropped. The old key is
overwritten before its file is removed. On many disks, and in backups, that leaves copies of it.
"""

import os
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from corridor import federation
from corridor.app.beginning import check_beginning
from corridor.app.home import Home, NodeRuns
from corridor.core.errors import Conflict, CorridorError, Unavailable
from corridor.core.signing import Signer
from corridor.edge.runtime import Runtime


class KeyChanges(Conflict):
    """Another process changes the node's key at this moment."""

    advice = "Run the command again in a moment."


class WrongKey(Conflict):
    """The key in the folder is not the one that signs the node's log."""

    advice = (
        "Put the right key.pem back. If it is lost, take this one away and run "
        "`corridor node recover-key`; each partner has to confirm the new key."
    )


class KeyThere(Conflict):
    """The key is not lost."""

    advice = (
        "`corridor node rotate-key` changes a key that is there, and partners follow by themselves."
    )


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """The files of a node's key while it is changed."""

    home: Home

    @property
    def present(self) -> Path:
        """The key that signs."""
        return self.home.key

    @property
    def coming(self) -> Path:
        """The key that will sign once the change is stated."""
        return self.home.path / "key.next.pem"

    @property
    def going(self) -> Path:
        """The key that signed before, until it is destroyed."""
        return self.home.path / "key.old.pem"

    def prepare(self) -> Signer:
        """Make a new key and write it beside the present one; one that was dropped is destroyed."""
        _destroy(self.coming)
        signer = Signer.generate()
        signer.save(self.coming)
        return signer

    def install(self) -> None:
        """Put the new key in the place of the present one, and destroy that one."""
        if self.coming.exists():
            if self.present.exists() and not self.going.exists():
                self.going.hardlink_to(self.present)
            self.coming.replace(self.present)
            _settle(self.home.path)
        if self.going.exists() and self.going.samefile(self.present):
            self.going.unlink()
        _destroy(self.going)

    def drop(self) -> None:
        """Give up a new key that signed nothing."""
        _destroy(self.coming)


def rotate(runtime: Runtime, keep_old: Path | None = None) -> "federation.KeyRotation":
    """Change the key of a node that does not run; the old key announces the new one.

    Raises:
        NodeRuns: if a process serves the node.
        KeyChanges: if another process changed the key meanwhile.
        Conflict: if there is a file already where the old key is to be kept.
    """
    home = Home(runtime.home)
    files = KeyFiles(home)
    with home.served():
        check_unchanged(runtime)
        if keep_old is not None:
            _keep(runtime.identity.signer, keep_old)
        coming = files.prepare()
        try:
            with runtime.store.transaction("cli") as tx:
                record = runtime.service(federation.Keys).rotate(tx, coming)
        except BaseException:
            _drop_if_unstated(files, runtime, coming)
            raise
        files.install()
    return record


def recover(home: Home, opened: Callable[[Signer], Runtime]) -> "federation.KeyRecovery":
    """Give a node a new key in the place of one that is lost or cannot be read.

    Raises:
        NodeRuns: if a process serves the node.
        KeyThere: if the key is there and signs the log.
        Conflict: if the folder's store has no log that another key signed.
    """
    files = KeyFiles(home)
    with home.alone():
        coming = files.prepare()
        try:
            runtime = opened(coming)
        except BaseException:
            files.drop()
            raise
        with closing(runtime.store):
            try:
                _check_lost(files, runtime)
                with runtime.store.transaction("cli") as tx:
                    record = runtime.service(federation.Keys).recover(tx)
            except BaseException:
                _drop_if_unstated(files, runtime, coming)
                raise
        files.install()
    return record


def finish_change(files: KeyFiles, opened: Callable[[Signer], Runtime]) -> bool:
    """Finish a change of the key that a crash interrupted, or drop it if it was not stated.

    Return whether a change was finished.

    Raises:
        KeyChanges: if another process is about to change the key.
    """
    if not files.coming.exists() and not files.going.exists():
        return False
    try:
        with files.home.alone():
            if files.coming.exists():
                coming = Signer.load(files.coming)
                runtime = opened(coming)
                with closing(runtime.store):
                    stated = _signs(runtime, coming)
                if not stated:
                    files.drop()
                    return False
            files.install()
            return True
    except NodeRuns as error:
        raise KeyChanges(f"Another process changes the key in {files.home.path}.") from error


def check_key(runtime: Runtime) -> None:
    """Check that the node's key is the one that signs its log; the first time, keep which it is.

    Nothing is checked while the log is held: a restored one may lack the change of the key.

    Raises:
        WrongKey: if it is another one.
    """
    with runtime.store.view() as view:
        check_beginning(Home(runtime.home), view)
        known, size, held = federation.present_key(view), view.log_size(), view.held()
    if not size or held or known == runtime.identity.signer.public.hex:
        return
    if known is not None:
        raise WrongKey(
            f"The key in {runtime.home} is not the one that signs the log of "
            f"{runtime.identity.name}."
        )
    with runtime.store.transaction("node") as tx:
        federation.note_first_key(tx)


def check_unchanged(runtime: Runtime) -> None:
    """Check that the key in the folder is still the one that a runtime was assembled with.

    Raises:
        KeyChanges: if it is not.
    """
    if Signer.load(Home(runtime.home).key).public != runtime.identity.signer.public:
        raise KeyChanges(f"The key in {runtime.home} was changed meanwhile.")


def _check_lost(files: KeyFiles, runtime: Runtime) -> None:
    if not files.present.exists():
        return
    try:
        present = Signer.load(files.present)
    except (CorridorError, OSError):  # there, and cannot be read: as good as lost
        return
    if _signs(runtime, present):
        raise KeyThere(f"The key in {files.home.path} is there, and signs the log.")


def _signs(runtime: Runtime, signer: Signer) -> bool:
    with runtime.store.view() as view:
        return federation.present_key(view) == signer.public.hex


def _drop_if_unstated(files: KeyFiles, runtime: Runtime, coming: Signer) -> None:
    """Drop a new key, unless the change was committed and only the answer to that was lost."""
    if not _signs(runtime, coming):
        files.drop()


def _keep(signer: Signer, path: Path) -> None:
    try:
        signer.save(path)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}.") from error


def _destroy(path: Path) -> None:
    """Overwrite a file, if that is possible, and remove it."""
    if not path.exists():
        return
    with suppress(OSError), path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """Make sure that the folder's names are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
