"""What a node keeps beside its store and a backup holds too: full logs of runs, labels, texts of red teams, economies.

Each is a file that is written once and never changed; another may come in the place of an economy. Those of safety suites
and of red teams are sealed; they stay so in the backup, and the secret that opens them goes into it only with the node's key.
Not held: journals of runs that go on, and of what models were asked for campaigns and as judges.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import IO, cast

import orjson

from corridor.app.backup.archive import CHUNK, Damaged, Reader, Writer, Written
from corridor.app.backup.manifest import TEXTS, Texts
from corridor.app.home import Home
from corridor.supply_chain import ECONOMIES_FOLDER, ECONOMY_NAME

NAME = re.compile(
    r"(?:(?:evaluation/(?:logs|labels)|assurance)/[0-9a-f]{64}\.(?:jsonl|sealed)"
    rf"|{ECONOMIES_FOLDER}/{ECONOMY_NAME.pattern}\.npz)\Z"
)
"""Where such a file may lie in a node's folder; nothing else is read from a backup, or written."""


def names(home: Home) -> list[str]:
    """Return where in the folder what is to be held lies, in order."""
    found = (
        path.relative_to(home.path).as_posix()
        for folder in (*home.texts, home.path / ECONOMIES_FOLDER)
        if folder.is_dir()
        for path in folder.iterdir()
    )
    return sorted(name for name in found if NAME.match(name))


def write(writer: Writer, home: Home, which: list[str], told: Callable[[int], None]) -> Texts:
    """Write the files, then the list of them with their digests; `told` hears how many are written."""
    lines = list[bytes]()
    for number, name in enumerate(which, 1):
        with (home.path / name).open("rb") as source, writer.member(_member(name)) as target:
            digest = _copied(source, target)
        lines.append(orjson.dumps([name, digest]) + b"\n")
        told(number)
    listed = writer.add_lines(TEXTS, iter(lines))
    return Texts(files=listed.rows, sha256=listed.sha256)


def check(archive: Reader, texts: Texts) -> None:
    """Read every file against its digest.

    Raises:
        Damaged: if one is missing or is another, or the list is.
    """
    for name, digest in _listed(archive, texts):
        _read(archive, name, digest, None)


def restore(archive: Reader, texts: Texts, home: Home) -> None:
    """Write every file to its place in a folder that has none.

    Raises:
        Damaged: if one is missing or is another, or the list is.
        OSError: if the folder cannot be written.
    """
    for name, digest in _listed(archive, texts):
        path = home.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as target:
            _read(archive, name, digest, target)


def _listed(archive: Reader, texts: Texts) -> Iterator[tuple[str, str]]:
    for line in archive.lines(TEXTS, Written(texts.files, texts.sha256)):
        name, digest = cast("list[str]", orjson.loads(line))
        if not NAME.match(name):
            raise Damaged(f"{name[:80]!r} is no place of a text.")
        yield name, digest


def _read(archive: Reader, name: str, digest: str, target: IO[bytes] | None) -> None:
    with archive.member(_member(name)) as source:
        if _copied(source, target) != digest:
            raise Damaged(f"{name} is not what the list says.")


def _copied(source: IO[bytes], target: IO[bytes] | None) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        if target is not None:
            target.write(chunk)
    return digest.hexdigest()


def _member(name: str) -> str:
    return f"texts/{name}"
