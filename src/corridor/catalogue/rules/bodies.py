"""A request's body under another model's name, and otherwise byte for byte as it came."""

import re
from functools import lru_cache
from typing import cast

import orjson

from corridor.core.errors import Invalid

DEEPEST = 250
"""Brackets within brackets; orjson writes some 254, and many servers' parsers take less."""
KEY = b'"model"'


def renamed(raw: bytes, body: dict[str, object], model: str) -> bytes:
    """Return a body for the provider's own name of the model.

    `raw` is the body as it came, or empty where there is none; `body` is what it says. Only the
    name's bytes are replaced, where it is certain which they are; else the whole is written anew.

    Raises:
        Invalid: if it cannot be written as JSON, or is nested too deeply for others to read.
    """
    check_depth(raw, body)
    if raw:
        name = orjson.dumps(model)
        for found in _places(raw, body.get("model")):
            changed = raw[: found.start(1)] + name + raw[found.end(1) :]
            if _is_certain(raw) or _says(changed, model):
                return changed
    return written({**body, "model": model})


def written(body: dict[str, object]) -> bytes:
    """Write a body as JSON.

    Raises:
        Invalid: if it is nested too deeply.
    """
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError as error:
        raise Invalid("The request is nested too deeply to be sent on.") from error


def check_depth(raw: bytes, body: dict[str, object]) -> None:
    """Check that a body is not nested too deeply to be sent on.

    Raises:
        Invalid: if it is.
    """
    # Without so many brackets it cannot be; with them, whoever writes it finds out.
    if raw and raw.count(b"[") + raw.count(b"{") > DEEPEST:
        written(body)


def _places(raw: bytes, name: object) -> list[re.Match[bytes]]:
    return list(_pattern(name).finditer(raw)) if isinstance(name, str) else []


@lru_cache(maxsize=1000)
def _pattern(name: str) -> re.Pattern[bytes]:
    return re.compile(rb'"model"\s*:\s*(' + re.escape(orjson.dumps(name)) + rb")")


def _is_certain(raw: bytes) -> bool:
    """Tell whether the only key of this spelling must be the body's own, not one further inside."""
    return raw.count(KEY) == 1 and b"\\u00" not in raw


def _says(changed: bytes, model: str) -> bool:
    return cast("dict[str, object]", orjson.loads(changed)).get("model") == model
