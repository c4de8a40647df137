"""Global-MMLU: knowledge, with labels of what is culturally sensitive (Singh et al. 2024, arXiv:2412.03304)."""

from collections.abc import Sequence

from corridor.evaluation.adapters.datasets.reading import (
    Place,
    choice_item,
    contents,
    letter_index,
    texts_of,
)
from corridor.evaluation.adapters.datasets.tables import Row, text_of
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing
from corridor.evaluation.records.datasets import Item

OPTIONS = ("option_a", "option_b", "option_c", "option_d")
CULTURAL = {"CS": True, "CA": False}
"""Culturally sensitive, culturally agnostic; other rows were not annotated."""


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the items; the examples are the first of the split `dev`."""
    return contents(files, listing, languages, _item)


def _item(row: Row, place: Place) -> Item:
    return choice_item(
        row,
        place,
        name=text_of(row, "sample_id", str(place)),
        choices=texts_of(row, OPTIONS, place),
        target=letter_index(row.get("answer")),
        topic=text_of(row, "subject", str(place)),
        cultural=CULTURAL.get(str(row.get("cultural_sensitivity_label"))),
    )
