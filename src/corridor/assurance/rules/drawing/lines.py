"""Where texts break into lines, in any script, without a font at hand.

Widths are estimates on the wide side, in em: a full-width character 1, a Devanagari letter 0.75, a Latin one 0.6,
a mark that stands on another 0. A line never begins with what Japanese typography keeps from there (JIS X 4051: closing
brackets, full stops, small kana), and no letter is parted from its marks, nor an Indic conjunct within.
"""

import unicodedata
from collections.abc import Iterator, Sequence

NOT_FIRST = frozenset(
    "、。，．・：；？！）」』】〕〉》”’ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々,.:;?!)]}।॥%"
)
NOT_LAST = frozenset("（「『【〔〈《“‘([{")
WIDE, LETTER, NARROW, INDIC = 1.0, 0.6, 0.35, 0.75
THIN = frozenset("iljtfrI.,:;'|!()[] ")
VIRAMAS = frozenset("\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u200d")


def width(text: str) -> float:
    """Return about how wide a text is, in em, rather more than less."""
    return sum(map(_width, text))


def wrapped(text: str, most: float, lines: int = 0) -> list[str]:
    """Return a text in lines at most so wide, in em; of more than `lines` of them the last is cut with `…`.

    What is too wide by itself, a long word, is parted between its letters.
    """
    found: list[str] = []
    line = ""
    for piece in _pieces(text, most):
        if line and width(f"{line}{piece.rstrip()}") > most:
            found.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    found.append(line.rstrip())
    shown = [each for each in found if each]
    if lines and len(shown) > lines:
        shown = [*shown[: lines - 1], _cut(shown[lines - 1], most)]
    return shown


def clusters(text: str) -> list[str]:
    """Return the letters of a text, each with its marks; an Indic conjunct is one."""
    found: list[str] = []
    for char in text:
        joins = found and (
            unicodedata.category(char).startswith("M")
            or char in VIRAMAS
            or (found[-1][-1] in VIRAMAS and char.isalpha())
        )
        if joins:
            found[-1] += char
        else:
            found.append(char)
    return found


def is_right_to_left(text: str) -> bool:
    """Tell whether a text begins with a script that is written from right to left."""
    kinds = (unicodedata.bidirectional(char) for char in text)
    return next((kind != "L" for kind in kinds if kind in ("L", "R", "AL")), False)


def _width(char: str) -> float:
    kind = unicodedata.category(char)
    if kind in ("Mn", "Me", "Cf", "Cc"):
        return 0.0
    if unicodedata.east_asian_width(char) in "WF":
        return WIDE
    if char in THIN:
        return NARROW
    if ord(char) > 0x0900:
        return INDIC
    return INDIC if char.isupper() else LETTER


def _pieces(text: str, most: float) -> Iterator[str]:
    """Yield what is not parted: words with the space after them, and full-width letters one by one."""
    word: list[str] = []
    for cluster in clusters(" ".join(text.split())):
        if word and _may_part(word, cluster):
            yield from _parted("".join(word), most)
            word = []
        word.append(cluster)
    yield from _parted("".join(word), most)


def _may_part(word: Sequence[str], then: str) -> bool:
    before = word[-1]
    if then[0] in NOT_FIRST or before in NOT_LAST:
        return False
    if before == " ":
        return then != " "
    return then != " " and WIDE in (_width(before[0]), _width(then[0]))


def _parted(word: str, most: float) -> Iterator[str]:
    if width(word.rstrip()) <= most:
        yield word
        return
    part = ""
    for cluster in clusters(word):
        if part and width(part + cluster) > most:
            yield part
            part = ""
        part += cluster
    yield part


def _cut(line: str, most: float) -> str:
    letters = clusters(line)
    while letters and width("".join(letters)) + 1 > most:
        letters.pop()
    return "".join(letters).rstrip() + "…"
