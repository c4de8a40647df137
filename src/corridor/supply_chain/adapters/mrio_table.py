"""An input-output table as facts: each sector an input, provided by the regions that make it.

A region provides a sector's products by its part of all that is made of them; a sector needs another
by its part in what the sector makes, over all regions. How essential an input is, such a table does
not say: every dependency counts as not essential. Which region buys of which is summed up.
"""

from pathlib import Path

import numpy as np

from corridor.core.clock import Clock
from corridor.supply_chain.adapters.countries import alpha_2
from corridor.supply_chain.adapters.drafts import About, Draft
from corridor.supply_chain.adapters.mrio import Mrio
from corridor.supply_chain.adapters.mrio import read as read_mrio
from corridor.supply_chain.adapters.sheets import Place, slug
from corridor.supply_chain.records import Table
from corridor.supply_chain.rules.graph import Graph

SOURCE = "input-output-table"
LEAST = 0.001
"""Inputs of less than this part of the cost are left out, so that a large table is no full square."""


def read(folder: Path, /, about: About, clock: Clock, known: Graph | None = None) -> Table:
    """Read the folder.

    Raises:
        BadTable: if a file is not as it should be, with the place.
        TooLarge: if it is larger than is read.
    """
    mrio, draft, place = read_mrio(folder), Draft(about.most), Place("Z", 1)
    cited = {"id": SOURCE, "title": f"Input-output table {folder.name}", "licence": about.licence}
    draft.add("citations", place, cited)
    names = _sectors(draft, about.name, mrio)
    _regions(draft, about, mrio, names, clock().year)
    _needs(draft, mrio, names)
    for each in mrio.left_out:
        count, _, why = each.partition(" × ")
        draft.leave_out(why, int(count))
    draft.leave_out("table of which region buys of which; it is summed up by sector")
    return draft.table(about, clock, known)


def _sectors(draft: Draft, table: str, mrio: Mrio) -> dict[int, str]:
    found: dict[int, str] = {}
    for (_, title), sector in zip(mrio.names, mrio.economy.sectors, strict=True):
        if int(sector) not in found:
            found[int(sector)] = name = f"{table}/{slug(title)}-{int(sector)}"
            draft.add("inputs", Place("Z", 1), {"id": name, "title": title, "layer": "other"})
    return found


def _regions(draft: Draft, about: About, mrio: Mrio, names: dict[int, str], year: int) -> None:
    made = mrio.economy.output
    whole = np.bincount(mrio.economy.sectors, made)
    actors = dict[str, str]()
    for at, ((region, _), sector) in enumerate(zip(mrio.names, mrio.economy.sectors, strict=True)):
        place = Place("Z", at + 4)
        if region not in actors:
            country = alpha_2(region)
            actors[region] = (
                f"country/{country.lower()}" if country else f"{about.name}/{slug(region)}"
            )
            stated = {"id": actors[region], "title": region, "country": country}
            draft.add("actors", place, {**stated, "type": "country" if country else "group"})
            if country is None:
                draft.leave_out(f"country of the region {region!r}, which is none by its name")
        if made[at] > 0:
            share = {"share": 100 * made[at] / whole[sector], "basis": "revenue", "year": year}
            line = {"input": names[int(sector)], "actor": actors[region], "source": SOURCE}
            draft.add("provisions", place, {**line, **share})


def _needs(draft: Draft, mrio: Mrio, names: dict[int, str]) -> None:
    economy, kinds = mrio.economy, len(names)
    bought = np.zeros((kinds, kinds))
    np.add.at(bought, (economy.sectors[:, None], economy.sectors[None, :]), economy.sales)
    made = np.bincount(economy.sectors, economy.output) * 365
    parts = np.divide(bought, made, out=np.zeros_like(bought), where=made > 0)
    for what, into in np.argwhere(parts > 0):
        part = float(parts[what, into])
        if what == into:
            draft.leave_out("sector that buys of itself")
        elif part < LEAST:
            draft.leave_out(f"input of less than {LEAST:.1%} of the cost")
        else:
            stated = {"input": names[int(what)], "into": names[int(into)], "source": SOURCE}
            figures = {"essentiality": 1, "quantity": part}
            draft.add("dependencies", Place("Z", int(what) + 4), {**stated, **figures})
