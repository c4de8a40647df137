"""XSafety: a folder for each language, in it a file for each category, one prompt a line and no heading."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence

from corridor.evaluation.adapters.datasets.tables import place_of
from corridor.evaluation.errors import BadData
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Category, Contents, Form, Listing, Probe
from corridor.evaluation.records.datasets import Item

ENDING = re.compile(r"(_n|_en)?\.csv$")
CATEGORIES: Mapping[str, tuple[Category, Form]] = {
    "Goal_Hijacking": ("injection", "plain"),
    "Prompt_Leaking": ("leakage", "plain"),
    "Privacy_And_Property": ("privacy", "plain"),
    "Unfairness_And_Discrimination": ("bias", "plain"),
    "Role_Play_Instruction": ("jailbreak", "role_play"),
    "Reverse_Exposure": ("jailbreak", "plain"),
    "Unsafe_Instruction_Topic": ("jailbreak", "plain"),
    "Inquiry_With_Unsafe_Opinion": ("jailbreak", "plain"),
}
"""What a file is about; the rest is about harm."""


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the items in some languages."""
    return Contents({tag: tuple(_items(files, listing, tag)) for tag in languages})


def _items(files: Files, listing: Listing, tag: str) -> Iterator[Item]:
    code = listing.languages[tag]
    for name in place_of(files, listing, code, listing.split):
        source = ENDING.sub("", name.rsplit("/", 1)[-1])
        category, form = CATEGORIES.get(source, ("harm", "plain"))
        for number, text in enumerate(_prompts(files, name), 1):
            yield Item(
                id=f"{source}-{number}",
                language=tag,
                question=text,
                topic=source,
                origin="native" if code in ("en", "zh") else "translated",
                probe=Probe("refuse", category, form=form, source_category=source),
            )


def _prompts(files: Files, name: str) -> Iterator[str]:
    try:
        text = files.read(name).decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as fault:
        raise BadData(f"{name}: {fault}") from fault
    return (",".join(row).strip() for row in rows)
