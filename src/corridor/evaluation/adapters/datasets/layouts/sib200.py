"""SIB-200: the topic of a sentence, one of seven (Adelani et al. 2024, arXiv:2309.07445)."""

from collections.abc import Iterator, Sequence

from corridor.evaluation.adapters.datasets.tables import (
    number_of,
    place_of,
    rows_of,
    text_of,
)
from corridor.evaluation.errors import BadData
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing
from corridor.evaluation.records.datasets import Item, Shot

LABELS = (
    "science/technology",
    "travel",
    "politics",
    "sports",
    "health",
    "entertainment",
    "geography",
)
"""In the order of the published list; they are English in every language."""
ASKED = "What is the topic of this text?"


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the items; the examples are the first of each topic in the split for training.

    Raises:
        BadData: if a row has no such columns, or a topic that is none of the seven.
        NoData: if a language has no file.
    """
    return Contents(
        items={tag: tuple(_items(files, listing, tag, listing.split)) for tag in languages},
        shots={tag: _shots(files, listing, tag) for tag in languages},
        notes=("The question and the seven topics are English in every language, as published.",),
    )


def _shots(files: Files, listing: Listing, tag: str) -> tuple[Shot, ...]:
    first = dict[str, Shot]()
    for item in _items(files, listing, tag, listing.examples):
        shot = Shot(ASKED, item.targets[0], choices=LABELS, context=item.context)
        first.setdefault(item.targets[0], shot)
    return tuple(first[label] for label in LABELS if label in first)


def _items(files: Files, listing: Listing, tag: str, split: str) -> Iterator[Item]:
    names = place_of(files, listing, listing.languages[tag], split)
    for line, row in enumerate(rows_of(files, names), 1):
        where = f"{names[0]}, row {line}"
        label = text_of(row, "category", where)
        if label not in LABELS:
            raise BadData(f"{where}: {label!r} is none of the seven topics.")
        yield Item(
            id=str(number_of(row, "index_id", where)),
            language=tag,
            question=ASKED,
            context=text_of(row, "text", where),
            choices=LABELS,
            target=LABELS.index(label),
            targets=(label,),
            topic=label,
            origin="native" if tag == "en-Latn" else "translated",
        )
