"""What layouts share: rows of a language become items, and the first of another split become examples."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

from corridor.evaluation.adapters.datasets.tables import Row, kept_rows, place_of, rows_of, text_of
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing
from corridor.evaluation.records.datasets import Item, Origin, Shot

SHOTS = 5
"""How many examples are taken: the first of their split, in its order."""
ENGLISH = "en-Latn"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands."""

    tag: str
    """The language."""
    code: str
    """As the source calls it."""
    number: int
    """Of the row in its file or files, from 1."""
    name: str
    """Of the first file."""

    def __str__(self) -> str:
        """Return it as an error names it."""
        return f"{self.name}, row {self.number}"

    @property
    def origin(self) -> Origin:
        """Of a set that was written in English and translated by people or machines."""
        return "native" if self.tag == ENGLISH else "translated"


class More(TypedDict, total=False):
    """What only some layouts know of an item."""

    origin: Origin
    topic: str
    context: str
    cluster: str
    cultural: bool | None


def contents(
    files: Files,
    listing: Listing,
    languages: Sequence[str],
    item_of: Callable[[Row, Place], Item],
) -> Contents:
    """Read the items of some languages row by row, and examples where the listing names a split.

    Raises:
        NoData, BadData: if a file is missing, or not as the layout says.
    """
    shots = dict[str, tuple[Shot, ...]]()
    if listing.examples:
        for tag in languages:
            shown = items_of(files, listing, tag, listing.examples, item_of)
            usable = [item for item in shown if item.targets]
            shots[tag] = tuple(shot_of(item) for item in usable[:SHOTS])
    items = {tag: tuple(items_of(files, listing, tag, listing.split, item_of)) for tag in languages}
    return Contents(items=items, shots=shots)


def items_of(
    files: Files, listing: Listing, tag: str, split: str, item_of: Callable[[Row, Place], Item]
) -> Iterator[Item]:
    """Yield the items of a language in a split."""
    code = listing.languages[tag]
    names = place_of(files, listing, code, split)
    for number, row in enumerate(kept_rows(rows_of(files, names), listing.only), 1):
        yield item_of(row, Place(tag, code, number, names[0]))


def shot_of(item: Item) -> Shot:
    """Return an item as an answered example."""
    return Shot(item.question, item.targets[0], item.choices, item.context)


def texts_of(row: Row, columns: Sequence[str], place: Place) -> tuple[str, ...]:
    """Return the texts in some columns."""
    return tuple(text_of(row, column, str(place)) for column in columns)


def choice_item(
    row: Row,
    place: Place,
    *,
    name: str,
    choices: Sequence[str],
    target: int | None,
    **more: Unpack[More],
) -> Item:
    """Return an item with choices; its question is in the column `question`.

    Where no choice is right it has no target: such an item is left out after reading, and counted.
    """
    inside = target is not None and 0 <= target < len(choices)
    return Item(
        id=name,
        language=place.tag,
        question=text_of(row, "question", str(place)),
        choices=tuple(choices),
        target=target if inside else None,
        targets=(choices[target or 0],) if inside else (),
        origin=more.get("origin", place.origin),
        topic=more.get("topic", ""),
        context=more.get("context", ""),
        cluster=more.get("cluster", ""),
        cultural=more.get("cultural"),
    )


def letter_index(answer: object) -> int | None:
    """Return the place of a choice that is named by its letter, None for anything else."""
    text = answer.strip().upper() if isinstance(answer, str) else ""
    return ord(text) - ord("A") if len(text) == 1 and "A" <= text <= "Z" else None
