"""JCommonsenseQA of JGLUE: commonsense in Japanese, five choices (Kurihara et al. 2022, LREC)."""

from collections.abc import Sequence

from corridor.evaluation.adapters.datasets.reading import (
    Place,
    choice_item,
    contents,
    texts_of,
)
from corridor.evaluation.adapters.datasets.tables import Row, number_of
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing
from corridor.evaluation.records.datasets import Item

OPTIONS = tuple(f"choice{place}" for place in range(5))


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the items; the examples are the first of the split for training."""
    return contents(files, listing, languages, _item)


def _item(row: Row, place: Place) -> Item:
    return choice_item(
        row,
        place,
        name=str(number_of(row, "q_id", str(place))),
        choices=texts_of(row, OPTIONS, place),
        target=number_of(row, "label", str(place)),
        origin="native",
    )
