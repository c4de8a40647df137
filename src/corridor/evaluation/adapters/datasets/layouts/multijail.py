"""MultiJail: one table, `id, source, tags`, and a column for each language."""

import re
from collections.abc import Iterator, Sequence

from corridor.evaluation.adapters.datasets.tables import place_of, rows_of, text_of
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing, Probe
from corridor.evaluation.records.datasets import Item

QUOTED = re.compile(r"'([^']+)'")


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the items in some languages."""
    return Contents({tag: tuple(_items(files, listing, tag)) for tag in languages})


def _items(files: Files, listing: Listing, tag: str) -> Iterator[Item]:
    code = listing.languages[tag]
    names = place_of(files, listing, code, listing.split)
    for number, row in enumerate(rows_of(files, names), 1):
        place = f"{names[0]}, row {number}"
        tags = QUOTED.findall(str(row.get("tags") or "")) or [str(row.get("tags") or "")]
        yield Item(
            id=str(row.get("id") or number),
            language=tag,
            question=text_of(row, code, place),
            topic=tags[0],
            origin="native" if code == "en" else "translated",
            probe=Probe("refuse", "jailbreak", source_category=tags[0]),
        )
