"""Canonical JSON (RFC 8785): one value, one sequence of bytes, one digest.

`rfc8785` is the measure of every byte. Most values need nothing special; those are written by
orjson, which is some twenty times as fast and gives the same bytes for them.
"""

import hashlib
import json
import math
from typing import cast

import orjson
import rfc8785

from corridor.core.errors import Invalid

LARGEST_INTEGER_DIGITS = 17  # of 2^53 with its sign
LARGEST_INTEGER = 2**53 - 1


Written = orjson.Fragment
"""Canonical JSON as part of a value; its bytes are taken as they are.

What is beside it has to be plain: exactly the types of JSON, numbers within 2^53, keys in ASCII.
"""


AS_IS = frozenset({str, bool, type(None), Written})
"""Types whose values orjson writes canonically."""


class _NotPlain(Exception):
    """This value needs the care of rfc8785."""


def canonical(value: object) -> bytes:
    """Return the canonical JSON of a value made of dicts, lists, strings, numbers and None.

    Raises:
        Invalid: if the value has no canonical JSON (NaN, integers beyond 2^53, other types).
    """
    try:
        return orjson.dumps(_plain(value), option=orjson.OPT_SORT_KEYS)
    except (_NotPlain, TypeError, RecursionError):  # TypeError: of a key, or of half a pair
        pass
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
        quickly: object = orjson.loads(data)
        if orjson.dumps(quickly, option=orjson.OPT_SORT_KEYS) == data and _is_simple(quickly):
            return quickly  # without a copy; this is what most records are
        if canonical(quickly) == data:
            return quickly
    except (ValueError, Invalid):  # such as 1e18, which orjson takes for an integer
        pass
    try:
        value: object = json.loads(data, parse_int=_number)
    except (ValueError, RecursionError) as error:
        raise Invalid("This is not JSON.") from error
    if canonical(value) != data:
        raise Invalid("This JSON is not canonical (RFC 8785).")
    return value


def _is_simple(value: object) -> bool:
    """Say whether orjson writes a value canonically as it is: no floats, only small integers."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is dict:
        members = cast("dict[str, object]", value)
        return "".join(members).isascii() and all(map(_is_simple, members.values()))
    if kind is list:
        return all(map(_is_simple, cast("list[object]", value)))
    return kind is int and -LARGEST_INTEGER <= cast("int", value) <= LARGEST_INTEGER


def _plain(value: object) -> object:
    """Return what orjson writes canonically in the place of a value.

    Raises:
        _NotPlain: if there is no such thing.
    """
    kind = type(value)  # exactly: of a subclass, only rfc8785 knows what it makes
    if kind in AS_IS:
        return value
    if kind is dict:
        members = cast("dict[str, object]", value)
        _check_keys("".join(members))
        return {k: v if type(v) in AS_IS else _plain(v) for k, v in members.items()}
    if kind is list or kind is tuple:
        return [_plain(item) for item in cast("list[object]", value)]
    if kind is float:
        return orjson.Fragment(_float(cast("float", value)))
    if kind is int and -LARGEST_INTEGER <= cast("int", value) <= LARGEST_INTEGER:
        return value
    raise _NotPlain


def _check_keys(joined: str) -> None:
    # orjson sorts by UTF-8, the RFC by UTF-16: they agree below the surrogates. What is no str, or
    # is a subclass, str.join or orjson refuses with a TypeError.
    if not joined.isascii() and max(joined) >= "\ud800":
        raise _NotPlain


def _float(value: float) -> bytes:
    # In this range Python and ECMAScript write the same digits, and neither an exponent.
    if 1e-4 <= abs(value) < 1e16:
        return repr(value).removesuffix(".0").encode()
    if not math.isfinite(value):
        raise _NotPlain
    return rfc8785.dumps(value)


def _number(text: str) -> int | float:
    # RFC 8785 writes a float such as 1e18 without an exponent; beyond 2^53 a number is a float.
    if len(text) <= LARGEST_INTEGER_DIGITS and abs(int(text)) < 2**53:
        return int(text)
    return float(text)


def sha256(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in lower-case hex."""
    return hashlib.sha256(data).hexdigest()
