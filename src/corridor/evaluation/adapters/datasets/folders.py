"""The files of a data set in a folder, and a count of what was read from any source."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corridor.evaluation.errors import NoData
from corridor.evaluation.ports import Files


@dataclass(frozen=True, slots=True)
class Folder:
    """Files below a folder of this machine."""

    path: Path
    version: str = "local"

    def names(self) -> Sequence[str]:
        """Return the paths of all files, with slashes, in order.

        Raises:
            NoData: if there is no such folder.
        """
        if not self.path.is_dir():
            raise NoData(f"There is no folder {self.path}.")
        below = (path for path in self.path.rglob("*") if path.is_file())
        return sorted(path.relative_to(self.path).as_posix() for path in below)

    def read(self, name: str) -> bytes:
        """Return a file.

        Raises:
            NoData: if it is not there.
        """
        path = self.path / name
        if not path.is_file():
            raise NoData(f"There is no file {name} in {self.path}.")
        return path.read_bytes()


@dataclass(frozen=True, slots=True)
class Noted:
    """Files, and the digest of each that was read."""

    files: Files
    digests: dict[str, str] = field(default_factory=dict[str, str])
    _names: list[str] = field(default_factory=list[str])

    @property
    def version(self) -> str:
        """Which version they are."""
        return self.files.version

    def names(self) -> Sequence[str]:
        """Return the paths of all files, with slashes, in order; they are looked up once."""
        if not self._names:
            self._names.extend(self.files.names())
        return self._names

    def read(self, name: str) -> bytes:
        """Return a file and note its digest."""
        data = self.files.read(name)
        self.digests[name] = hashlib.sha256(data).hexdigest()
        return data


def joint_digest(digests: Mapping[str, str]) -> str:
    """Return the SHA-256 of the lines `DIGEST  NAME` in the order of names, as `sha256sum` writes them."""
    lines = (f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
