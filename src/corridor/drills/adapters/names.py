"""How languages are called in reports and pictures."""

NAMES = {"en-Latn": "English", "hi-Deva": "Hindi", "ja-Jpan": "Japanese"}
"""English names of languages in pictures, whose fonts may lack other scripts."""


def language_name(tag: str) -> str:
    """Return the English name of a language, or its tag."""
    return f"{NAMES[tag]} ({tag})" if tag in NAMES else tag
