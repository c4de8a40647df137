"""Which script a text is in: told from a sample of its characters, by their code points.

It knows the scripts of the 22 scheduled languages of India, those of its neighbours and of East
Asia, and the larger ones of the rest of the world, as far as they lie in Unicode's basic plane.
"""

import sys
from collections import Counter
from collections.abc import Mapping

Range = tuple[int, int]
UNKNOWN = "Zyyy"
"""ISO 15924's code for what is common to all scripts: digits, signs, nothing at all."""
SPAN = 48
"""So many characters are looked at in the beginning, the middle and the end of a text."""
KANA_SHARE = 20
"""One kana to so many Han: less of it is a foreign name in a Chinese text."""

RANGES: Mapping[str, tuple[Range, ...]] = {
    "Latn": (
        (0x41, 0x5A),
        (0x61, 0x7A),
        (0xC0, 0xD6),
        (0xD8, 0xF6),
        (0xF8, 0x2AF),
        (0x1E00, 0x1EFF),
        (0x2C60, 0x2C7F),
        (0xA722, 0xA7FF),
        (0xFF21, 0xFF3A),
        (0xFF41, 0xFF5A),
    ),
    "Grek": ((0x370, 0x3FF), (0x1F00, 0x1FFE)),
    "Cyrl": ((0x400, 0x52F), (0x1C80, 0x1C8F), (0x2DE0, 0x2DFF), (0xA640, 0xA69F)),
    "Armn": ((0x531, 0x58F),),
    "Hebr": ((0x591, 0x5F4), (0xFB1D, 0xFB4F)),
    "Arab": (
        (0x610, 0x61A),
        (0x620, 0x63F),
        (0x641, 0x64A),
        (0x66E, 0x66F),
        (0x671, 0x6D5),
        (0x6FA, 0x6FF),
        (0x750, 0x77F),
        (0x8A0, 0x8FF),
        (0xFB50, 0xFDFF),
        (0xFE70, 0xFEFC),
    ),
    "Syrc": ((0x700, 0x74F),),
    "Thaa": ((0x780, 0x7BF),),
    "Nkoo": ((0x7C0, 0x7FF),),
    # The dandas (U+0964, U+0965) stand in Bengali, Odia and other texts as well.
    "Deva": ((0x900, 0x950), (0x953, 0x963), (0x966, 0x97F), (0xA8E0, 0xA8FF)),
    "Beng": ((0x980, 0x9FF),),
    "Guru": ((0xA00, 0xA7F),),
    "Gujr": ((0xA80, 0xAFF),),
    "Orya": ((0xB00, 0xB7F),),
    "Taml": ((0xB80, 0xBFF),),
    "Telu": ((0xC00, 0xC7F),),
    "Knda": ((0xC80, 0xCFF),),
    "Mlym": ((0xD00, 0xD7F),),
    "Sinh": ((0xD80, 0xDFF),),
    "Thai": ((0xE01, 0xE3A), (0xE40, 0xE5B)),
    "Laoo": ((0xE80, 0xEFF),),
    "Tibt": ((0xF00, 0xFFF),),
    "Mymr": ((0x1000, 0x109F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F)),
    "Geor": ((0x10A0, 0x10FF), (0x1C90, 0x1CBF), (0x2D00, 0x2D2F)),
    "Ethi": ((0x1200, 0x139F), (0x2D80, 0x2DDF), (0xAB01, 0xAB2E)),
    "Cher": ((0x13A0, 0x13FF), (0xAB70, 0xABBF)),
    "Khmr": ((0x1780, 0x17FF), (0x19E0, 0x19FF)),
    "Mong": ((0x1810, 0x18AA),),
    "Limb": ((0x1900, 0x194F),),
    "Lepc": ((0x1C00, 0x1C4F),),
    "Olck": ((0x1C50, 0x1C7F),),
    "Tfng": ((0x2D30, 0x2D7F),),
    "Mtei": ((0xAAE0, 0xAAFF), (0xABC0, 0xABFF)),
    "Kore": ((0x1100, 0x11FF), (0x3131, 0x318E), (0xA960, 0xA97F), (0xAC00, 0xD7FB)),
    "Hani": ((0x3005, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF)),
    "Jpan": (
        (0x3041, 0x3096),
        (0x309D, 0x309F),
        (0x30A1, 0x30FA),
        (0x30FC, 0x30FF),
        (0xFF66, 0xFF9D),
    ),
}
"""By ISO 15924 code; kana are under Jpan, Hangul under Kore, until Han is added to them."""

_CODES = (UNKNOWN, *RANGES)
_PLANE = 0x10000


def _table() -> bytes:
    """Return the place in `_CODES` of each code point of the basic plane."""
    table = bytearray(_PLANE)
    for place, ranges in enumerate(RANGES.values(), start=1):
        for first, last in ranges:
            table[first : last + 1] = bytes((place,)) * (last + 1 - first)
    return bytes(table)


_PLACES = _table()
_UNITS = f"utf-16-{sys.byteorder[0]}e"
_NO_LETTERS = bytes(code for code in range(0x80) if not _PLACES[code])


def script_of(text: str) -> str:
    """Return the ISO 15924 code of the script that a text is in, `Zyyy` where nothing tells it.

    It is the script of most letters, where a Latin letter counts half: names and terms in Latin
    letters stand in texts of every script. Kana make Han Japanese, Hangul makes it Korean; Han
    alone is Hani, which several languages share.
    """
    counts = letters(_sample(text))
    if not counts:
        counts = letters(text)
    if len(counts) > 1:
        _share_out(counts)
    return max(counts, key=counts.__getitem__) if counts else UNKNOWN


def _sample(text: str) -> str:
    if len(text) <= 3 * SPAN:
        return text
    middle = len(text) // 2
    return text[:SPAN] + text[middle : middle + SPAN] + text[-SPAN:]


def letters(text: str) -> dict[str, float]:
    """Return how many letters there are of each script."""
    if text.isascii():
        letters = len(text.encode("ascii").translate(None, _NO_LETTERS))
        return {"Latn": letters} if letters else {}
    # Halves of pairs, beyond the basic plane, are no letters here.
    units = memoryview(text.encode(_UNITS, "surrogatepass")).cast("H")
    found = Counter(map(_PLACES.__getitem__, units))
    return {_CODES[place]: found[place] for place in sorted(found) if place}


def _share_out(counts: dict[str, float]) -> None:
    """Count Latin letters half, and Han for the language whose own letters stand beside it."""
    if "Latn" in counts:
        counts["Latn"] /= 2
    han = counts.get("Hani", 0)
    for script in ("Jpan", "Kore"):
        if han and counts.get(script, 0) * KANA_SHARE >= han:
            counts[script] += counts.pop("Hani", 0)
            return
