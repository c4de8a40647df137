"""XSafety: a folder for each language, in it a file for each category, one prompt a line and no heading.

Items are paired over languages by the category and the line, so that names that differ in a language are put right,
and a line without a prompt keeps its number.
"""

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
MISSPELT = {
    "Crimes_And_Illegal_Activitie": "Crimes_And_Illegal_Activities",  # Russian
    "commen_sense": "commonsense",  # Hindi, which has the other too
}
"""Names of files in one language that are others in the rest."""
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
    items = {tag: tuple(_items(files, listing, tag)) for tag in languages}
    empty = sum(not item.question for found in items.values() for item in found)
    return Contents(
        {tag: tuple(each for each in found if each.question) for tag, found in items.items()},
        notes=(f"{empty} lines without a prompt are left out.",) if empty else (),
    )


def _items(files: Files, listing: Listing, tag: str) -> Iterator[Item]:
    code = listing.languages[tag]
    for source, name in _sources(files, listing, code).items():
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


def _sources(files: Files, listing: Listing, code: str) -> dict[str, str]:
    """Return the file of each category; of two, the one with the right name."""
    tables = [name for name in files.names() if re.fullmatch(rf"(?:.*/)?{code}/[^/]+\.xlsx", name)]
    if tables:
        raise BadData(
            f"{tables[0]} is a spreadsheet, as {len(tables)} files of this language are.",
            hint="Save each as CSV beside it, with the same name, and take the spreadsheets away.",
        )
    found: dict[str, str] = {}
    for name in place_of(files, listing, code, listing.split):
        source = ENDING.sub("", name.rsplit("/", 1)[-1])
        if source not in MISSPELT:
            found[source] = name
        else:
            found.setdefault(MISSPELT[source], name)
    return found


def _prompts(files: Files, name: str) -> Iterator[str]:
    try:
        text = files.read(name).decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as fault:
        raise BadData(f"{name}: {fault}") from fault
    return (",".join(row).strip() for row in rows)
