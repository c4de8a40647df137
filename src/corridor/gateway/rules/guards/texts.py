"""Where the texts of a request or an answer are, and how they change without touching the rest."""

from collections.abc import Iterator, Mapping
from typing import cast

Path = tuple[str | int, ...]

SPOKEN = ("content", "reasoning_content", "reasoning", "refusal")


def texts_of(body: Mapping[str, object], *, tool_arguments: bool) -> Iterator[tuple[Path, str]]:
    """Yield the texts of a request: of messages, prompt, input and instructions."""
    for name in ("messages", "input"):
        for place, item in _items(body.get(name)):
            yield from _of_message((name, place), item, tool_arguments)
    for name in ("prompt", "input", "instructions", "suffix"):
        value = body.get(name)
        if isinstance(value, str):
            yield (name,), value
        elif name != "input":
            yield from _strings((name,), value)


def answer_texts(body: Mapping[str, object], *, tool_arguments: bool) -> Iterator[tuple[Path, str]]:
    """Yield the texts of a whole answer, of whichever of OpenAI's forms."""
    for place, choice in _items(body.get("choices")):
        fields = _fields(choice)
        if isinstance(text := fields.get("text"), str):
            yield ("choices", place, "text"), text
        yield from _of_message(("choices", place, "message"), fields.get("message"), tool_arguments)
    for place, item in _items(body.get("output")):
        yield from _of_message(("output", place), item, tool_arguments)
    if isinstance(text := body.get("output_text"), str):
        yield ("output_text",), text


def unreadable(body: Mapping[str, object]) -> str | None:
    """Return where a request has tokens in the place of text, which no guard can read."""
    for name in ("prompt", "input"):
        for _, item in _items(body.get(name)):
            if isinstance(item, int | list):
                return name
    return None


def changed(body: dict[str, object], changes: Mapping[Path, str]) -> dict[str, object]:
    """Return a body with other texts at some places; whatever does not lead there is the same."""
    made = body
    for path, text in changes.items():
        made = cast("dict[str, object]", _with(made, path, text))
    return made


def named(path: Path) -> str:
    """Return a place as people write it: `messages[2]`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path[:2])[1:]


def is_arguments(path: Path) -> bool:
    """Tell whether a text is the arguments of a tool call."""
    return path[-1] == "arguments"


def _of_message(path: Path, message: object, tool_arguments: bool) -> Iterator[tuple[Path, str]]:
    if isinstance(message, str):
        yield path, message
        return
    fields = _fields(message)
    for name in (*SPOKEN, "output", "text"):
        if isinstance(text := fields.get(name), str):
            yield (*path, name), text
    for name in ("content", "summary"):
        yield from _strings((*path, name), fields.get(name))
    if tool_arguments:
        yield from _arguments(path, fields)


def _arguments(path: Path, fields: Mapping[str, object]) -> Iterator[tuple[Path, str]]:
    if isinstance(text := fields.get("arguments"), str):
        yield (*path, "arguments"), text
    for place, call in _items(fields.get("tool_calls")):
        function = _fields(_fields(call).get("function"))
        if isinstance(text := function.get("arguments"), str):
            yield (*path, "tool_calls", place, "function", "arguments"), text


def _strings(path: Path, value: object) -> Iterator[tuple[Path, str]]:
    """Yield the texts of a list: strings, or parts with a text."""
    for place, item in _items(value):
        if isinstance(item, str):
            yield (*path, place), item
        elif isinstance(text := _fields(item).get("text"), str):
            yield (*path, place, "text"), text


def _with(value: object, path: Path, text: str) -> object:
    if not path:
        return text
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = list(cast("list[object]", value))
        items[step] = _with(items[step], rest, text)
        return items
    fields = cast("dict[str, object]", value)
    return {**fields, step: _with(fields[step], rest, text)}


def _items(value: object) -> Iterator[tuple[int, object]]:
    return enumerate(cast("list[object]", value)) if isinstance(value, list) else iter(())


def _fields(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
