"""Economies that are kept in the node's folder, one file each, so that they can be named over HTTP."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from corridor.core.errors import Unavailable
from corridor.supply_chain.adapters.mrio import Mrio
from corridor.supply_chain.errors import BadTable, UnknownEconomy
from corridor.supply_chain.records import ECONOMY_NAME
from corridor.supply_chain.rules.graph import nearest
from corridor.supply_chain.rules.industries.economy import Economy

MOST = 10_000
"""Industries; a table of so many takes 800 MB, and the engine three times that."""


@dataclass(frozen=True, slots=True)
class Economies:
    """The folder of kept economies."""

    folder: Path

    def names(self) -> list[str]:
        """Return what there is."""
        return sorted(path.stem for path in self.folder.glob("*.npz"))

    def keep(self, name: str, mrio: Mrio) -> None:
        """Keep an economy; it stands in the place of an earlier one of that name.

        Raises:
            BadTable: if the name is none, or there are too many industries.
            Unavailable: if it cannot be written.
        """
        if not ECONOMY_NAME.fullmatch(name):
            raise BadTable(f"{name!r} is no name.", hint="Use small letters, digits and hyphens.")
        if mrio.economy.size > MOST:
            raise BadTable(
                f"There are {mrio.economy.size:,} industries; at most {MOST:,} are kept."
            )
        told = json.dumps({"names": mrio.names, "left_out": mrio.left_out}).encode()
        written = self.folder / f"{name}.tmp"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with written.open("wb") as file:
                np.savez_compressed(
                    file,
                    sales=mrio.economy.sales,
                    consumers=mrio.economy.consumers,
                    sectors=mrio.economy.sectors,
                    told=np.frombuffer(told, dtype=np.uint8),
                )
            written.replace(self.folder / f"{name}.npz")
        except OSError as error:
            raise Unavailable(f"{self.folder} cannot be written: {error.strerror}.") from error

    def named(self, name: str) -> Mrio:
        """Return an economy.

        Raises:
            UnknownEconomy: if there is none of this name, with the nearest.
        """
        known = self.names()
        if name not in known:
            raise UnknownEconomy(f"There is no economy {name!r}{nearest(name, known)}.")
        with np.load(self.folder / f"{name}.npz", allow_pickle=False) as found:
            told = cast("dict[str, Sequence[Sequence[str]]]", json.loads(found["told"].tobytes()))
            economy = Economy(found["sales"], found["consumers"], found["sectors"])
        names = tuple((str(pair[0]), str(pair[1])) for pair in told["names"])
        return Mrio(economy, names, tuple(str(each) for each in told["left_out"]))


def stated(
    names: Sequence[tuple[str, str]], sales: Sequence[Sequence[float]], consumers: Sequence[float]
) -> Mrio:
    """Return an economy that somebody states figure by figure.

    Raises:
        BadTable: if there are not as many figures as industries, or an industry is there twice.
        BadNetwork: if a figure is none.
    """
    size = len(names)
    wrong = next((at for at, row in enumerate(sales) if len(row) != size), None)
    if wrong is not None or len(sales) != size or len(consumers) != size:
        where = f"row {wrong} of sales" if wrong is not None else "sales or consumers"
        raise BadTable(f"There are {size} industries, and another number of figures in {where}.")
    if len(set(names)) != size:
        raise BadTable("An industry is there twice.")
    number = {sector: at for at, sector in enumerate(dict.fromkeys(sector for _, sector in names))}
    sectors = np.array([number[sector] for _, sector in names], dtype=np.int64)
    table = np.array(sales, dtype=np.float64).reshape(size, size)
    return Mrio(Economy(table, np.array(consumers, dtype=np.float64), sectors), tuple(names))
