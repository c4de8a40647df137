"""A node's folder: what lies in it, how it is made, and that one process at a time serves it."""

import json
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from corridor.app.locks import Taken, held, holder
from corridor.core.errors import Conflict, NotFound, Unavailable
from corridor.core.signing import Signer, write_secret


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
    def access(self) -> Path:
        """The node's access secret (0600), made when it is first needed."""
        return self.path / "access.secret"

    @property
    def retention(self) -> Path:
        """The keys of what is retained (0600), made when they are first needed."""
        return self.path / "retention.secret"

    @property
    def safety(self) -> Path:
        """What opens sealed texts of safety suites and red teams (0600), made when it is first needed."""
        return self.path / "safety.secret"

    @property
    def texts(self) -> tuple[Path, ...]:
        """Where full logs, labels and texts of red teams lie, sealed or not."""
        kept = self.path / "evaluation"
        return kept / "logs", kept / "labels", self.path / "assurance"

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
        settings = f'[node]\nname = "{name}"\nhost = {json.dumps(host)}\nport = {port}\n'
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
        with self.alone():
            yield

    @contextmanager
    def alone(self) -> Generator[None]:
        """Hold the folder, whatever is in it, so that no other process serves it or changes its key.

        Raises:
            NodeRuns: if another process holds it.
        """
        try:
            with held(self.lock):
                yield
        except Taken as error:
            who = error.pid or "unknown"
            raise NodeRuns(f"Process {who} serves {self.path} already.") from error

    def pid(self) -> int | None:
        """Return the process id of the process that serves the folder, or None."""
        return holder(self.lock)
