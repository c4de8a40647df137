"""The language of a request: declared, or told from its text.

The script decides where only one of the languages in question is written in it. Where several
are, an identifier tells them apart; below a floor of confidence the default is assumed, and the
answer says so. Nothing here is certain of romanised text, nor of languages that the identifier
does not know: docs/guides/routing.md has the figures.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

from corridor.catalogue import script_of

How = Literal["declared", "script", "text", "default"]
Identify = Callable[[str, tuple[str, ...]], tuple[str, float] | None]
"""Tells which of some languages a text is in, and how sure that is; None where it cannot."""

LOOKED_AT = 2000
"""So many characters of a request are looked at."""
MOST_BYTES = 35
"""A longer language tag is cut: no registered one is as long."""
SHARED_BY: Mapping[str, tuple[str, ...]] = {
    "Hani": ("Hani", "Hans", "Hant", "Jpan", "Kore"),
    "Jpan": ("Jpan", "Hira", "Kana"),
    "Kore": ("Kore", "Hang"),
    "Arab": ("Arab", "Aran"),
}
"""How languages may be tagged of which a text shows this script; others have the script's name."""


@dataclass(frozen=True, slots=True)
class Told:
    """A language, and what it was told from."""

    tag: str
    how: How
    confidence: float = 1.0
    """From 0 to 1; 0 where the default is assumed."""

    def shown(self) -> str:
        """Return it as the header of an answer says it."""
        if self.how == "text":
            return f"{self.tag}; how=text; confidence={self.confidence:.2f}"
        return f"{self.tag}; how={self.how}"


def told(
    text: str,
    declared: str,
    languages: Sequence[str],
    identify: Identify | None,
    floor: float,
    default: str = "",
) -> Told:
    """Tell the language of a request among those of a service, or those that a caller may use.

    `default` is assumed where nothing tells it; the first of the languages unless it is given.
    """
    if declared and (found := _declared(declared, languages)):
        return Told(found, "declared")
    fitting = _written_in(script_of(text), tuple(languages))
    if len(fitting) == 1:
        return Told(fitting[0], "script")
    if len(fitting) > 1 and identify is not None:
        identified = identify(text, fitting)
        if identified is not None and identified[1] >= floor:
            return Told(identified[0], "text", identified[1])
    return Told(default or (languages[0] if languages else "und"), "default", 0.0)


def shared(languages: Sequence[str]) -> list[tuple[str, ...]]:
    """Return those of some languages that a script does not tell apart, for each such script."""
    scripts = {_script_of_tag(tag) for tag in languages} | {"Hani"}
    found = (_written_in(script, tuple(languages)) for script in sorted(scripts))
    return [group for group in dict.fromkeys(found) if len(group) > 1]


def text_of(body: Mapping[str, object]) -> str:
    """Return what a caller says: the last message of a user, a prompt, or an input."""
    messages = body.get("messages")
    if isinstance(messages, list) and messages:
        return _content(_last_of_user(cast("list[object]", messages)))[:LOOKED_AT]
    given = body.get("input") if "prompt" not in body else body["prompt"]
    if not isinstance(given, list):
        return given[:LOOKED_AT] if isinstance(given, str) else ""
    parts = cast("list[object]", given)
    if parts and isinstance(parts[-1], dict):  # an input of /responses
        return _content(_last_of_user(parts))[:LOOKED_AT]
    return " ".join(part for part in parts[:10] if isinstance(part, str))[:LOOKED_AT]


def _declared(declared: str, languages: Sequence[str]) -> str:
    """Return the language that is meant: also `ta` where there is just one `ta-…`."""
    if declared in languages or not languages:
        return declared[:MOST_BYTES]
    if "-" in declared:
        return ""
    meant = [tag for tag in languages if tag.partition("-")[0] == declared.lower()]
    return meant[0] if len(meant) == 1 else ""


@lru_cache(maxsize=1000)
def _written_in(script: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of some languages that a text of a script may be in."""
    tags = SHARED_BY.get(script, (script,))
    return tuple(tag for tag in languages if _script_of_tag(tag) in tags)


def _script_of_tag(tag: str) -> str:
    return tag.split("-")[1] if "-" in tag else ""


def _last_of_user(messages: list[object]) -> object:
    for message in reversed(messages):
        if isinstance(message, dict) and cast("dict[str, object]", message).get("role") == "user":
            return cast("object", message)
    return messages[-1]


def _content(message: object) -> str:
    if not isinstance(message, dict):
        return ""
    content = cast("dict[str, object]", message).get("content")
    if isinstance(content, list):
        parts = cast("list[object]", content)
        return " ".join(_text(part) for part in parts)
    return content if isinstance(content, str) else ""


def _text(part: object) -> str:
    text = cast("dict[str, object]", part).get("text") if isinstance(part, dict) else None
    return text if isinstance(text, str) else ""
