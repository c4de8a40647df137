"""Ways of writing the same letters in one script: what Unicode leaves distinct and readers do not.

Canonical equivalence is Unicode's own. These are the others: sequences that the Unicode Standard says not to
use though keyboards make them (chapter 12, its tables of vowel letters), older encodings of Malayalam chillus,
Bengali khanda ta and Tamil shri, Arabic letters that look the same in Urdu, Sindhi and Kashmiri, the nukta of
loan sounds, the nasal of Devanagari and its neighbours. What each costs is in docs/decisions/0023.
"""

import re
from functools import cache

VIRAMA = "\u094d"
JOINER = "\u200d"

CHILLUS = {
    "\u0d23\u0d4d\u200d": "\u0d7a",
    "\u0d28\u0d4d\u200d": "\u0d7b",
    "\u0d30\u0d4d\u200d": "\u0d7c",
    "\u0d32\u0d4d\u200d": "\u0d7d",
    "\u0d33\u0d4d\u200d": "\u0d7e",
    "\u0d15\u0d4d\u200d": "\u0d7f",
}
KHANDA_TA = {"\u09a4\u09cd\u200d": "\u09ce"}
JOINED = {**CHILLUS, **KHANDA_TA}
"""Sequences with a zero-width joiner and the letter that stands for them since Unicode 4.1 and 5.1."""

VOWELS = {
    # Devanagari
    "अा": "आ",
    "अॉ": "ऑ",
    "अो": "ओ",
    "अौ": "औ",
    "एॅ": "ऍ",
    "एॆ": "ऎ",
    "एे": "ऐ",
    "आे": "ओ",
    "आै": "औ",
    # Bengali
    "অা": "আ",
    "ঋৃ": "ৠ",
    # Gurmukhi: letters are bearers with a sign
    "ਅਾ": "ਆ",
    "ੲਿ": "ਇ",
    "ੲੀ": "ਈ",
    "ੳੁ": "ਉ",
    "ੳੂ": "ਊ",
    "ੲੇ": "ਏ",
    "ਅੈ": "ਐ",
    "ੳੋ": "ਓ",
    "ਅੌ": "ਔ",
    # Gujarati
    "અા": "આ",
    "અૅ": "ઍ",
    "અે": "એ",
    "અૈ": "ઐ",
    "અૉ": "ઑ",
    "અો": "ઓ",
    "અૌ": "ઔ",
    # Odia, and its two letters for wa
    "ଅା": "ଆ",
    "ଵ": "ୱ",
    # Malayalam: the old sign au, and two ways to write nta
    "ഇൗ": "ഈ",
    "ഉൗ": "ഊ",
    "എെ": "ഐ",
    "ഒാ": "ഓ",
    "ഒൗ": "ഔ",
    "ൌ": "ൗ",
    "ൻ്റ": "ന്റ",
    "ൻറ": "ന്റ",
    # Telugu and Kannada
    "ఒౌ": "ఔ",
    "ಉಾ": "ಊ",
    "ಒೌ": "ಔ",
    # Tamil: two ways to write shri
    "ஶ்ரீ": "ஸ்ரீ",
    # Ol Chiki: two marks in either order, and the letter for both
    "ᱹᱸ": "ᱺ",
    "ᱸᱹ": "ᱺ",
}
ARABIC = {
    "\u064a\u0654": "ئ",
    "\u06cc\u0654": "ئ",
    "\u0649\u0654": "ئ",
    "\u064a": "\u06cc",
    "\u0649": "\u06cc",
    "\u0643": "\u06a9",
    "\u06aa": "\u06a9",
    "\u0647": "\u06c1",
    "\u06d5": "\u06c1",
    "\u0629": "\u06c3",
    "\u0640": "",
}
"""Yeh, kaf and heh as Arabic, Persian and Urdu keyboards write them; the stretcher is dropped."""
LOANS = {f"{letter}\u093c": letter for letter in "कखगजफ"} | {
    f"{letter}\u0a3c": letter for letter in "ਖਗਜਫ"
}
"""The nukta of loan sounds, which Hindi and Punjabi spelling drops freely. Not of ड़, ढ़, ਸ਼ or ਲ਼, nor in
Bengali, Assamese and Odia: there it makes another letter."""

_VARGAS = (("ङ", "कखगघ"), ("ञ", "चछजझ"), ("ण", "टठडढ"), ("न", "तथदध"), ("म", "पफबभ"))
_NASAL_SCRIPTS = (0x0900, 0x0A80, 0x0C00, 0x0C80)
"""First code points of Devanagari, Gujarati, Telugu and Kannada, whose blocks have one order."""


@cache
def _table() -> tuple[re.Pattern[str], dict[str, str]]:
    pairs = {**JOINED, **VOWELS, **ARABIC, **LOANS}
    longest = sorted(pairs, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest))), pairs


@cache
def _nasals() -> tuple[re.Pattern[str], dict[str, str]]:
    sequences: list[str] = []
    signs: dict[str, str] = {}
    for base in _NASAL_SCRIPTS:
        for nasal, followers in _VARGAS:
            moved = "".join(chr(ord(letter) - 0x0900 + base) for letter in followers)
            first = chr(ord(nasal) - 0x0900 + base) + chr(base + 0x4D)
            sequences.append(f"{first}(?=[{moved}])")
            signs[first] = chr(base + 0x02)
    return re.compile("|".join(sequences)), signs


def joined(text: str) -> str:
    """Return a text with letters for sequences that are spelt with a joiner; the rest untouched."""
    if JOINER not in text:
        return text
    for sequence, letter in JOINED.items():
        text = text.replace(sequence, letter)
    return text


def one_spelling(text: str) -> str:
    """Return a text in NFKC with one spelling for each of the ways above.

    Devanagari's chandrabindu becomes an anusvara, and so does a nasal before a stop of its own class.
    """
    pattern, pairs = _table()
    text = pattern.sub(lambda found: pairs[found[0]], text).replace("\u0901", "\u0902")
    pattern, pairs = _nasals()
    return pattern.sub(lambda found: pairs[found[0]], text)
