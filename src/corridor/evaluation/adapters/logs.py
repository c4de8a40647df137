"""The full log of a run in one language: every prompt and answer, kept under its digest.

JSON lines, the first of which says what was run; the file does not change once it has its name. The log of a
safety suite is sealed; its digest is that of its lines.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import cast

import orjson
from pydantic import TypeAdapter

from corridor.core.errors import Invalid, NotFound, Unavailable
from corridor.core.sealing import Sealer
from corridor.evaluation.records import Sample

Json = Mapping[str, object]
SAMPLE = TypeAdapter(Sample)
SEALED = ".sealed"
DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class NoLog(NotFound):
    """The full log of this evidence is not on this node."""

    advice = "Its maker has it; whether it may be had, the record says in `made.log_visibility`."


class DamagedLog(Invalid):
    """A log is not what its digest says."""

    advice = "It was cut or changed. Take it from a backup, or make the evidence again."


def keep(folder: Path, lines: Iterable[Json], sealer: Sealer | None = None) -> str:
    """Keep a log, sealed where there is a sealer; return its digest.

    Raises:
        Unavailable: if the folder cannot be written.
    """
    data = b"".join(orjson.dumps(dict(line)) + b"\n" for line in lines)
    return keep_bytes(folder, data, sealer)


def keep_bytes(folder: Path, data: bytes, sealer: Sealer | None = None) -> str:
    """Keep what a digest names, sealed where there is a sealer; return the digest.

    Raises:
        Unavailable: if the folder cannot be written.
    """
    digest = hashlib.sha256(data).hexdigest()
    path = path_of(folder, digest)
    if sealer is not None:
        data, path = sealer.seal(data, digest.encode()), path.with_suffix(SEALED)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".{secrets.token_hex(8)}"
        with partial.open("xb") as file:
            file.write(data)
            os.fsync(file.fileno())
        partial.rename(path)
    except OSError as error:
        raise Unavailable(f"{folder} cannot be written: {error.strerror}.") from error
    return digest


def path_of(folder: Path, digest: str) -> Path:
    """Return where a log lies.

    Raises:
        NoLog: if that is no digest.
    """
    if not DIGEST.match(digest):
        raise NoLog(f"{digest[:80]!r} is no digest of a log.")
    return folder / f"{digest}.jsonl"


def read(folder: Path, digest: str) -> list[Json]:
    """Read a log, checked against its digest.

    Raises:
        NoLog: if it is not here.
        DamagedLog: if it is not what its digest says.
    """
    path = path_of(folder, digest)
    if not path.exists():
        raise NoLog(f"The log {digest[:12]}… is not on this node.")
    return _lines(path.read_bytes(), digest, path)


def read_sealed(folder: Path, digest: str, sealer: Sealer) -> list[Json]:
    """Read a sealed log, checked against its digest.

    Raises:
        NoLog: if it is not here.
        CannotOpen: if the key is another one, or the file was changed.
    """
    path = path_of(folder, digest).with_suffix(SEALED)
    if not path.exists():
        raise NoLog(f"The sealed log {digest[:12]}… is not on this node.")
    return _lines(sealer.open(path.read_bytes(), digest.encode()), digest, path)


def _lines(data: bytes, digest: str, path: Path) -> list[Json]:
    if hashlib.sha256(data).hexdigest() != digest:
        raise DamagedLog(f"{path} was changed or cut: it is not what its digest says.")
    return [cast("Json", orjson.loads(line)) for line in data.split(b"\n") if line]


def answers_in(folder: Path, digest: str) -> Iterator[Sample]:
    """Yield the answers that were taken from another harness.

    Raises:
        NoLog: if they are not here.
        DamagedLog: if they are not what their digest says.
    """
    for line in read(folder, digest):
        yield SAMPLE.validate_python(line)


def samples_in(lines: Iterable[Json]) -> Iterator[Sample]:
    """Yield the samples of a log."""
    for line in lines:
        if (sample := line.get("sample")) is not None:
            yield SAMPLE.validate_python(sample)
