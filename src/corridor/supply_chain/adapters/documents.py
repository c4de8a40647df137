"""JSON files whose shape is somebody else's, read with the place of each fault."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from corridor.supply_chain.adapters.sheets import MIB, Place, check_size
from corridor.supply_chain.errors import BadTable

Object = Mapping[str, object]
MOST_BYTES = 64 * MIB
"""Of a JSON file; read, it takes some ten times as much memory."""


def document(path: Path) -> Object:
    """Read a JSON file that holds an object.

    Raises:
        TooLarge: if it is larger than is read.
        BadTable: if it is none, with the place.
    """
    check_size(path, MOST_BYTES)
    try:
        value: object = json.loads(path.read_bytes())
    except json.JSONDecodeError as error:
        raise BadTable(
            f"{path.name}, row {error.lineno}, column {error.colno} is no JSON: {error.msg}."
        ) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise BadTable(f"{path.name} is no JSON that can be read.") from error
    if not isinstance(value, dict):
        raise BadTable(f"{path.name} holds no object.")
    return cast("Object", value)


def objects(within: Object, name: str, file: str) -> Sequence[tuple[Place, Object]]:
    """Return the objects of a list, each with its place, counted from 1; none if it is not there.

    Raises:
        BadTable: if it is no list, or holds something else.
    """
    value = within.get(name, [])
    if not isinstance(value, list):
        raise BadTable(f"{file}, {name} is no list.")
    found: list[tuple[Place, Object]] = []
    for number, each in enumerate(cast("list[object]", value), start=1):
        place = Place(f"{file}, {name}", number)
        if not isinstance(each, dict):
            raise place.fault("-", "it is no object")
        found.append((place, cast("Object", each)))
    return found


def text(within: Object, name: str, place: Place) -> str:
    """Return a text of an object, or a number as one; empty if it is not there.

    Raises:
        BadTable: if it is something else.
    """
    value = within.get(name)
    if value is None:
        return ""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value).strip()
    raise place.fault(name, "it is no text")
