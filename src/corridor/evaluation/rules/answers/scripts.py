"""In which script a text is written, and whether that is the one its language asks for."""

import re
from functools import cache

SCRIPTS: dict[str, str] = {
    "Latn": "A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff",
    "Deva": "\u0900-\u0963\u0966-\u097f\ua8e0-\ua8ff",
    "Beng": "\u0980-\u09ff",
    "Guru": "\u0a00-\u0a7f",
    "Gujr": "\u0a80-\u0aff",
    "Orya": "\u0b00-\u0b7f",
    "Taml": "\u0b80-\u0bff",
    "Telu": "\u0c00-\u0c7f",
    "Knda": "\u0c80-\u0cff",
    "Mlym": "\u0d00-\u0d7f",
    "Sinh": "\u0d80-\u0dff",
    "Olck": "\u1c50-\u1c7d",
    "Mtei": "\uaae0-\uaaf6\uabc0-\uabea\uabec-\uabff",
    "Arab": "\u0610-\u061a\u0620-\u065f\u066e-\u06d3\u06d5-\u06ff\u0750-\u077f\u08a0-\u08ff",
    "Hira": "\u3041-\u309f",
    "Kana": "\u30a1-\u30ff\uff66-\uff9d",
    "Hani": "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff",
    "Cyrl": "\u0400-\u04ff",
    "Grek": "\u0370-\u03ff",
    "Hang": "\uac00-\ud7af",
    "Thai": "\u0e01-\u0e5b",
}
"""Letters and marks of each script, digits and shared punctuation apart."""
ZEROS: dict[str, int] = {
    "Latn": 0x30,
    "Arab": 0x6F0,
    "Deva": 0x966,
    "Beng": 0x9E6,
    "Guru": 0xA66,
    "Gujr": 0xAE6,
    "Orya": 0xB66,
    "Taml": 0xBE6,
    "Telu": 0xC66,
    "Knda": 0xCE6,
    "Mlym": 0xD66,
    "Olck": 0x1C50,
    "Mtei": 0xABF0,
    "Jpan": 0xFF10,
}
"""The digit nought of each script; nine follow. Arab: those of Urdu, Sindhi and Kashmiri."""
MEMBERS = {
    "Jpan": ("Hira", "Kana", "Hani"),
    "Kore": ("Hang", "Hani"),
    "Hans": ("Hani",),
    "Hant": ("Hani",),
}
USUAL = {"en": "Latn", "ja": "Jpan", "hi": "Deva"}
"""Of tags that name none."""
ENOUGH = 0.5
"""Of the letters of an answer, what must be in the script asked for. Names and formulas may be in another."""


def script_of(language: str) -> str:
    """Return the script of a tag, empty where it cannot be said."""
    tongue, _, script = language.partition("-")
    return script.partition("-")[0] or USUAL.get(tongue, "")


def fidelity(text: str, language: str) -> float | None:
    """Return which part of a text's letters is in its language's script; None if it has no letters."""
    return _share(text, script_of(language))


def faithful(text: str, language: str) -> bool:
    """Tell whether a text is in its language's script, or has no letters to tell by."""
    return in_script(text, script_of(language))


def in_script(text: str, script: str) -> bool:
    """Tell whether most letters of a text are in a script (Deva, Jpan), or there are none to tell by."""
    share = _share(text, script)
    return share is None or share >= ENOUGH


def _share(text: str, script: str) -> float | None:
    counts = {name: len(pattern.findall(text)) for name, pattern in _patterns().items()}
    total = sum(counts.values())
    if not total or not script:
        return None
    return sum(counts.get(each, 0) for each in MEMBERS.get(script, (script,))) / total


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(f"[{letters}]") for name, letters in SCRIPTS.items()}
