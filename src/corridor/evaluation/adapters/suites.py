"""The suites that come with Corridor, as data files."""

import hashlib
import json
from importlib.resources import files
from typing import cast

from corridor.evaluation.errors import UnknownSuite
from corridor.evaluation.records import Item, Question, Shot, Suite

FILES = {"parallel-facts": "parallel_facts.json"}


def suite_named(name: str) -> Suite:
    """Read a suite.

    Raises:
        UnknownSuite: if there is none of this name.
    """
    if name not in FILES:
        raise UnknownSuite(f"There is no suite {name!r}.")
    return suite_in((files("corridor.evaluation") / "data" / FILES[name]).read_bytes())


def suite_in(data: bytes) -> Suite:
    """Read a suite from the bytes of its file."""
    value = json.loads(data)
    languages = cast("list[str]", value["languages"])
    return Suite(
        name=value["name"],
        version=value["version"],
        licence=value["licence"],
        description=value["description"],
        languages=tuple(languages),
        shots={
            language: tuple(Shot.model_validate(shot[language]) for shot in value["shots"])
            for language in languages
        },
        items=tuple(
            Item(
                id=item["id"],
                topic=item["topic"],
                by_language={tag: Question.model_validate(item[tag]) for tag in languages},
            )
            for item in value["items"]
        ),
        sha256=hashlib.sha256(data).hexdigest(),
    )
