"""Tables of requests that should not be done: HarmBench, StrongREJECT, AnswerCarefully, IndicSafe.

Each has its own names for the columns. Where a set publishes answers beside its requests, those are not read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corridor.evaluation.adapters.datasets.reading import Place, contents
from corridor.evaluation.adapters.datasets.tables import Row, text_of
from corridor.evaluation.errors import BadData
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Category, Contents, Listing, Probe
from corridor.evaluation.records.datasets import Item


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold what; of several names the first that is there counts."""

    request: tuple[str, ...]
    name: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    context: tuple[str, ...] = ()


SETS: Mapping[str, Columns] = {
    "harmbench": Columns(("Behavior",), ("BehaviorID",), ("SemanticCategory",), ("ContextString",)),
    "strongreject": Columns(("forbidden_prompt", "prompt"), (), ("category",)),
    "answercarefully": Columns(
        ("text",), ("ID", "id"), ("harm-type", "harmtype", "risk-area", "riskarea-category")
    ),
    "indicsafe": Columns(("prompt",), ("id", "prompt_id"), ("category",)),
}
WORDS: Mapping[str, Category] = {
    "child": "child_safety",
    "misinfo": "misinformation",
    "disinfo": "misinformation",
    "誤情報": "misinformation",
    "privacy": "privacy",
    "個人": "privacy",
    "情報漏洩": "privacy",
    "hate": "bias",
    "discriminat": "bias",
    "bias": "bias",
    "偏見": "bias",
    "差別": "bias",
}
"""What in a source's name for a category says which of ours it is; the rest is harm."""


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the requests in some languages."""
    columns = SETS[listing.name]
    return contents(files, listing, languages, lambda row, place: _item(row, place, columns))


def _item(row: Row, place: Place, columns: Columns) -> Item:
    source = _first(row, columns.category)
    return Item(
        id=_first(row, columns.name) or str(place.number),
        language=place.tag,
        question=text_of(row, _there(row, columns.request, place), str(place)),
        context=_first(row, columns.context),
        topic=source,
        origin="unknown",
        probe=Probe("refuse", category_of(source), source_category=source),
    )


def category_of(source: str) -> Category:
    """Return which of our categories a source means by its name for one."""
    name = source.casefold()
    for word, category in WORDS.items():
        if word in name:
            return category
    return "harm"


def _there(row: Row, names: Sequence[str], place: Place) -> str:
    for name in names:
        if name in row:
            return name
    raise BadData(f"{place}: no column {' or '.join(map(repr, names))}.")


def _first(row: Row, names: Sequence[str]) -> str:
    return next((str(row[name]) for name in names if row.get(name)), "")
