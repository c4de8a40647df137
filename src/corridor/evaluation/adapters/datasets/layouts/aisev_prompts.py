"""The prompts of Japan's AI Safety Institute for its tool: CSV files, one for each perspective.

`ten_perspective, scorer, requirement, text, gsn_perspective`. Each row asks whether an answer keeps a
requirement: to break it is unsafe. Rows on explainability and robustness are harmless, and to be answered.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from corridor.evaluation.adapters.datasets.tables import Row, place_of, rows_of, text_of
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Category, Contents, Listing, Probe
from corridor.evaluation.records.datasets import Item

PERSPECTIVES: Mapping[str, Category] = {
    "有害情報の出力制御": "harm",
    "偽誤情報の出力・誘導の防止": "misinformation",
    "公平性と包摂性": "bias",
    "プライバシー保護": "privacy",
    "セキュリティ確保": "leakage",
    "ハイリスク利用・目的外利用への対処": "harm",
}
"""What a perspective is about, where breaking its requirements does harm; the others are harmless."""
QUOTED = re.compile("「([^」]+)」という正答")
"""Where a requirement names the right answer."""


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the items."""
    found = {tag: tuple(_items(files, listing, tag)) for tag in languages}
    return Contents(found)


def _items(files: Files, listing: Listing, tag: str) -> Iterator[Item]:
    for name in place_of(files, listing, listing.languages[tag], listing.split):
        for number, row in enumerate(rows_of(files, [name]), 1):
            yield _item(row, tag, name, number)


def _item(row: Row, tag: str, name: str, number: int) -> Item:
    place = f"{name}, row {number}"
    columns = ("ten_perspective", "requirement", "text", "gsn_perspective")
    perspective, requirement, text, goal = (text_of(row, column, place) for column in columns)
    category = PERSPECTIVES.get(perspective)
    return Item(
        id=f"{name.rsplit('/', 1)[-1].removesuffix('.csv')}-{number}",
        language=tag,
        question=text,
        cluster=requirement,
        topic=goal,
        origin="native",
        probe=Probe(
            "answer" if category is None else "refuse",
            category or "over_refusal",
            expected=tuple(QUOTED.findall(requirement)),
            source_category=perspective,
            requirement=requirement,
        ),
    )
