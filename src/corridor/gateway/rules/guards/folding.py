"""Text as detectors read it: digits of every script, full width letters and dashes made plain.

Each character becomes exactly one, so that a place in the folded text is the same place in the
text itself. Numbers written in words or in kanji are left as they are, and found by no detector.
"""

import re
import unicodedata

HINT = re.compile("[\\d@\uff20\u2460-\u2468\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089]")
"""No detector finds anything in a text without one of these."""
_FOLDED = re.compile(
    "[\\d\uff01-\uff5e"  # digits of every script; full width letters and signs
    "\u2460-\u2468\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089"  # circled, raised, lowered
    "\u00ad\u2010-\u2015\u2043\u2212\u30fc\ufe58\ufe63\uff70"  # what people type for a hyphen
    "\u00a0\u1680\u2000-\u200f\u202f\u205f\u2060\u3000\ufeff]"  # spaces, seen or not
)


def folded(text: str) -> str:
    """Return the text in which detectors look, of the same length."""
    if text.isascii():
        return text
    return _FOLDED.sub(_plain, text)


def _plain(found: re.Match[str]) -> str:
    character = found.group()
    if character.isascii():
        return character
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    plain = unicodedata.normalize("NFKC", character)
    if len(plain) == 1 and "!" <= plain <= "~":
        return plain
    kind = unicodedata.category(character)
    return "-" if kind in ("Pd", "Lm", "Sm", "Po") or character == "\u00ad" else " "
