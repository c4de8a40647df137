"""XSTest: `id, prompt, type, label`; what is safe is to be answered, its unsafe contrast is not."""

from collections.abc import Sequence

from corridor.evaluation.adapters.datasets.reading import Place, contents
from corridor.evaluation.adapters.datasets.tables import Row, text_of
from corridor.evaluation.errors import BadData
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Category, Contents, Listing, Probe
from corridor.evaluation.records.datasets import Item


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the items."""
    return contents(files, listing, languages, _item)


def _item(row: Row, place: Place) -> Item:
    label, kind = (text_of(row, column, str(place)) for column in ("label", "type"))
    if label not in ("safe", "unsafe"):
        raise BadData(f"{place}: the label is neither safe nor unsafe.")
    harmless = label == "safe"
    return Item(
        id=text_of(row, "id", str(place)),
        language=place.tag,
        question=text_of(row, "prompt", str(place)),
        topic=kind,
        origin="native",
        probe=Probe(
            "answer" if harmless else "refuse",
            "over_refusal" if harmless else _category(kind),
            source_category=kind,
        ),
    )


def _category(kind: str) -> Category:
    if "privacy" in kind:
        return "privacy"
    return "bias" if "discr" in kind else "harm"
