"""MILU: knowledge as examined in India, partly translated (Verma et al. 2024, arXiv:2411.02538).

The items are not parallel: an item's name is its language and its place in the file.
"""

from collections.abc import Sequence

from corridor.evaluation.adapters.datasets.reading import (
    Place,
    choice_item,
    contents,
    texts_of,
)
from corridor.evaluation.adapters.datasets.tables import Row
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing
from corridor.evaluation.records.datasets import Item, Origin

OPTIONS = ("option1", "option2", "option3", "option4")


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the items; the examples are the first of the split `validation`."""
    return contents(files, listing, languages, _item)


def _item(row: Row, place: Place) -> Item:
    target = str(row.get("target"))
    origins: dict[object, Origin] = {True: "translated", False: "native"}
    return choice_item(
        row,
        place,
        name=f"{place.code.lower()}-{place.number}",
        choices=texts_of(row, OPTIONS, place),
        target=OPTIONS.index(target) if target in OPTIONS else None,
        topic=str(row.get("subject") or ""),
        origin=origins.get(row.get("is_translated"), "unknown"),
    )
