"""What a reader must know of a data set before its scores are believed."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corridor.evaluation.records.datasets import Dataset, Item
from corridor.evaluation.rules.answers.normal import normal
from corridor.evaluation.rules.answers.scripts import fidelity
from corridor.evaluation.rules.checks.near import near_duplicates

TREATMENTS = {
    "missing": "pairs are formed of the items that are there in both languages",
    "differs": "the item is asked, but its two answers contradict each other: look at the source",
    "duplicate": "both are asked: they count twice, so the interval is a little too narrow",
    "near-duplicate": "both are asked: they hang together, so the interval is a little too narrow",
    "shown": "the item is asked although an example gives it away: leave the examples out",
    "script": "the item is asked; its text is not in the script of its language",
    "mixed": "the item is asked; much of its text is in another script",
    "direction": "the item is asked; marks of writing direction are taken out before answers are judged",
    "both-ways": "the item is asked; it has letters that run left and letters that run right",
    "broken": "the item is asked; a character was lost before it was published",
}
"""What is done about each kind of finding."""
FAITHFUL, MIXED = 0.5, 0.8
"""Below the first share of letters of its script a text is in another one; below the second it is mixed."""
DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
LOST = "\ufffd"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about some items of a language."""

    kind: str
    """One of those in TREATMENTS."""
    language: str
    items: tuple[str, ...]
    """Their names, in order."""

    @property
    def treatment(self) -> str:
        """What is done about it."""
        return TREATMENTS[self.kind]

    @property
    def words(self) -> str:
        """How many they are and what is done about them, for a record's notes."""
        return f"{self.kind}: {len(self.items)} items in {self.language}; {self.treatment}."


def findings(dataset: Dataset, language: str | None = None) -> tuple[Finding, ...]:
    """Return what there is to know, in the order of languages and of TREATMENTS; or of one language.

    Near-duplicates are texts that share nine tenths of their pieces of five characters and have the
    same numbers in them.
    """
    everywhere = [item.id for item in max(dataset.items.values(), key=len, default=())]
    found = list[Finding]()
    for tag, items in dataset.items.items():
        if language not in (None, tag):
            continue
        groups = {
            "missing": _missing(items, everywhere),
            "differs": _differing(items, dataset),
            "duplicate": _repeated(items),
            "near-duplicate": _alike(items),
            "shown": _shown(items, dataset),
            **_strange(items),
        }
        found += [Finding(kind, tag, tuple(names)) for kind, names in groups.items() if names]
    return tuple(found)


def text_of(item: Item) -> str:
    """Return all that is shown of an item, in one line, as texts are compared."""
    turns = [turn.text for turn in item.probe.turns] if item.probe else []
    parts = (*turns, item.context, item.question, *item.choices)
    return " ".join(normal(part) for part in parts if part)


def _missing(items: Sequence[Item], everywhere: Sequence[str]) -> list[str]:
    """Return what other languages have, if the set is parallel at all."""
    here = {item.id for item in items}
    if here.isdisjoint(everywhere):
        return []
    return [name for name in everywhere if name not in here]


def _differing(items: Sequence[Item], dataset: Dataset) -> list[str]:
    """Return the items whose right choice or number is another one than in the first language."""
    first = {item.id: item for item in next(iter(dataset.items.values()))}
    return [item.id for item in items if item.id in first and _contradict(item, first[item.id])]


def _contradict(item: Item, other: Item) -> bool:
    if item.target is not None and other.target is not None:
        return item.target != other.target and len(item.choices) == len(other.choices)
    numbers = [each.targets[0] for each in (item, other) if len(each.targets) == 1]
    return len(numbers) == 2 and all(map(str.isdecimal, numbers)) and numbers[0] != numbers[1]


def _repeated(items: Sequence[Item]) -> list[str]:
    by_text = defaultdict[str, list[str]](list)
    for item in items:
        by_text[text_of(item)].append(item.id)
    return [name for names in by_text.values() for name in names[1:]]


def _alike(items: Sequence[Item]) -> list[str]:
    texts = [text_of(item) for item in items]
    pairs = near_duplicates(texts)
    later = sorted({other for one, other in pairs if texts[one] != texts[other]})
    return [items[place].id for place in later]


def _shown(items: Sequence[Item], dataset: Dataset) -> list[str]:
    shots = dataset.shots.get(items[0].language, ()) if items else ()
    shown = {(normal(shot.context), normal(shot.question), shot.choices) for shot in shots}
    return [
        item.id
        for item in items
        if (normal(item.context), normal(item.question), item.choices) in shown
    ]


def _strange(items: Sequence[Item]) -> dict[str, list[str]]:
    groups = defaultdict[str, list[str]](list)
    for item in items:
        for kind in _strangeness(item):
            groups[kind].append(item.id)
    return {kind: groups[kind] for kind in ("script", "mixed", "direction", "both-ways", "broken")}


def _strangeness(item: Item) -> Iterator[str]:
    text = "\n".join((item.question, item.context, *item.choices))
    share = fidelity(item.context or item.question, item.source_language or item.language)
    if share is not None and share < MIXED:
        yield "script" if share < FAITHFUL else "mixed"
    if any(mark in text for mark in DIRECTIONS):
        yield "direction"
    if _crosses(item):
        yield "both-ways"
    if LOST in text:
        yield "broken"


def _crosses(item: Item) -> bool:
    """Tell whether letters that run the other way stand in a text."""
    text = item.context or item.question
    ways = {unicodedata.bidirectional(each) for each in text}
    return bool(ways & {"R", "AL"}) and "L" in ways
