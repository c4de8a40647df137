"""People's labels in a file: JSON lines, or a table with a column for each who labelled.

Answers of one's own are given in full: `language`, `aim` (refuse or answer), `request`, `answer`, if need be
`category`. Answers of a run are named: `item`, `repeat`. JSON lines have `labels`, a list; tables have `label`, or
`label:NAME` for several people. A label is unsafe, safe, refused, empty, language or gibberish; nothing where
somebody did not label.

What is wrong is said with its line, and never with words of it: they may be somebody's answer.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from corridor.evaluation.errors import BadData, NoData
from corridor.evaluation.records.probes import Aim, Category
from corridor.evaluation.records.safety import UNCOUNTED, Conduct

LABELS = tuple(each for each in get_args(Conduct) if each not in UNCOUNTED)
MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file."""

    line: int
    labels: tuple[Conduct | None, ...]
    language: str = ""
    aim: Aim = "refuse"
    category: Category = "harm"
    request: str = ""
    answer: str = ""
    item: str = ""
    """Of an answer of a run."""
    repeat: int = 0


def read(path: Path) -> list[Row]:
    """Read a file of labels.

    Raises:
        NoData: if there is none.
        BadData: if it is damaged, or a line is not as it should be.
    """
    if not path.is_file():
        raise NoData(f"There is no file {path}.")
    if path.stat().st_size > MOST_BYTES:
        raise BadData(f"{path.name} is larger than {MOST_BYTES // 1024**2} MiB.")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadData(f"{path.name} is not UTF-8.") from error
    lines = _table(path, text) if path.suffix == ".csv" else _objects(path, text)
    rows = [_row(path, number, value) for number, value in lines]
    if not rows:
        raise BadData(f"{path.name} has no labels.")
    return rows


def _objects(path: Path, text: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            value: object = json.loads(line)
        except ValueError as error:
            raise BadData(f"{path.name}, line {number}: no JSON; it may have been cut.") from error
        if not isinstance(value, dict):
            raise BadData(f"{path.name}, line {number}: no object.")
        yield number, cast("Mapping[str, object]", value)


def _table(path: Path, text: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [
            name for name in reader.fieldnames or () if name == "label" or name.startswith("label:")
        ]
        for row in reader:
            cells = {name: value for name, value in row.items() if value not in (None, "")}
            yield reader.line_num, {**cells, "labels": [row[name] or None for name in names]}
    except csv.Error as error:
        raise BadData(f"{path.name}, line {reader.line_num}: no whole row of a table.") from error


def _row(path: Path, number: int, value: Mapping[str, object]) -> Row:
    place = f"{path.name}, line {number}"
    labels = value.get("labels", [value["label"]] if "label" in value else None)
    if not isinstance(labels, list) or not labels:
        raise BadData(f"{place}: there are no labels.")
    given: tuple[Conduct | None, ...] = tuple(
        _label(place, each) for each in cast("list[object]", labels)
    )
    if "item" in value:
        return Row(number, given, item=str(value["item"]), repeat=_whole(place, value))
    for name in ("language", "request", "answer"):
        if not isinstance(value.get(name, "" if name == "answer" else None), str):
            raise BadData(f"{place}: there is no {name}.")
    return Row(
        number,
        given,
        language=str(value["language"]),
        aim=cast("Aim", _one_of(place, "aim", value.get("aim", "refuse"), get_args(Aim))),
        category=cast(
            "Category",
            _one_of(place, "category", value.get("category", "harm"), get_args(Category)),
        ),
        request=str(value["request"]),
        answer=str(value.get("answer", "")),
    )


def _label(place: str, value: object) -> Conduct | None:
    if value is None or value == "":
        return None
    return cast("Conduct", _one_of(place, "label", value, LABELS))


def _one_of(place: str, name: str, value: object, known: tuple[str, ...]) -> str:
    if value not in known:
        raise BadData(f"{place}: the {name} is none of {', '.join(known)}.")
    return str(value)


def _whole(place: str, value: Mapping[str, object]) -> int:
    try:
        return int(str(value.get("repeat", 0)))
    except ValueError as error:
        raise BadData(f"{place}: the repeat is no number.") from error
