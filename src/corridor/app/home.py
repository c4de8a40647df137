"""A node's folder: what lies in it, how it is made, and that one process at a time serves it."""

import fcntl
import os
import secrets
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from corridor.core.errors import Conflict, NotFound, Unavailable
from corridor.core.signing import Signer, write_secret

LOCK_TRIES = 20
LOCK_SECONDS = 0.01


class NodeRuns(Conflict):
    """Another process serves this folder already."""

    advice = "Stop it first, or use the node that runs; `corridor node status` shows it."


class NoNode(NotFound):
    """There is no node in this folder."""

    advice = "Run `corridor --home FOLDER node init --name NAME` first."


@dataclass(frozen=True, slots=True)
class Home:
    """The paths in a node's folder."""

    path: Path

    @property
    def key(self) -> Path:
        """The node's private key (0600)."""
        return self.path / "key.pem"

    @property
    def token(self) -> Path:
        """What the operator's programs show to the control API (0600)."""
        return self.path / "operator.token"

    @property
    def toml(self) -> Path:
        """The node's settings."""
        return self.path / "corridor.toml"

    @property
    def lock(self) -> Path:
        """Held by the process that serves the folder; holds its process id."""
        return self.path / "node.lock"

    @property
    def exists(self) -> bool:
        """Whether the folder holds a complete node: the key is written last."""
        return self.key.exists()

    def create(self, name: str, host: str, port: int) -> None:
        """Make the folder: settings, operator's token, and last the key.

        Raises:
            Conflict: if there is a node in it.
            Unavailable: if the folder cannot be written.
        """
        if self.exists:
            raise Conflict(
                f"There is a node in {self.path} already.", hint="A key is never written over."
            )
        settings = f'[node]\nname = "{name}"\nhost = "{host}"\nport = {port}\n'
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.toml.write_text(settings)
            self.token.unlink(missing_ok=True)
            write_secret(self.token, secrets.token_urlsafe(32).encode())
            Signer.generate().save(self.key)
        except OSError as error:
            raise Unavailable(
                f"{self.path} cannot be written: {error.strerror}.",
                hint="Choose a folder that this user may write, on a disk with room.",
            ) from error

    def require(self) -> None:
        """Check that there is a node here.

        Raises:
            NoNode: if not.
        """
        if not self.exists:
            raise NoNode(f"There is no node in {self.path}.")

    @contextmanager
    def served(self) -> Generator[None]:
        """Hold the folder as its one serving process.

        Raises:
            NodeRuns: if another process holds it.
            NoNode: if there is no node in it.
        """
        self.require()
        with self.lock.open("a+") as file:
            try:
                _lock(file)
            except BlockingIOError as error:
                raise NodeRuns(
                    f"Process {self.pid() or 'unknown'} serves {self.path} already."
                ) from error
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def pid(self) -> int | None:
        """Return the process id of the process that serves the folder, or None."""
        try:
            with self.lock.open("r+") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except OSError:
                    text = file.read().strip()
                    return int(text) if text.isdigit() else None
        except FileNotFoundError:
            pass
        return None


def _lock(file: TextIO) -> None:
    """Take the lock; `pid()` of another process holds it for an instant, so try a few times."""
    for _ in range(LOCK_TRIES - 1):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_SECONDS)
        else:
            return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
