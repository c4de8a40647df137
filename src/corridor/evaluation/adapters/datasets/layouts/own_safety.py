"""Our own set of safety, made from a file of sentences a language and the tables of our other sets."""

from collections.abc import Sequence

import yaml
from pydantic import TypeAdapter, ValidationError

from corridor.evaluation.adapters.datasets.layouts.own import ENGLISH, tables_of
from corridor.evaluation.errors import BadData
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing
from corridor.evaluation.records.safety_texts import SafetyTexts
from corridor.evaluation.rules.own.safety import made

TABLES = "languages/{code}.yaml"


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Make the items of some languages.

    Raises:
        BadData: if a language's file is not what it should be.
    """
    english = _texts(files, listing, ENGLISH)
    items = {tag: made(_texts(files, listing, tag), english) for tag in languages}
    return Contents(items=items, version=listing.revision, computed=True)


def _texts(files: Files, listing: Listing, tag: str) -> SafetyTexts:
    name = listing.files[0].format(code=tag, split="")
    try:
        value: object = yaml.safe_load(files.read(name).decode("utf-8"))
        if not isinstance(value, dict):
            raise BadData(f"{name}: not a mapping.")
        tables = tables_of(files, TABLES, tag)
        return TypeAdapter(SafetyTexts).validate_python({"tag": tag, "tables": tables, **value})
    except (yaml.YAMLError, UnicodeDecodeError, ValidationError) as fault:
        raise BadData(f"{name}: {fault}") from fault
