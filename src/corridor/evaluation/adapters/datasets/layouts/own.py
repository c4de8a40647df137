"""Our own sets, made from one small file of words and sentences a language."""

from collections.abc import Sequence

import yaml
from pydantic import TypeAdapter, ValidationError

from corridor.evaluation.errors import BadData
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing
from corridor.evaluation.records.tables import Tables
from corridor.evaluation.rules.own import SETS

ENGLISH = "en-Latn"


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Make the items of some languages.

    Raises:
        BadData: if a language's file is not what it should be.
    """
    make = SETS[listing.name]
    english = tables_of(files, listing.files[0], ENGLISH)
    found = {tag: tables_of(files, listing.files[0], tag) for tag in languages}
    made = {tag: make(tables, english) for tag, tables in found.items()}
    return Contents(
        items={tag: items for tag, (items, _) in made.items()},
        shots={tag: shots for tag, (_, shots) in made.items() if shots},
        notes=tuple(f"{found[tag].english}: {note}" for tag in found for note in found[tag].notes),
        version=listing.revision,
        computed=True,
    )


def tables_of(files: Files, pattern: str, tag: str) -> Tables:
    """Return the tables of a language.

    Raises:
        BadData: if its file is not what it should be.
    """
    name = pattern.format(code=tag, split="")
    try:
        value: object = yaml.safe_load(files.read(name).decode("utf-8"))
        if not isinstance(value, dict):
            raise BadData(f"{name}: not a mapping.")
        return TypeAdapter(Tables).validate_python({"tag": tag, **value})
    except (yaml.YAMLError, UnicodeDecodeError, ValidationError) as fault:
        raise BadData(f"{name}: {fault}") from fault
