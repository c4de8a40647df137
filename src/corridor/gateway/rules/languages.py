"""The language of a request: declared, or told from its text."""

from collections.abc import Mapping, Sequence
from typing import cast

from corridor.catalogue import script_of


def language_of(body: Mapping[str, object], declared: str, languages: Sequence[str]) -> str:
    """Return the language of a request: declared, else by the script of its last message.

    A script tells a language only among those of the service, or those that the caller may use the
    model in; else the first of them is assumed.
    """
    if declared and (declared in languages or not languages):
        return declared[:35]
    script = script_of(_last_text(body))
    return next((tag for tag in languages if f"-{script}" in tag), (*languages, "und")[0])


def _last_text(body: Mapping[str, object]) -> str:
    messages = body.get("messages")
    last = cast("list[object]", messages)[-1] if isinstance(messages, list) and messages else None
    text = cast("dict[str, object]", last).get("content") if isinstance(last, dict) else None
    if isinstance(text, list):
        text = " ".join(_text_of(part) for part in cast("list[object]", text))
    text = text if last is not None else body.get("prompt")
    return text[:2000] if isinstance(text, str) else ""


def _text_of(part: object) -> str:
    text = cast("dict[str, object]", part).get("text") if isinstance(part, dict) else None
    return text if isinstance(text, str) else ""
