"""A multi-regional input-output table as pymrio keeps one in a folder: `Z.txt` and `Y.txt`.

Both are separated by tabs, with two header rows (region, then sector or category), a row with the
names of the two first columns, and the figures. Only the amounts between industries and those of
final demand are read; final demand of one product is summed over who asks for it.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corridor.supply_chain.adapters.sheets import Place, check_size
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
    rows, columns, sales = _matrix(folder / "Z.txt")
    asked, _, demand = _matrix(folder / "Y.txt")
    if rows != columns:
        raise BadTable("Z.txt: the industries of the rows are not those of the columns.")
    if asked != rows:
        raise BadTable("Y.txt: the industries of the rows are not those of Z.txt.")
    _check_amounts("Z.txt", sales)
    consumers = demand.sum(axis=1)
    if consumers.min() < 0:
        line = int(consumers.argmin()) + NAMES + 1
        raise BadTable(f"Y.txt, row {line}: final demand comes to less than 0.")
    sectors = list(dict.fromkeys(sector for _, sector in rows))
    numbers = np.array([sectors.index(sector) for _, sector in rows])
    return Mrio(Economy(sales, consumers, numbers), rows)


def _check_amounts(name: str, amounts: Floats) -> None:
    if amounts.min() < 0:
        row, column = np.unravel_index(amounts.argmin(), amounts.shape)
        place = Place(name, int(row) + NAMES + 1)
        raise place.fault(str(int(column) + HEADERS + 1), "the amount is below 0")


def _matrix(path: Path) -> tuple[Names, Names, Floats]:
    check_size(path)
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter="\t")
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
