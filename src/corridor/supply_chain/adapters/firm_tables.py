"""A network of firms from CSV or Parquet files: firms, the links between them, and what is essential.

`firms` has the columns firm and sector, and may have final_demand and value_added; `links` has
supplier, buyer and sales; `essentiality`, which may be left out, has input, into and kind: from a
sector that is bought into one that buys, 0 (ignorable), 1 (less is made without it) or 2 (essential).
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corridor.supply_chain.adapters.sheets import Place, Row, rows
from corridor.supply_chain.errors import BadTable, TooLarge
from corridor.supply_chain.rules.firms.network import Network
from corridor.supply_chain.rules.graph import nearest

MOST_FIRMS, MOST_LINKS = 500_000, 5_000_000
KINDS = {"0": 0, "1": 1, "2": 2}


@dataclass(frozen=True)
class Firms:
    """A network, with the names of its firms and sectors."""

    names: tuple[str, ...]
    sectors: tuple[str, ...]
    network: Network

    def sector_of(self, firm: int) -> str:
        """Return the sector of a firm."""
        return self.sectors[int(self.network.sectors[firm])]

    def numbered(self, name: str) -> int:
        """Return the place of a firm.

        Raises:
            BadTable: if there is none of this name, with the nearest.
        """
        try:
            return self.names.index(name)
        except ValueError as error:
            raise BadTable(f"There is no firm {name!r}{nearest(name, self.names)}.") from error


def read(
    links: Path, firms: Path, essentiality: Path | None, otherwise: int, *, strict: bool = False
) -> Firms:
    """Read a network; `otherwise` is how essential an input is of which no row says so.

    Raises:
        BadTable: if a file is not as it should be, with the place.
        TooLarge: if it is larger than is read.
    """
    kinds = rows(essentiality, ("input", "into", "kind")) if essentiality else ()
    parts = rows(firms, ("firm", "sector")), rows(links, ("supplier", "buyer", "sales")), kinds
    return _network(*parts, otherwise, strict=strict)


def stated(
    firms: Sequence[Mapping[str, object]],
    links: Sequence[Mapping[str, object]],
    essentiality: Sequence[Mapping[str, object]],
    otherwise: int,
    *,
    strict: bool = False,
) -> Firms:
    """Return a network that is stated row by row, with the same columns.

    Raises:
        BadTable: if a row does not fit, with its number.
    """
    parts = (("firms", firms), ("links", links), ("essentiality", essentiality))
    one, other, third = (
        [
            (Place(name, number), {column: str(value) for column, value in row.items()})
            for number, row in enumerate(listed, start=1)
        ]
        for name, listed in parts
    )
    return _network(one, other, third, otherwise, strict=strict)


def _network(
    firms: Iterable[Row],
    links: Iterable[Row],
    essentiality: Iterable[Row],
    otherwise: int,
    *,
    strict: bool,
) -> Firms:
    names, kinds, told = dict[str, int](), dict[str, int](), list[tuple[int, float, float]]()
    for place, row in firms:
        if row["firm"] in names:
            raise place.fault("firm", f"{row['firm']} is there twice")
        names[_named(place, row, "firm")] = len(names)
        sector = kinds.setdefault(_named(place, row, "sector"), len(kinds))
        told.append(
            (sector, _amount(place, row, "final_demand"), _amount(place, row, "value_added"))
        )
        _check_few(place, len(names), MOST_FIRMS)
    if not names:
        raise BadTable("There is no firm.")
    ends = list(_links(links, names))
    table = np.full((len(kinds), len(kinds)), otherwise, dtype=np.int8)
    for place, row in essentiality:
        one, other = (_known(place, row, column, kinds, "sector") for column in ("input", "into"))
        if row["kind"] not in KINDS:
            raise place.fault("kind", f"{row['kind']!r} is none of 0, 1 and 2")
        table[one, other] = KINDS[row["kind"]]
    network = Network(
        np.array([each[0] for each in ends], dtype=np.int64),
        np.array([each[1] for each in ends], dtype=np.int64),
        np.array([each[2] for each in ends], dtype=np.float64),
        np.array([each[0] for each in told], dtype=np.int64),
        table,
        np.array([each[1] for each in told], dtype=np.float64),
        np.array([each[2] for each in told], dtype=np.float64),
        strict=strict,
    )
    return Firms(tuple(names), tuple(kinds), network)


def _links(links: Iterable[Row], names: Mapping[str, int]) -> Iterator[tuple[int, int, float]]:
    for count, (place, row) in enumerate(links, start=1):
        _check_few(place, count, MOST_LINKS)
        supplier, buyer = (_known(place, row, end, names, "firm") for end in ("supplier", "buyer"))
        yield supplier, buyer, _amount(place, row, "sales")


def _check_few(place: Place, count: int, most: int) -> None:
    if count > most:
        raise TooLarge(f"{place.file}, row {place.line}: at most {most:,} rows are read.")


def _named(place: Place, row: Mapping[str, str], column: str) -> str:
    if not row[column]:
        raise place.fault(column, "it is empty")
    return row[column]


def _known(
    place: Place, row: Mapping[str, str], column: str, names: Mapping[str, int], what: str
) -> int:
    found = names.get(row[column])
    if found is None:
        raise place.fault(
            column, f"there is no {what} {row[column]!r}{nearest(row[column], names)}"
        )
    return found


def _amount(place: Place, row: Mapping[str, str], column: str) -> float:
    """Return an amount; what is not stated is nothing."""
    stated = row.get(column) or "0"
    try:
        amount = float(stated)
    except ValueError as error:
        raise place.fault(column, f"{stated!r} is no amount") from error
    if not (math.isfinite(amount) and amount >= 0):
        raise place.fault(column, f"{stated} is no amount")
    return amount
