"""Numbers in Japanese numerals: 四十二, 二〇二四, 一億二千万, 壱万."""

import re
from collections.abc import Iterator

DIGITS = {each: value for value, each in enumerate("〇一二三四五六七八九")} | {
    "零": 0,
    "壱": 1,
    "弐": 2,
    "参": 3,
    "壹": 1,
    "貳": 2,
    "參": 3,
}
TENS = {"十": 10, "拾": 10, "百": 100, "千": 1000}
MYRIADS = {"万": 10**4, "億": 10**8, "兆": 10**12}
RUN = re.compile(
    "[〇零一二三四五六七八九壱弐参壹貳參十拾百千][〇零一二三四五六七八九壱弐参壹貳參十拾百千万億兆]*"
)


def numbers(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield value, start and end of each run of numerals."""
    for found in RUN.finditer(text):
        yield value_of(found[0]), found.start(), found.end()


def value_of(numerals: str) -> int:
    """Return what numerals stand for: by position where there is no unit among them, else by units."""
    if not any(each in TENS or each in MYRIADS for each in numerals):
        return int("".join(str(DIGITS[each]) for each in numerals))
    total = section = digits = 0
    for each in numerals:
        if each in MYRIADS:
            total += (section + digits or 1) * MYRIADS[each]
            section = digits = 0
        elif each in TENS:
            section += (digits or 1) * TENS[each]
            digits = 0
        else:
            digits = digits * 10 + DIGITS[each]
    return total + section + digits
