"""Rows of a CSV or Parquet file, with the place of each for whoever has to correct it.

Quoted as RFC 4180 has it, in UTF-8 with or without a byte order mark; where a reader says so, in
Windows-1252 if it is no UTF-8. A file beyond `MAX_BYTES` is
refused before it is read.
"""

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from corridor.supply_chain.errors import BadTable, TooLarge

if TYPE_CHECKING:  # large, and comes with an extra
    from polars import DataFrame

MAX_BYTES = 256 * 1024 * 1024
MIB = 1024 * 1024
MOST_CELLS = 32_000_000
"""Of a Parquet file, which may be small and hold much."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written: the file, and the line that a row ends on."""

    file: str
    line: int

    def fault(self, column: str, message: str) -> BadTable:
        """Return the error that names this place."""
        return BadTable(f"{self.file}, row {self.line}, column {column}: {message}.")


Row = tuple[Place, Mapping[str, str]]


def rows(path: Path, required: Sequence[str], encoding: str = "utf-8-sig") -> Iterator[Row]:
    """Yield the rows of a file; an empty cell is an empty text.

    Raises:
        TooLarge: if the file is larger than is read.
        BadTable: if it is not there, is no text, lacks a column or has a broken row.
    """
    if path.suffix == ".parquet":
        yield from _parquet(path, required)
        return
    check_size(path)
    try:
        with path.open(encoding=encoding, newline="") as file:
            yield from _csv(path.name, file, required)
    except UnicodeDecodeError as error:
        what = encoding.removesuffix("-sig").upper()
        raise BadTable(f"{path.name} is no {what} at byte {error.start}.") from error


def encoding_of(path: Path) -> str:
    """Return how the text of a file is written: as UTF-8, else as Windows-1252 has it.

    Raises:
        TooLarge: if it is larger than is read.
        BadTable: if it cannot be read.
    """
    check_size(path)
    try:
        path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8-sig"


def slug(text: str) -> str:
    """Return a text as a part of a name: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:50]


def check_size(path: Path, most: int = MAX_BYTES) -> None:
    """Check that a file is there and small enough to be read.

    Raises:
        TooLarge: if it is larger.
        BadTable: if it cannot be read.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise BadTable(f"{path} cannot be read: {error.strerror}.") from error
    if size > most:
        limit = most // MIB
        raise TooLarge(f"{path.name} has {size // MIB:,} MiB; at most {limit} are read.")


def digest(paths: Sequence[Path]) -> str:
    """Return the SHA-256 over the contents of files, in the order of their names.

    Raises:
        TooLarge: if one is larger than is read.
    """
    found = hashlib.sha256()
    for path in sorted(paths, key=lambda each: each.name):
        check_size(path)
        with path.open("rb") as file:
            while piece := file.read(MIB):
                found.update(piece)
    return found.hexdigest()


def _csv(name: str, file: Iterator[str], required: Sequence[str]) -> Iterator[Row]:
    reader = csv.reader(file, strict=True)
    try:
        header = next(reader, None)
        check_header(name, header, required)
        for cells in reader:
            place = Place(name, reader.line_num)
            if len(cells) != len(header or ()):
                count = len(header or ())
                raise BadTable(f"{name}, row {place.line}: {len(cells)} cells, not {count}.")
            yield place, dict(zip(header or (), (cell.strip() for cell in cells), strict=True))
    except csv.Error as error:
        raise BadTable(f"{name}, row {reader.line_num}: {error}.") from error


def check_header(name: str, header: Sequence[str] | None, required: Sequence[str]) -> None:
    """Check that a file has a first row, with the columns that are needed.

    Raises:
        BadTable: if one is missing, or there twice.
    """
    columns = header or ()
    missing = [column for column in required if column not in columns]
    if missing:
        raise BadTable(f"{name}, row 1: the column {missing[0]!r} is missing.")
    twice = [column for column in columns if list(columns).count(column) > 1]
    if twice:
        raise BadTable(f"{name}, row 1: the column {twice[0]!r} is there twice.")


def frame_of(path: Path) -> "DataFrame":
    """Read a Parquet file.

    Raises:
        TooLarge: if it, or what is in it, is larger than is read.
        BadTable: if it is none, or Polars is not installed.
    """
    check_size(path)
    try:
        import polars  # only here: it is large, and comes with an extra
    except ModuleNotFoundError as error:
        raise BadTable(f"{path.name} needs Polars: pip install 'corridor[evaluation]'.") from error
    try:
        scanned = polars.scan_parquet(path)
        width = len(scanned.collect_schema())
        count = int(scanned.select(polars.len()).collect().item())
        if count * width > MOST_CELLS:
            raise TooLarge(f"{path.name} has {count:,} rows of {width:,} columns.")
        return scanned.collect()
    except polars.exceptions.PolarsError as error:
        raise BadTable(f"{path.name} is no Parquet file: {error}.") from error


def _parquet(path: Path, required: Sequence[str]) -> Iterator[Row]:
    frame = frame_of(path)
    check_header(path.name, frame.columns, required)
    for number, values in enumerate(frame.iter_rows(named=True), start=1):
        cells = {name: "" if value is None else str(value) for name, value in values.items()}
        yield Place(path.name, number), cells
