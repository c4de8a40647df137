"""Search texts for personal data, and do with what is found as a policy says."""

from collections.abc import Callable, Iterable
from typing import cast

import orjson

from corridor.gateway.rules.guards.finding import found_in, redacted
from corridor.gateway.rules.guards.plans import Search
from corridor.gateway.rules.guards.shapes import refused
from corridor.gateway.rules.guards.texts import Path, changed, is_arguments, named

Flag = Callable[[str, str], None]
"""Is told the kind of what was found, and the place."""


def searched(
    search: Search, body: dict[str, object], texts: Iterable[tuple[Path, str]], flag: Flag
) -> dict[str, object]:
    """Return a body with what was found redacted; the very same one where nothing was.

    Raises:
        Refusal: 400 if something was found that a policy refuses.
    """
    changes: dict[Path, str] = {}
    for path, text in texts:
        work = arguments_searched if is_arguments(path) else text_searched
        after = work(search, text, named(path), flag)
        if after is not text:
            changes[path] = after
    return changed(body, changes) if changes else body


def text_searched(search: Search, text: str, place: str, flag: Flag) -> str:
    """Return a text with what was found redacted; the same one where nothing was.

    Raises:
        Refusal: 400 if something was found that a policy refuses.
    """
    found = found_in(text, search.detectors)
    if not found:
        return text
    for each in found:
        action = search.actions[each.kind]
        if action == "refuse":
            raise refused("pii", place, f"it holds {each.kind}")
        flag(each.kind, place)
    hidden = [each for each in found if search.actions[each.kind] == "redact"]
    return redacted(text, hidden) if hidden else text


def arguments_searched(search: Search, text: str, place: str, flag: Flag) -> str:
    """Return the arguments of a tool call with what was found redacted, still as JSON.

    Raises:
        Refusal: 400 if something was found that a policy refuses.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text_searched(search, text, place, flag)
    after = _value_searched(search, value, place, flag)
    return text if after == value else orjson.dumps(after).decode()


def _value_searched(search: Search, value: object, place: str, flag: Flag) -> object:
    if isinstance(value, str):
        return text_searched(search, value, place, flag)
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {name: _value_searched(search, v, place, flag) for name, v in fields.items()}
    if isinstance(value, list):
        return [_value_searched(search, v, place, flag) for v in cast("list[object]", value)]
    if isinstance(value, int) and not isinstance(value, bool):
        digits = str(value)
        after = text_searched(search, digits, place, flag)
        return value if after == digits else after
    return value
