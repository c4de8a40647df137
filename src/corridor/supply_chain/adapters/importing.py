"""The layouts that can be taken in, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from corridor.core.clock import Clock
from corridor.supply_chain.adapters import comtrade, cyclonedx, eto, own, usgs
from corridor.supply_chain.adapters.drafts import MOST_READ, About
from corridor.supply_chain.adapters.sheets import check_size, digest
from corridor.supply_chain.records import Table
from corridor.supply_chain.rules.graph import Graph

Layout = Literal["own", "eto", "usgs", "comtrade", "cyclonedx", "mrio"]


class Reader(Protocol):
    """Reads a table from a file or a folder."""

    def __call__(self, place: Path, /, about: About, clock: Clock, known: Graph) -> Table:
        """Return the table."""
        ...


@dataclass(frozen=True, slots=True)
class _Kind:
    title: str
    licence: str
    read: Reader


def _mrio(place: Path, /, about: About, clock: Clock, known: Graph) -> Table:
    # Only here: it takes in NumPy and Numba, which the other layouts have no use for.
    from corridor.supply_chain.adapters.mrio_table import read as read_mrio

    return read_mrio(place, about, clock, known)


LAYOUTS: Mapping[Layout, _Kind] = {
    "own": _Kind("A table in Corridor's own layout", "not stated", own.read),
    "eto": _Kind("ETO/CSET Advanced Semiconductor Supply Chain Dataset", "CC-BY-NC-4.0", eto.read),
    "usgs": _Kind("USGS Mineral Commodity Summaries, World Data", "public domain", usgs.read),
    "comtrade": _Kind("UN Comtrade, imports by partner", "UN Comtrade's terms", comtrade.read),
    "cyclonedx": _Kind("A bill of materials in CycloneDX", "not stated", cyclonedx.read),
    "mrio": _Kind("A multi-regional input-output table", "not stated", _mrio),
}


def read(
    layout: Layout,
    place: Path,
    name: str,
    clock: Clock,
    known: Graph,
    licence: str | None = None,
    most: int = MOST_READ,
) -> Table:
    """Read a table in a layout, of at most so many rows.

    Raises:
        BadTable: if a file is not as it should be, with the place.
        TooLarge: if it is larger than is read.
    """
    kind = LAYOUTS[layout]
    about = About(name, kind.title, licence or kind.licence, _digest(layout, place), most)
    return kind.read(place, about, clock, known)


def _digest(layout: Layout, place: Path) -> str:
    if layout == "eto":
        return eto.digest_of(place)
    if layout == "mrio":
        return digest([path for path in place.glob("[YZ].*") if path.is_file()])
    if place.is_dir():
        return digest(list(own.files_of(place).values()))
    check_size(place)
    return digest([place])
