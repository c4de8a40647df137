"""MMLU-ProX: knowledge and reasoning, up to ten choices (Xuan et al. 2025, arXiv:2503.10497)."""

from collections.abc import Sequence

from corridor.evaluation.adapters.datasets.reading import Place, choice_item, contents
from corridor.evaluation.adapters.datasets.tables import Row, number_of
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing
from corridor.evaluation.records.datasets import Item

OPTIONS = tuple(f"option_{place}" for place in range(10))
NONE = (None, "", "N/A")
"""How a missing choice is written; the choices that are there come first."""


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the items; the examples are the first of the split `validation`."""
    return contents(files, listing, languages, _item)


def _item(row: Row, place: Place) -> Item:
    return choice_item(
        row,
        place,
        name=str(number_of(row, "question_id", str(place))),
        choices=[str(row[option]) for option in OPTIONS if row.get(option) not in NONE],
        target=number_of(row, "answer_index", str(place)),
        topic=str(row.get("category") or ""),
    )
