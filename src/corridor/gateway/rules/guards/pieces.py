"""The texts in the events of a stream: what comes piece by piece, and what comes whole behind it."""

from collections.abc import Iterator, Mapping
from typing import cast

from corridor.gateway.rules.guards.texts import SPOKEN

Key = tuple[object, ...]
"""Of which text something is a piece; it begins with its choice, where there is one."""
WHOLE_TEXTS = ("text", "refusal", "arguments")


def pieces_in(fields: Mapping[str, object]) -> Iterator[tuple[Key, str]]:
    """Yield the pieces of texts that an event brings, arguments of tool calls included."""
    for choice in _each(fields.get("choices")):
        index, delta = choice.get("index", 0), choice.get("delta")
        spoken = cast("dict[str, object]", delta) if isinstance(delta, dict) else choice
        for name in (*SPOKEN, "text"):
            if isinstance(text := spoken.get(name), str) and text:
                yield (index, name), text
        for call in _each(spoken.get("tool_calls")):
            function = call.get("function")
            inner = cast("dict[str, object]", function) if isinstance(function, dict) else {}
            if isinstance(text := inner.get("arguments"), str) and text:
                yield (index, "arguments", call.get("index", 0)), text
    if isinstance(delta := fields.get("delta"), str) and delta:
        names = ("item_id", "content_index", "summary_index")
        kind = str(fields.get("type")).rpartition(".")[0]
        yield (None, kind, *(fields.get(name) for name in names)), delta


def wholes_in(fields: Mapping[str, object]) -> Iterator[str]:
    """Yield the texts that an event of the Responses API repeats as a whole."""
    kind = fields.get("type")
    if isinstance(kind, str) and not kind.endswith(".delta"):
        yield from _everywhere(fields, "")


def place_of(key: Key) -> str:
    """Return where a text is, as people write it: `choices[0]`, or `output`."""
    return f"choices[{key[0]}]" if isinstance(key[0], int) else "output"


def _everywhere(value: object, name: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            yield from _everywhere(inner, key)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _everywhere(inner, name)
    elif isinstance(value, str) and value and name in WHOLE_TEXTS:
        yield value


def _each(value: object) -> Iterator[dict[str, object]]:
    for item in cast("list[object]", value) if isinstance(value, list) else []:
        if isinstance(item, dict):
            yield cast("dict[str, object]", item)
