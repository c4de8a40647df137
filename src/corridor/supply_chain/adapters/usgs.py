"""World mine and refinery production by country, in the layout of USGS's MCS World Data (one CSV file).

Columns are SOURCE, COMMODITY, COUNTRY, TYPE, UNIT_MEAS, and two years of production, the later as an
estimate (`PROD_EST_ 2024`, with a space that is in the published file). The shares of a commodity
are computed over its world total where one is given, else over the sum of what is: then nobody
unnamed is known, and that is said. A figure that is withheld stays unknown.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from corridor.core.clock import Clock
from corridor.supply_chain.adapters.countries import alpha_2
from corridor.supply_chain.adapters.drafts import About, Draft
from corridor.supply_chain.adapters.sheets import Place, rows, slug
from corridor.supply_chain.errors import BadTable
from corridor.supply_chain.records import Table
from corridor.supply_chain.rules.graph import Graph

REQUIRED = ("COMMODITY", "COUNTRY", "TYPE", "UNIT_MEAS")
ESTIMATE = re.compile(r"PROD_EST_ ?(\d{4})$")
SPELLINGS = {"Gemanium": "Germanium"}
"""So in the published file."""
WORLD = re.compile(r"world total", re.IGNORECASE)
OTHERS = re.compile(r"other countries", re.IGNORECASE)
SOURCE = "usgs-mcs"


@dataclass(frozen=True, slots=True)
class _Stated:
    place: Place
    country: str
    amount: float | None
    note: str


def read(file: Path, /, about: About, clock: Clock, known: Graph | None = None) -> Table:
    """Read the file.

    Raises:
        BadTable: if it is not in this layout, with the place.
    """
    draft, column, year = Draft(about.most), "", 0
    groups: dict[tuple[str, str, str], list[_Stated]] = defaultdict(list)
    for place, row in rows(file, REQUIRED):
        if not column:
            column, year = _column(file.name, row)
        name = SPELLINGS.get(row["COMMODITY"], row["COMMODITY"])
        if name != row["COMMODITY"]:
            draft.leave_out(f"spelling {row['COMMODITY']!r}, read as {name}")
        stated = _stated(draft, place, row, column)
        groups[name, row["TYPE"], row["UNIT_MEAS"]].append(stated)
    draft.add(
        "citations",
        Place(file.name, 1),
        {
            "id": SOURCE,
            "title": "USGS Mineral Commodity Summaries, World Data",
            "url": "https://doi.org/10.5066/P13XCP3R",
            "licence": "public domain",
        },
    )
    actors, inputs = set[str](), set[str]()
    for which, lines in groups.items():
        _group(draft, about.name, which, lines, year, actors, inputs)
    return draft.table(about, clock, known)


def _column(file: str, row: Mapping[str, str]) -> tuple[str, int]:
    for name in row:
        if found := ESTIMATE.match(name):
            return name, int(found[1])
    raise BadTable(f"{file}, row 1: there is no column of estimated production (PROD_EST_ YEAR).")


def _stated(draft: Draft, place: Place, cells: Mapping[str, str], column: str) -> _Stated:
    text = cells[column].replace(",", "")
    note = ""
    if text in {"", "W", "NA", "—", "XX"}:
        draft.leave_out("figure that is withheld or not available; the share stays unknown")
        return _Stated(place, cells["COUNTRY"], None, f"stated as {text or 'nothing'}")
    if text.startswith((">", "<")):
        draft.leave_out(f"sign {text[0]} before a figure, which is taken as the figure")
        text, note = text[1:], f"stated as {text}"
    try:
        return _Stated(place, cells["COUNTRY"], float(text), note)
    except ValueError as error:
        raise place.fault(column, f"{cells[column]!r} is no amount") from error


def _group(
    draft: Draft,
    table: str,
    which: tuple[str, str, str],
    lines: list[_Stated],
    year: int,
    actors: set[str],
    inputs: set[str],
) -> None:
    name, kind, unit = which
    total = next((s.amount for s in lines if WORLD.search(s.country) and s.amount), None)
    named = [s for s in lines if not WORLD.search(s.country)]
    whole = total if total is not None else sum(s.amount or 0.0 for s in named)
    if total is None:
        draft.leave_out("commodity without a world total; shares are of what is listed")
    what = f"{table}/{slug(name)}-{slug(kind)}"
    if what in inputs:
        draft.leave_out(f"row of {name} in {unit}, for another unit came first", len(lines))
        return
    inputs.add(what)
    values = {"id": what, "title": f"{name}: {kind}", "layer": "mineral"}
    draft.add("inputs", lines[0].place, {**values, "sector": "critical-minerals"})
    for each in named:
        actor = _actor(draft, each, actors)
        share = None if each.amount is None or not whole else min(100.0, 100 * each.amount / whole)
        figures = {} if share is None else {"share": share, "basis": "output", "year": year}
        values = {"input": what, "actor": actor, "source": SOURCE, "note": each.note or unit}
        draft.add("provisions", each.place, {**values, **figures}, {"share": "PROD_EST_"})


def _actor(draft: Draft, each: _Stated, actors: set[str]) -> str:
    country = alpha_2(each.country)
    name = f"country/{country.lower()}" if country else f"group/{slug(each.country)}"
    if name not in actors:
        actors.add(name)
        if country is None and not OTHERS.search(each.country):
            draft.leave_out(f"country {each.country!r}, which is none")
        values = {"id": name, "title": each.country, "type": "country" if country else "group"}
        draft.add("actors", each.place, {**values, "country": country}, {"id": "COUNTRY"})
    return name
