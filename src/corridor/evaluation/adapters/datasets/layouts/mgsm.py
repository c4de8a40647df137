"""MGSM: problems of grade-school arithmetic (Shi et al. 2022, arXiv:2210.03057)."""

import ast
import re
from collections.abc import Iterator, Sequence
from typing import cast

from corridor.evaluation.adapters.datasets.tables import place_of
from corridor.evaluation.errors import BadData
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing
from corridor.evaluation.records.datasets import Item, Shot

NUMBER = re.compile(r"-?\d{1,3}(,\d{3})+|-?\d+")
"""Digits, in groups of three or not."""
LABEL = re.compile(r"\A[^:：]{1,30}[:：]\s*")
"""What stands before an example's question in the published file."""


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the items; the examples are the eight published ones, with the number as the answer.

    Raises:
        BadData: if a line is not a question, a tab and a whole number.
        NoData: if a language has no file.
    """
    examples = _examples(files)
    return Contents(
        items={tag: tuple(_items(files, listing, tag)) for tag in languages},
        shots={
            tag: examples[listing.languages[tag]]
            for tag in languages
            if listing.languages[tag] in examples
        },
    )


def _items(files: Files, listing: Listing, tag: str) -> Iterator[Item]:
    for name in place_of(files, listing, listing.languages[tag], listing.split):
        for line, text in enumerate(_lines(files, name), 1):
            question, tab, answer = text.rpartition("\t")
            if not tab or not question.strip() or not NUMBER.fullmatch(answer.strip()):
                raise BadData(f"{name}, line {line}: not a question, a tab and a whole number.")
            yield Item(
                id=str(line),
                language=tag,
                question=question.strip(),
                targets=(answer.strip().replace(",", ""),),
                origin="native" if tag == "en-Latn" else "translated",
            )


def _lines(files: Files, name: str) -> list[str]:
    try:
        return files.read(name).decode("utf-8").removesuffix("\n").split("\n")
    except UnicodeDecodeError as fault:
        raise BadData(f"{name}: {fault}") from fault


def _examples(files: Files) -> dict[str, tuple[Shot, ...]]:
    """Read the published examples, Python source that is parsed and never run; none if there are none."""
    name = next((name for name in files.names() if name.endswith("exemplars.py")), None)
    if name is None:
        return {}
    try:
        values = _literals(files.read(name).decode("utf-8"))
        answers = cast("list[int]", values["EXEMPLAR_NUMBER_ANSWERS"])
        asked = cast("dict[str, dict[str, dict[str, str]]]", values["MGSM_EXEMPLARS"])
        return {
            code: tuple(
                Shot(LABEL.sub("", each["q"]), str(number))
                for each, number in zip(examples.values(), answers, strict=True)
            )
            for code, examples in asked.items()
        }
    except (ValueError, SyntaxError, KeyError, TypeError) as fault:
        raise BadData(f"{name}: {fault}") from fault


def _literals(source: str) -> dict[str, object]:
    """Return what names at the top of a Python file are bound to, where that is a literal."""
    found = dict[str, object]()
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            try:
                found[statement.targets[0].id] = ast.literal_eval(statement.value)
            except ValueError:  # computed; nothing that is wanted here is
                continue
    return found
