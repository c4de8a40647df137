"""Whether a text, such as what a model was trained on, contains items of a data set."""

from collections.abc import Iterable, Sequence

import numpy as np

from corridor.evaluation.records.datasets import Item
from corridor.evaluation.rules.answers.normal import normal
from corridor.evaluation.rules.checks.findings import text_of
from corridor.evaluation.rules.checks.near import pieces_of

PIECE = 20
"""In characters: long enough that two texts seldom share one by chance."""
SHARE = 0.8
"""Of an item's pieces, what must be in the text."""


def contained(items: Sequence[Item], text: Iterable[str], share: float = SHARE) -> list[str]:
    """Return the names of the items whose pieces are, for the most part, in a text.

    The text comes line by line, of any length in all; a piece that runs over the end of a line is not
    seen. An item shorter than a piece is looked for as a whole.
    """
    wanted = [_pieces(item) for item in items]
    every = np.unique(np.concatenate([found for _, found in wanted])) if items else None
    if every is None:
        return []
    seen = np.zeros(len(every), dtype=bool)
    whole = {short for short, _ in wanted if short}
    met = set[str]()
    for line in text:
        plain = normal(line)
        seen |= np.isin(every, pieces_of(plain, PIECE))
        met |= {short for short in whole - met if short in plain}
    present = every[seen]
    return [
        item.id
        for item, (short, found) in zip(items, wanted, strict=True)
        if (short in met if short else np.isin(found, present).mean() >= share)
    ]


def _pieces(item: Item) -> tuple[str, "np.typing.NDArray[np.uint64]"]:
    """Return an item's text if it is short, and its pieces."""
    text = text_of(item)
    return text if len(text) < PIECE else "", pieces_of(text, PIECE)
