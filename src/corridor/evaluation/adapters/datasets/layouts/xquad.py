"""XQuAD and XQuAD-IN: a span of a passage answers (arXiv:1910.11856; IndicGenBench, arXiv:2404.16816).

Three forms are read: rows with their passage, SQuAD's nested JSON, and IndicGenBench's list of examples of
all languages.
"""

from collections.abc import Iterator, Sequence
from typing import cast

from corridor.evaluation.adapters.datasets.reading import Place
from corridor.evaluation.adapters.datasets.tables import Row, list_of, place_of, rows_of, text_of
from corridor.evaluation.errors import BadData
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing
from corridor.evaluation.records.datasets import Item


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the items; questions on one passage are one cluster. There are no examples."""
    return Contents(items={tag: tuple(_items(files, listing, tag)) for tag in languages})


def _items(files: Files, listing: Listing, tag: str) -> Iterator[Item]:
    code = listing.languages[tag]
    names = place_of(files, listing, code, listing.split)
    rows = (flat for row in rows_of(files, names) for flat in _flat(row, names[0]))
    wanted = (row for row in rows if row.get("lang", code) == code)
    clusters = dict[str, str]()
    for number, row in enumerate(wanted, 1):
        place = Place(tag, code, number, names[0])
        item = _item(row, place)
        cluster = clusters.setdefault(item.context, item.id)
        yield _item(row, place, cluster)


def _flat(row: Row, name: str) -> Iterator[Row]:
    if "examples" in row:
        yield from cast("list[Row]", list_of(row, "examples", name))
    elif "data" in row:
        for article in cast("list[Row]", list_of(row, "data", name)):
            for passage in cast("list[Row]", list_of(article, "paragraphs", name)):
                for asked in cast("list[Row]", list_of(passage, "qas", name)):
                    yield {**asked, "context": passage.get("context")}
    else:
        yield row


def _item(row: Row, place: Place, cluster: str = "") -> Item:
    return Item(
        id=str(row.get("id") or place.number),
        language=place.tag,
        question=text_of(row, "question", str(place)),
        context=text_of(row, "context", str(place)),
        targets=_answers(row.get("answers"), place),
        cluster=cluster,
        origin=place.origin,
    )


def _answers(value: object, place: Place) -> tuple[str, ...]:
    """Return the texts of `[{text: …}]` or of `{text: […]}`, each once."""
    if isinstance(value, dict):
        found = cast("Row", value).get("text")
    elif isinstance(value, list):
        found = [cast("Row", each).get("text") for each in cast("list[object]", value)]
    else:
        found = None
    if not isinstance(found, list):
        raise BadData(f"{place}: no answers.")
    return tuple(dict.fromkeys(str(text) for text in cast("list[object]", found) if text))
