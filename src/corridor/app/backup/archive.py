"""The file that a backup is: a plain tar archive whose last member is the digest of all before it.

Every bit counts: whatever lies before the last member is covered by the digest, and the last
member and the end of the archive can only be written in one way.
"""

import gzip
import hashlib
import io
import os
import secrets
import tarfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from corridor.core.errors import Conflict, Invalid, NotFound, Unavailable

DIGEST = "digest"
BLOCK = tarfile.BLOCKSIZE
TAIL_BYTES = 4 * BLOCK
"""The digest's header, the digest, and two empty blocks that end the archive."""
CHUNK = 1024 * 1024
LONGEST_LINE = 256 * 1024 * 1024
LEVEL = 1
"""Of compression: the records are mostly signatures and digests, of which more saves little."""


class Damaged(Invalid):
    """The file is no backup, or not as it was written."""

    advice = (
        "Use another copy, or an older backup; `corridor backup verify FILE` says what is wrong."
    )


@dataclass(frozen=True, slots=True)
class Written:
    """What a member holds before compression."""

    rows: int
    sha256: str


@dataclass(slots=True)
class Writer:
    """Writes members one after the other; nobody needs to know their size before."""

    file: IO[bytes]
    mtime: int

    @contextmanager
    def member(self, name: str) -> Generator[IO[bytes]]:
        """Write a member; its header is filled in when the block ends."""
        start = self.file.tell()
        self.file.write(bytes(BLOCK))
        yield self.file
        end = self.file.tell()
        self.file.write(bytes(-(end - start) % BLOCK))
        self.file.seek(start)
        self.file.write(_header(name, end - start - BLOCK, self.mtime))
        self.file.seek(0, os.SEEK_END)

    def add(self, name: str, content: bytes) -> None:
        """Write a member that is in memory."""
        with self.member(name) as file:
            file.write(content)

    def add_lines(self, name: str, lines: Iterator[bytes]) -> Written:
        """Write lines, compressed; each ends with a newline."""
        digest, count = hashlib.sha256(), 0
        with (
            self.member(name) as file,
            gzip.GzipFile("", "wb", LEVEL, cast("io.BytesIO", file), mtime=0) as packed,
        ):
            for line in lines:
                packed.write(line)
                digest.update(line)
                count += 1
        return Written(count, digest.hexdigest())

    def close(self) -> None:
        """End the archive with the digest of all that was written."""
        self.file.flush()
        self.file.write(_tail(_digest(self.file, self.file.tell())))


@contextmanager
def written(path: Path, mtime: int) -> Generator[Writer]:
    """Write an archive that only its owner can read (0600); it is there whole or not at all.

    Raises:
        Conflict: if there is a file of this name: a backup is never written over.
        Unavailable: if it cannot be written.
    """
    if path.exists():
        raise Conflict(f"There is a file {path} already.", hint="Choose another name.")
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w+b") as file:
                writer = Writer(file, mtime)
                yield writer
                writer.close()
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)
        _sync(path.parent)
    except OSError as error:
        raise Unavailable(
            f"{path} cannot be written: {error.strerror}.",
            hint="Choose a folder that this user may write, on a disk with room.",
        ) from error


@dataclass(slots=True)
class Reader:
    """Reads members by name."""

    file: IO[bytes]
    _members: dict[str, tarfile.TarInfo]
    _tar: tarfile.TarFile

    @property
    def names(self) -> list[str]:
        """The members, the digest left out."""
        return [name for name in self._members if name != DIGEST]

    def is_whole(self) -> bool:
        """Say whether every bit of the file is as it was written."""
        self.file.seek(0, os.SEEK_END)
        end = self.file.tell() - TAIL_BYTES
        if end < 0:
            return False
        found = _digest(self.file, end)
        self.file.seek(end)
        return self.file.read() == _tail(found)

    def content(self, name: str, limit: int = CHUNK) -> bytes:
        """Return a small member.

        Raises:
            Damaged: if there is no such member, or it is not small.
        """
        with self.member(name) as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise Damaged(f"{name} has more than {limit} bytes.")
        return content

    def lines(self, name: str, expected: Written) -> Iterator[bytes]:
        """Yield the lines of a member; an error at the end if they are not those expected.

        Raises:
            Damaged: if they cannot be read, or are others.
        """
        digest, count = hashlib.sha256(), 0
        with self.member(name) as file, gzip.GzipFile("", "rb", fileobj=file) as packed:
            try:
                while line := packed.readline(LONGEST_LINE):
                    digest.update(line)
                    count += 1
                    if count > expected.rows:
                        break
                    yield line
            except (OSError, EOFError, ValueError, zlib.error) as error:
                raise Damaged(f"{name} cannot be read after {count} rows: {error}.") from error
        if Written(count, digest.hexdigest()) != expected:
            raise Damaged(f"{name} does not hold the rows that were written to it.")

    @contextmanager
    def member(self, name: str) -> Generator[IO[bytes]]:
        """Open a member for reading.

        Raises:
            Damaged: if there is none of this name.
        """
        member = self._members.get(name)
        file = self._tar.extractfile(member) if member is not None else None
        if file is None:
            raise Damaged(f"The backup has no {name}.")
        with file:
            yield file


@contextmanager
def opened(path: Path) -> Generator[Reader]:
    """Open an archive; nothing of it is verified yet.

    Raises:
        NotFound: if there is no such file.
        Damaged: if it is no tar archive.
    """
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
            yield Reader(file, {member.name: member for member in tar}, tar)
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {path}.") from error
    except tarfile.TarError as error:
        raise Damaged(f"{path} is no backup: {error}.") from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error}.") from error


def _header(name: str, size: int, mtime: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, mtime, 0o600
    return member.tobuf(tarfile.GNU_FORMAT)


def _tail(digest: str) -> bytes:
    content = f"{digest}\n".encode()
    padded = content.ljust(BLOCK, b"\0")
    return _header(DIGEST, len(content), 0) + padded + bytes(2 * BLOCK)


def _digest(file: IO[bytes], end: int) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while end > 0 and (chunk := file.read(min(CHUNK, end))):
        digest.update(chunk)
        end -= len(chunk)
    return digest.hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
