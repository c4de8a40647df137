"""A multi-regional input-output table as pymrio keeps one in a folder: `Z` and `Y`.

As text they have two header rows (region, then sector or category), a row with the names of the two
first columns, and the figures, separated by tabs, commas or semicolons; as Parquet a column is named
by both headers. Only the amounts between industries and those of final demand are read; final
demand of one product is summed over who asks for it. What else is there is left out, and said.
"""

import ast
import csv
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from corridor.supply_chain.adapters.sheets import Place, check_size, frame_of
from corridor.supply_chain.errors import BadTable
from corridor.supply_chain.rules.graph import nearest
from corridor.supply_chain.rules.industries.economy import Economy, Floats

HEADERS = 2
NAMES = 3
"""The row that names the first columns."""
Names = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Mrio:
    """An economy, and what its industries are called: region and sector."""

    economy: Economy
    names: Names
    left_out: tuple[str, ...] = ()
    """What of the files is not here, and why."""

    def sector(self, name: str) -> int:
        """Return the number of a sector.

        Raises:
            BadTable: if there is none, with the nearest names.
        """
        for (_, each), number in zip(self.names, self.economy.sectors, strict=True):
            if each == name:
                return int(number)
        known = dict.fromkeys(each for _, each in self.names)
        raise BadTable(f"There is no sector {name!r}{nearest(name, known)}.")

    def industry(self, name: str) -> int:
        """Return the number of an industry that is written as REGION/SECTOR.

        Raises:
            BadTable: if there is none, with the nearest names.
        """
        known = ["/".join(pair) for pair in self.names]
        if name not in known:
            raise BadTable(f"There is no industry {name!r}{nearest(name, known)}.")
        return known.index(name)


def read(folder: Path) -> Mrio:
    """Read a table from a folder.

    Raises:
        BadTable: if a file is not as it should be, with the place.
        TooLarge: if it is larger than is read.
    """
    z, y = _file(folder, "Z"), _file(folder, "Y")
    rows, columns, sales = _matrix(z)
    asked, categories, demand = _matrix(y)
    if rows != columns:
        raise BadTable(f"{z.name}: the industries of the rows are not those of the columns.")
    if len(set(rows)) != len(rows):
        twice = next(each for each in rows if rows.count(each) > 1)
        raise BadTable(f"{z.name}: the industry {'/'.join(twice)} is there twice.")
    if asked != rows:
        raise BadTable(f"{y.name}: the industries of the rows are not those of {z.name}.")
    _check_amounts(z.name, sales)
    consumers = demand.sum(axis=1)
    if consumers.min() < 0:
        line = int(consumers.argmin()) + NAMES + 1
        raise BadTable(f"{y.name}, row {line}: final demand comes to less than 0.")
    number = {sector: at for at, sector in enumerate(dict.fromkeys(sector for _, sector in rows))}
    numbers = np.array([number[sector] for _, sector in rows])
    return Mrio(Economy(sales, consumers, numbers), rows, _left_out(folder, categories))


def _file(folder: Path, name: str) -> Path:
    found = [
        path
        for suffix in ("txt", "csv", "parquet")
        if (path := folder / f"{name}.{suffix}").exists()
    ]
    if not found:
        raise BadTable(f"{folder} has no {name}.txt and no {name}.parquet.")
    return found[0]


def _left_out(folder: Path, categories: Names) -> tuple[str, ...]:
    """Return what of the folder is not read."""
    found = [f"{len(categories)} × category of final demand by region, summed up"]
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            found.append(f"1 × account {path.name}, for only amounts of money are read")
        elif path.stem in {"A", "L", "x"}:
            found.append(f"1 × {path.name}, which follows from Z and Y")
        elif path.stem == "unit":
            found.append(f"1 × {path.name}; all amounts are taken to be in one unit")
        elif path.stem not in {"Z", "Y", "metadata", "file_parameters"}:
            found.append(f"1 × {path.name}, which is no table of industries")
    return tuple(found)


def _check_amounts(name: str, amounts: Floats) -> None:
    if amounts.min() < 0:
        row, column = np.unravel_index(amounts.argmin(), amounts.shape)
        place = Place(name, int(row) + NAMES + 1)
        raise place.fault(str(int(column) + HEADERS + 1), "the amount is below 0")


def _matrix(path: Path) -> tuple[Names, Names, Floats]:
    if path.suffix == ".parquet":
        return _of_parquet(path)
    check_size(path)
    try:
        return _of_text(path)
    except UnicodeDecodeError as error:
        raise BadTable(f"{path.name} is no UTF-8 at byte {error.start}.") from error


def _of_parquet(path: Path) -> tuple[Names, Names, Floats]:
    frame = frame_of(path)
    if len(frame.columns) <= HEADERS or "region" not in frame.columns:
        raise BadTable(f"{path.name} has no columns of industries, or no column 'region'.")
    named = [name for name in frame.columns if name.startswith("(")]
    others = [name for name in frame.columns if name not in named]
    if len(others) != HEADERS:
        raise BadTable(f"{path.name}: the columns {', '.join(others)} are not region and sector.")
    names = tuple((str(a), str(b)) for a, b in frame.select(others).iter_rows())
    figures: list[Floats] = []
    for number, row in enumerate(frame.select(named).iter_rows(), start=1):
        figures.append(_figures(Place(path.name, number), ["", "", *map(str, row)]))
    return names, tuple(_pair(path.name, name) for name in named), np.array(figures)


def _pair(file: str, name: str) -> tuple[str, str]:
    try:
        found: object = ast.literal_eval(name)
    except (ValueError, SyntaxError) as error:
        raise BadTable(f"{file}: the column {name!r} is no region and sector.") from error
    pair = cast("tuple[object, ...]", found)
    if not isinstance(found, tuple) or len(pair) != HEADERS:
        raise BadTable(f"{file}: the column {name!r} is no region and sector.")
    return str(pair[0]), str(pair[1])


def _of_text(path: Path) -> tuple[Names, Names, Floats]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        file.seek(0)
        reader = csv.reader(file, delimiter=max("\t,;", key=first.count))
        head = [row for _, row in zip(range(NAMES), reader, strict=False)]
        if len(head) < NAMES or len(head[0]) <= HEADERS or len(head[0]) != len(head[1]):
            raise BadTable(f"{path.name}, row 1: there are not two header rows of one length.")
        width, names, figures = len(head[0]), list[tuple[str, str]](), list[Floats]()
        for row in reader:
            place = Place(path.name, reader.line_num)
            if len(row) != width:
                raise BadTable(f"{path.name}, row {place.line}: {len(row)} cells, not {width}.")
            names.append((row[0], row[1]))
            figures.append(_figures(place, row))
    if not figures:
        raise BadTable(f"{path.name} has no industry.")
    columns = tuple(zip(head[0][HEADERS:], head[1][HEADERS:], strict=True))
    return tuple(names), columns, np.array(figures)


def _figures(place: Place, row: list[str]) -> Floats:
    found: list[float] = []
    for column, cell in enumerate(row[HEADERS:], start=HEADERS + 1):
        try:
            found.append(float(cell))
        except ValueError as error:
            raise place.fault(str(column), f"{cell!r} is no number") from error
    figures = np.array(found)
    if not np.isfinite(figures).all():
        column = int(np.argmin(np.isfinite(figures))) + HEADERS + 1
        raise place.fault(str(column), "the figure is not finite")
    return figures
