"""A record from what people wrote, or one sentence on what is wrong with it, and where."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from corridor.core.errors import Invalid
from corridor.core.records import Part

PartT = TypeVar("PartT", bound=Part)


def valid(kind: type[PartT], fields: Mapping[str, object]) -> PartT:
    """Return a record of these fields.

    Raises:
        Invalid: with the first place that is wrong, and why; never with what was written there.
    """
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise _first(error, kind) from None


def valid_json(kind: type[PartT], data: bytes) -> PartT:
    """Return a record from JSON that somebody else wrote.

    Raises:
        Invalid: with the first place that is wrong, and why.
    """
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        raise _first(error, kind) from None


def _first(error: ValidationError, kind: type[Part]) -> Invalid:
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(map(str, first["loc"])) or kind.__name__.lower()
    return Invalid(f"{place}: {first['msg'].removeprefix('Value error, ')}.")
