"""Short names of languages: `hi` for hi-Deva, where a suite has it."""

from collections.abc import Collection

from corridor.core.errors import Invalid

USUAL_SCRIPTS = {
    **dict.fromkeys(("hi", "mr", "ne", "sa", "mai", "kok", "doi", "brx"), "Deva"),
    **dict.fromkeys(("bn", "as"), "Beng"),
    **dict.fromkeys(("ur", "ks", "sd"), "Arab"),
    "en": "Latn",
    "ja": "Jpan",
    "gu": "Gujr",
    "kn": "Knda",
    "ml": "Mlym",
    "or": "Orya",
    "pa": "Guru",
    "ta": "Taml",
    "te": "Telu",
    "mni": "Mtei",
    "sat": "Olck",
}
"""In which script a language is meant where none is named: English, Japanese, and India's scheduled ones."""


def tag_of(short: str, there: Collection[str]) -> str:
    """Return the tag that is meant: as it is, or the language in its usual script, or in its only one.

    Raises:
        Invalid: if there is none, or it is not clear which.
    """
    if short in there:
        return short
    usual = f"{short}-{USUAL_SCRIPTS.get(short, '')}"
    found = [tag for tag in there if tag.partition("-")[0] == short]
    if usual in found:
        return usual
    if len(found) == 1:
        return found[0]
    if not found:
        raise Invalid(f"There are no items in {short}.", hint=f"There are {', '.join(there)}.")
    raise Invalid(f"{short} is there in several scripts.", hint=f"Name one: {', '.join(found)}.")
