"""Making records of what people typed: what does not fit is refused with its field named."""

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

from pydantic import JsonValue, ValidationError

from corridor.access.errors import Incomplete
from corridor.core.records import Record

RecordT = TypeVar("RecordT", bound=Record)

Errors = Mapping[str, Any]
"""One of pydantic's error details."""


def stated(kind: type[RecordT], made_at: datetime, **fields: object) -> RecordT:
    """Make a record.

    Raises:
        Incomplete: if a field does not fit, with its name and why.
    """
    for field, value in fields.items():
        check_plain(field, value)
    try:
        return kind.model_validate({"made_at": made_at, **fields})
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=True)[0]
        raise Incomplete(
            f"{place_of(first)}: {in_words(first)}.", hint="Put it right and try again."
        ) from error


def check_plain(field: str, value: object) -> None:
    """Check that texts hold no control characters, nor anything that is no text.

    Raises:
        Incomplete: if one does.
    """
    for text in _texts(value):
        if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in text):
            raise Incomplete(
                f"{field}: has characters that are no text.",
                hint="Write it again without control characters.",
            )


def place_of(error: Errors) -> str:
    """Return the dotted name of the field that an error is about."""
    return ".".join(str(part) for part in error["loc"] if not isinstance(part, int)) or "fields"


def in_words(error: Errors) -> str:
    """Return what an error of pydantic says, for people."""
    limits: dict[str, Any] = error.get("ctx") or {}
    words = WORDS.get(str(error["type"]))
    if words is not None:
        return words.format(**limits)
    return str(error["msg"]).removeprefix("Value error, ")


WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is no field of a request",
    "literal_error": "is not one of {expected}",
    "string_type": "is no text",
    "string_too_short": "is too short: at least {min_length} characters",
    "string_too_long": "is too long: at most {max_length} characters",
    "string_pattern_mismatch": "is not written as it must be ({pattern})",
    "too_short": "is empty",
    "tuple_type": "is no list",
    "int_type": "is no whole number",
    "int_parsing": "is no whole number",
    "int_from_float": "is no whole number",
    "bool_type": "is neither yes nor no",
    "bool_parsing": "is neither yes nor no",
    "greater_than_equal": "is too small: at least {ge}",
    "less_than_equal": "is too large: at most {le}",
}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        items: tuple[JsonValue, ...] = tuple(value)  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]
        for item in items:
            yield from _texts(item)
