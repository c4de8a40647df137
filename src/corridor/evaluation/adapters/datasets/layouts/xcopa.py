"""XCOPA: which of two is the cause or the effect of what is said (Ponti et al. 2020, arXiv:2005.00333)."""

from collections.abc import Mapping, Sequence

from corridor.evaluation.adapters.datasets.reading import Place, choice_item, contents, texts_of
from corridor.evaluation.adapters.datasets.tables import Row, number_of, text_of
from corridor.evaluation.errors import BadData
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing
from corridor.evaluation.records.datasets import Item

ASKED: Mapping[str, Mapping[str, str]] = {
    "ta-Taml": {"cause": "இதற்குக் காரணம் என்ன?", "effect": "இதன் விளைவு என்ன?"},
}
"""The set says only `cause` or `effect`; these questions are ours."""


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the items; the examples are the first of the validation split."""
    return contents(files, listing, languages, _item)


def _item(row: Row, place: Place) -> Item:
    asked = ASKED[place.tag].get(text_of(row, "question", str(place)))
    if asked is None:
        raise BadData(f"{place}: neither cause nor effect is asked for.")
    return choice_item(
        {**row, "question": asked},
        place,
        name=str(number_of(row, "idx", str(place))),
        choices=texts_of(row, ("choice1", "choice2"), place),
        target=number_of(row, "label", str(place)),
        context=text_of(row, "premise", str(place)),
        origin="translated",
    )
