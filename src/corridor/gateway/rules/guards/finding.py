"""Find personal data in a text: every detector looks only where there is something to look at.

A detector is a module with `spans(text, start, end)` and the least number of digits that it can
find something in. So the cost follows the number of numbers, not the length of the text.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from corridor.gateway.rules.guards import (
    aadhaar,
    accounts_in,
    accounts_jp,
    cards,
    corporate_number,
    emails,
    my_number,
    pan,
    phones_in,
    phones_jp,
    pin_code,
    postal_jp,
)
from corridor.gateway.rules.guards.folding import HINT, folded

BEFORE, AFTER = 80, 80
"""How far around a number the words and codes may stand that tell what it is."""
_NUMBERS = re.compile(r"[0-9](?:[ ().-]{0,2}[0-9]){4,40}|[0-9]{4}[A-Za-z]")
_DIGIT = re.compile(r"[0-9]")
_AT_BEFORE, _AT_AFTER = 65, 256

Spans = Callable[[str, int, int], Iterator[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Found:
    """Where something stands, and what it is; never the thing itself."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Detector:
    """What finds one kind."""

    kind: str
    spans: Spans
    least_digits: int


DETECTORS = MappingProxyType(
    {
        kind: Detector(kind, spans, least)
        for kind, spans, least in (
            ("card", cards.spans, cards.LEAST_DIGITS),
            ("corporate_number_jp", corporate_number.spans, corporate_number.LEAST_DIGITS),
            ("aadhaar", aadhaar.spans, aadhaar.LEAST_DIGITS),
            ("my_number", my_number.spans, my_number.LEAST_DIGITS),
            ("pan", pan.spans, pan.LEAST_DIGITS),
            ("bank_account_in", accounts_in.spans, accounts_in.LEAST_DIGITS),
            ("bank_account_jp", accounts_jp.spans, accounts_jp.LEAST_DIGITS),
            ("phone_jp", phones_jp.spans, phones_jp.LEAST_DIGITS),
            ("phone_in", phones_in.spans, phones_in.LEAST_DIGITS),
            ("postal_code_jp", postal_jp.spans, postal_jp.LEAST_DIGITS),
            ("pin_code_in", pin_code.spans, pin_code.LEAST_DIGITS),
            ("email", emails.spans, emails.LEAST_DIGITS),
        )
    }
)
"""Every kind; where two find the same place, the earlier names it."""
KINDS = tuple(DETECTORS)


def found_in(text: str, detectors: Sequence[Detector]) -> tuple[Found, ...]:
    """Return what some detectors find in a text, in order and without overlap."""
    if HINT.search(text) is None:
        return ()
    plain, every = folded(text), list[Found]()
    addresses = [each for each in detectors if not each.least_digits]
    numbers = [each for each in detectors if each.least_digits]
    if addresses and "@" in plain:
        for start, end in _around_at(plain):
            every += _seen(plain, start, end, addresses)
    if numbers:
        for start, end, digits in _areas(plain):
            fitting = [each for each in numbers if each.least_digits <= digits]
            every += _seen(plain, start, end, fitting)
    return _apart(every, detectors) if every else ()


def redacted(text: str, found: Sequence[Found]) -> str:
    """Return the text with a word of its kind in the place of each thing found."""
    pieces: list[str] = []
    rest = 0
    for each in found:
        pieces += (text[rest : each.start], placeholder(each.kind))
        rest = each.end
    pieces.append(text[rest:])
    return "".join(pieces)


def placeholder(kind: str) -> str:
    """Return the word that stands for something of a kind."""
    return f"[{kind.upper()}]"


def _seen(text: str, start: int, end: int, detectors: Sequence[Detector]) -> Iterator[Found]:
    for each in detectors:
        for begins, ends in each.spans(text, start, end):
            yield Found(each.kind, begins, ends)


def _areas(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield the stretches around numbers, with the most digits that one of their numbers has."""
    start = end = digits = 0
    for run in _NUMBERS.finditer(text):
        count = len(_DIGIT.findall(run.group()))
        if run.start() - BEFORE > end and digits:
            yield start, end, digits
            digits = 0
        if not digits:
            start = max(0, run.start() - BEFORE)
        end, digits = run.end() + AFTER, max(digits, count)
    if digits:
        yield start, end, digits


def _around_at(text: str) -> Iterator[tuple[int, int]]:
    at, end = text.find("@"), -1
    start = max(0, at - _AT_BEFORE)
    while at >= 0:
        if at - _AT_BEFORE > end >= 0:
            yield start, end
            start = at - _AT_BEFORE
        end = at + _AT_AFTER
        at = text.find("@", at + 1)
    yield start, end


def _apart(every: Sequence[Found], detectors: Sequence[Detector]) -> tuple[Found, ...]:
    """Return what was found in order; of two that overlap the longer, then the earlier kind."""
    rank = {each.kind: place for place, each in enumerate(detectors)}
    kept: list[Found] = []
    for each in sorted(every, key=lambda f: (f.start, f.start - f.end, rank[f.kind])):
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
        elif each.end - each.start > kept[-1].end - kept[-1].start:
            kept[-1] = each
    return tuple(kept)
