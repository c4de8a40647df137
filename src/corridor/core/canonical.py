"""Canonical JSON (RFC 8785): one value, one sequence of bytes, one digest."""

import hashlib
import json
from typing import cast

import rfc8785

from corridor.core.errors import Invalid

LARGEST_INTEGER_DIGITS = 17  # of 2^53 with its sign


def canonical(value: object) -> bytes:
    """Return the canonical JSON of a value made of dicts, lists, strings, numbers and None.

    Raises:
        Invalid: if the value has no canonical JSON (NaN, integers beyond 2^53, other types).
    """
    try:
        return rfc8785.dumps(cast("dict[str, object]", value))  # pyright: ignore[reportArgumentType]
    except (ValueError, RecursionError) as error:  # CanonicalizationError is a ValueError
        raise Invalid(f"This value has no canonical JSON: {error}.") from error


def parsed(data: bytes) -> object:
    """Parse JSON that must be canonical already: what was signed is what is read.

    Raises:
        Invalid: if the bytes are not JSON, or are JSON written in another way.
    """
    try:
        value: object = json.loads(data, parse_int=_number)
    except (ValueError, RecursionError) as error:
        raise Invalid("This is not JSON.") from error
    if canonical(value) != data:
        raise Invalid("This JSON is not canonical (RFC 8785).")
    return value


def _number(text: str) -> int | float:
    # RFC 8785 writes a float such as 1e18 without an exponent; beyond 2^53 a number is a float.
    if len(text) <= LARGEST_INTEGER_DIGITS and abs(int(text)) < 2**53:
        return int(text)
    return float(text)


def sha256(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in lower-case hex."""
    return hashlib.sha256(data).hexdigest()
