"""Rows out of the files that data sets are published in: TSV, CSV, JSON, JSON lines, Parquet.

Parquet needs polars, of the extra `evaluation`; the rest needs nothing.
"""

import csv
import fnmatch
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import cast

from corridor.evaluation.errors import BadData, NoData, NoExtra
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Listing

Row = Mapping[str, object]


def place_of(files: Files, listing: Listing, code: str, split: str) -> tuple[str, ...]:
    """Return the files of a language and a split: those that fit the first pattern that any fits.

    Raises:
        NoData: if no file fits.
    """
    names = files.names()
    for pattern in listing.files:
        wanted = pattern.format(code=code, split=split)
        found = tuple(name for name in names if fnmatch.fnmatchcase(name, wanted))
        if found:
            return found
    tried = ", ".join(pattern.format(code=code, split=split) for pattern in listing.files)
    raise NoData(f"{listing.name} has no file for {code}, {split}; looked for {tried}.")


def rows_of(files: Files, names: Iterable[str]) -> Iterator[Row]:
    """Yield the rows of files, each read as its ending says.

    Raises:
        BadData: if a file is not what its ending says.
        NoExtra: for Parquet without polars.
    """
    for name in names:
        read = _READERS.get(name.rsplit(".", 1)[-1])
        if read is None:
            raise BadData(f"{name}: no reader for files of this ending.")
        try:
            yield from read(files.read(name))
        except (
            ValueError,
            csv.Error,
        ) as fault:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
            raise BadData(f"{name}: {fault}") from fault


def text_of(row: Row, column: str, where: str) -> str:
    """Return the text in a column.

    Raises:
        BadData: if there is none.
    """
    value = row.get(column)
    if not isinstance(value, str):
        raise BadData(f"{where}: no text in the column {column!r}.")
    return value


def number_of(row: Row, column: str, where: str) -> int:
    """Return the whole number in a column, written as one or as text.

    Raises:
        BadData: if there is none.
    """
    value = row.get(column)
    try:
        return int(cast("str", value))
    except (TypeError, ValueError) as fault:
        raise BadData(f"{where}: no whole number in the column {column!r}.") from fault


def list_of(row: Row, column: str, where: str) -> list[object]:
    """Return the list in a column.

    Raises:
        BadData: if there is none.
    """
    value = row.get(column)
    if not isinstance(value, list):
        raise BadData(f"{where}: no list in the column {column!r}.")
    return cast("list[object]", value)


def kept_rows(rows: Iterable[Row], only: Mapping[str, Sequence[str]]) -> Iterator[Row]:
    """Yield the rows of a slice."""
    return (
        row for row in rows if all(row.get(column) in allowed for column, allowed in only.items())
    )


def _delimited(delimiter: str) -> Callable[[bytes], Iterator[Row]]:
    def read(data: bytes) -> Iterator[Row]:
        reader = csv.DictReader(
            io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter
        )
        return cast("Iterator[Row]", reader)

    return read


def _json(data: bytes) -> Iterator[Row]:
    """Read one JSON value, or JSON lines, which some sets publish under this ending."""
    text = data.decode("utf-8")
    try:
        value = cast("Row | list[Row]", json.loads(text))
    except json.JSONDecodeError:
        return _json_lines(data)
    return iter(value if isinstance(value, list) else [value])


def _json_lines(data: bytes) -> Iterator[Row]:
    return (json.loads(line) for line in data.decode("utf-8").split("\n") if line.strip())


def _parquet(data: bytes) -> Iterator[Row]:
    try:
        import polars
    except ImportError as missing:
        raise NoExtra("Reading Parquet needs polars.") from missing
    try:
        return polars.read_parquet(io.BytesIO(data)).iter_rows(named=True)
    except polars.exceptions.PolarsError as fault:
        raise ValueError(f"no Parquet: {fault}") from fault


_READERS: dict[str, Callable[[bytes], Iterator[Row]]] = {
    "tsv": _delimited("\t"),
    "csv": _delimited(","),
    "json": _json,
    "jsonl": _json_lines,
    "parquet": _parquet,
}
