"""Files of other harnesses as JSON: refused whole, with the place, where they were cut or are none."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from corridor.evaluation.errors import BadData

Json = Mapping[str, object]
MOST_BYTES = 512 * 1024 * 1024


def content(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        BadData: if it is too large.
    """
    if path.stat().st_size > MOST_BYTES:
        raise BadData(f"{path.name} is larger than {MOST_BYTES // 1024**2} MiB.")
    return path.read_bytes()


def objects(path: Path, data: bytes) -> Iterator[tuple[int, Json]]:
    """Yield the objects of a file of JSON lines, with their lines.

    Raises:
        BadData: if a line is no object, or the last one was cut.
    """
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        try:
            value: object = json.loads(line)
        except ValueError as error:
            raise BadData(f"{path.name}, line {number}: no JSON; it may have been cut.") from error
        if not isinstance(value, dict):
            raise BadData(f"{path.name}, line {number}: no object.")
        yield number, cast("Json", value)


def value_in(path: Path, data: bytes) -> object:
    """Return what a JSON file holds.

    Raises:
        BadData: if it is none, or was cut.
    """
    try:
        return json.loads(data)
    except ValueError as error:
        raise BadData(f"{path.name} is no JSON: it may have been cut.") from error


def mapping(value: object) -> Json:
    """Return an object, or an empty one for anything else."""
    return cast("Json", value) if isinstance(value, dict) else {}


def sequence(value: object) -> list[object]:
    """Return a list, or an empty one for anything else."""
    return cast("list[object]", value) if isinstance(value, list) else []


def text(value: object) -> str:
    """Return a text, or an empty one for anything else."""
    return value if isinstance(value, str) else ""
