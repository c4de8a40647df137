"""The full log of a run in one language: every prompt and answer, kept under its digest.

JSON lines, the first of which says what was run; the file does not change once it has its name.
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
from corridor.evaluation.records import Sample

Json = Mapping[str, object]
SAMPLE = TypeAdapter(Sample)
DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class NoLog(NotFound):
    """The full log of this evidence is not on this node."""

    advice = "Its maker has it; whether it may be had, the record says in `made.log_visibility`."


class DamagedLog(Invalid):
    """A log is not what its digest says."""

    advice = "It was cut or changed. Take it from a backup, or make the evidence again."


def keep(folder: Path, lines: Iterable[Json]) -> str:
    """Keep a log; return its digest.

    Raises:
        Unavailable: if the folder cannot be written.
    """
    data = b"".join(orjson.dumps(dict(line)) + b"\n" for line in lines)
    digest = hashlib.sha256(data).hexdigest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".{secrets.token_hex(8)}"
        with partial.open("xb") as file:
            file.write(data)
            os.fsync(file.fileno())
        partial.rename(path_of(folder, digest))
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
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise DamagedLog(f"{path} was changed or cut: it is not what its digest says.")
    return [cast("Json", orjson.loads(line)) for line in data.splitlines()]


def samples_in(lines: Iterable[Json]) -> Iterator[Sample]:
    """Yield the samples of a log."""
    for line in lines:
        if (sample := line.get("sample")) is not None:
            yield SAMPLE.validate_python(sample)
