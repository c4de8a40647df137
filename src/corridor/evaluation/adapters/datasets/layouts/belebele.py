"""Belebele: reading, four choices on a passage (Bandarkar et al. 2023, arXiv:2308.16884)."""

from collections.abc import Sequence

from corridor.evaluation.adapters.datasets.reading import (
    Place,
    choice_item,
    contents,
    texts_of,
)
from corridor.evaluation.adapters.datasets.tables import Row, number_of, text_of
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing
from corridor.evaluation.records.datasets import Item

OPTIONS = ("mc_answer1", "mc_answer2", "mc_answer3", "mc_answer4")


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the items; questions on one passage are one cluster. There are no examples."""
    return contents(files, listing, languages, _item)


def _item(row: Row, place: Place) -> Item:
    passage = text_of(row, "link", str(place))
    return choice_item(
        row,
        place,
        name=f"{passage}#{number_of(row, 'question_number', str(place))}",
        choices=texts_of(row, OPTIONS, place),
        target=number_of(row, "correct_answer_num", str(place)) - 1,
        context=text_of(row, "flores_passage", str(place)),
        cluster=passage,
    )
