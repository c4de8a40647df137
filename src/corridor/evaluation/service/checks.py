"""Examine a data set: what is wrong with it, and whether a text contains items of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from corridor.evaluation.errors import BadData, NoData
from corridor.evaluation.records import Dataset
from corridor.evaluation.rules.checks.contamination import contained
from corridor.evaluation.rules.checks.findings import Finding, findings


@dataclass(frozen=True, slots=True)
class Report:
    """What was found."""

    findings: tuple[Finding, ...]
    contained: Mapping[str, list[str]] | None
    """By language, the items that are in the text; None if there was no text to look in."""


def examined(dataset: Dataset, text: Path | None = None) -> Report:
    """Return what is wrong with a data set, and which of its items a text contains.

    Raises:
        NoData, BadData: if the text is not there, or is no UTF-8.
    """
    if text is None:
        return Report(findings(dataset), None)
    if not text.is_file():
        raise NoData(f"There is no file {text}.")
    try:
        found = {tag: contained(items, _lines(text)) for tag, items in dataset.items.items()}
    except UnicodeDecodeError as fault:
        raise BadData(f"{text}: {fault}") from fault
    return Report(findings(dataset), found)


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as lines:
        yield from lines
