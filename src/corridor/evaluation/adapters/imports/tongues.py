"""Which of our tags another harness's name of a language stands for."""

import re
from functools import lru_cache

from corridor.evaluation.rules.prompts import words_of
from corridor.evaluation.rules.tags import USUAL_SCRIPTS

LATIN = ("af", "cs", "da", "de", "es", "et", "fi", "fil", "fr", "hr", "hu", "id", "it", "jv", "ms", "nl", "no",
         "pl", "pt", "ro", "sk", "sl", "sv", "sw", "tr", "vi", "yo", "zu")  # fmt: skip
SCRIPTS = {
    **USUAL_SCRIPTS,
    **dict.fromkeys(LATIN, "Latn"),
    **dict.fromkeys(("bg", "mk", "ru", "uk"), "Cyrl"),
    **dict.fromkeys(("ar", "fa"), "Arab"),
    "el": "Grek",
    "he": "Hebr",
    "ko": "Kore",
    "my": "Mymr",
    "si": "Sinh",
    "th": "Thai",
    "zh": "Hans",
}
"""In which script a language is meant where none is named."""
TAG = re.compile(r"([a-z]{2,3})-([A-Z][a-z]{3})\Z")


def tag_of_name(name: str) -> str:
    """Return our tag for a code (`bn`, `zh-CN`, `hi-Latn`) or an English name; empty if it is not known."""
    if TAG.match(name):
        return name
    code = re.split(r"[-_]", name.strip().lower())[0]
    if code in SCRIPTS:
        return f"{code}-{SCRIPTS[code]}"
    return _names().get(name.strip().lower(), "")


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    tags = [f"{code}-{script}" for code, script in SCRIPTS.items()]
    return {words_of(tag).name.lower(): tag for tag in reversed(tags) if _has_words(tag)}


def _has_words(tag: str) -> bool:
    return words_of(tag).name != "English" or tag == "en-Latn"
