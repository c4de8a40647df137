"""World mine and refinery production by country, as USGS publishes it with its Mineral Commodity Summaries.

Two layouts, one CSV file each, in UTF-8 or Windows-1252. That of 2025 (`MCS2025_World_Data.csv`) has a row for
a commodity, country and type, and the later of two years as an estimate (`PROD_EST_ 2024`, with a
space that is in the published file). That of 2026 (`MCS2026_Commodities_Data.csv`) has a row for
every figure; taken are those on production in the sections on the world, of their last year. The
shares of a commodity are computed over its world total where one is given, else over the sum of
what is: then nobody unnamed is known, and that is said. A figure that is withheld stays unknown.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from corridor.core.clock import Clock
from corridor.supply_chain.adapters.countries import alpha_2
from corridor.supply_chain.adapters.drafts import About, Draft
from corridor.supply_chain.adapters.sheets import Place, check_header, encoding_of, rows, slug
from corridor.supply_chain.errors import BadTable
from corridor.supply_chain.records import Table
from corridor.supply_chain.rules.graph import Graph

WIDE = ("COMMODITY", "COUNTRY", "TYPE", "UNIT_MEAS")
LONG = (
    "Section",
    "Commodity",
    "Country",
    "Statistics",
    "Statistics_detail",
    "Unit",
    "Year",
    "Value",
)
ESTIMATE = re.compile(r"PROD_EST_ ?(\d{4})$")
YEAR = re.compile(r"(\d{4})(?:[ _]?e\w*)?$")
"""A year, which may be said to be estimated; no range of years."""
ROUNDED = re.compile(r"[,: ]*\(?rounded\)?$", re.IGNORECASE)
SPELLINGS = {"Gemanium": "Germanium"}
"""So in the published file."""
WORLD = re.compile(r"world total", re.IGNORECASE)
OTHERS = re.compile(r"other countries", re.IGNORECASE)
NOT_STATED = frozenset({"", "W", "NA", "—", "–", "-", "--", "XX"})
SOURCE = "usgs-mcs"
ADDRESS = {2024: "https://doi.org/10.5066/P13XCP3R", 2025: "https://doi.org/10.5066/P1WKQ63T"}
"""By the year of production."""
ADDRESSES = "https://www.usgs.gov/centers/national-minerals-information-center"
Which = tuple[str, str, str, str]
"""Commodity, kind of production, unit, and the chapter where there are chapters."""


@dataclass(frozen=True, slots=True)
class _Stated:
    place: Place
    which: Which
    country: str
    year: int
    amount: float | None
    note: str
    column: str


def read(file: Path, /, about: About, clock: Clock, known: Graph | None = None) -> Table:
    """Read the file.

    Raises:
        BadTable: if it is in neither layout, with the place.
    """
    draft = Draft(about.most)
    stated = list(_stated(file, draft))
    year = max((each.year for each in stated), default=0)
    if earlier := sum(each.year < year for each in stated):
        draft.leave_out("row of an earlier year", earlier)
    groups: dict[Which, list[_Stated]] = defaultdict(list)
    for each in stated:
        if each.year == year:
            groups[each.which].append(each)
    title = "USGS Mineral Commodity Summaries, world production"
    cited = {"id": SOURCE, "title": title, "url": ADDRESS.get(year, ADDRESSES)}
    draft.add("citations", Place(file.name, 1), {**cited, "licence": "public domain"})
    actors, inputs = set[str](), set[str]()
    for which, lines in _with_totals(groups).items():
        _group(draft, about.name, which, lines, actors, inputs)
    return draft.table(about, clock, known)


def _stated(file: Path, draft: Draft) -> Iterator[_Stated]:
    encoding = "utf-8-sig" if file.suffix == ".parquet" else encoding_of(file)
    column = ""
    for place, row in rows(file, (), encoding):
        if "Statistics_detail" in row:
            yield from _long(place, row, draft)
            continue
        if not column:
            column = _column(file.name, row)
        yield _wide(place, row, column, draft)


def _column(file: str, row: Mapping[str, str]) -> str:
    check_header(file, list(row), WIDE)
    for name in row:
        if ESTIMATE.match(name):
            return name
    raise BadTable(f"{file}, row 1: there is no column of estimated production (PROD_EST_ YEAR).")


def _wide(place: Place, row: Mapping[str, str], column: str, draft: Draft) -> _Stated:
    name = SPELLINGS.get(row["COMMODITY"], row["COMMODITY"])
    if name != row["COMMODITY"]:
        draft.leave_out(f"spelling {row['COMMODITY']!r}, read as {name}")
    which = (name, ROUNDED.sub("", row["TYPE"]), row["UNIT_MEAS"], "")
    amount, note = _amount(draft, place, column, row[column])
    year = int(column[-4:])
    return _Stated(place, which, row["COUNTRY"], year, amount, note, column)


def _long(place: Place, row: Mapping[str, str], draft: Draft) -> Iterator[_Stated]:
    check_header(place.file, list(row), LONG)
    year = YEAR.match(row["Year"])
    if not row["Section"].startswith("World") or row["Statistics"] != "Production" or not year:
        draft.leave_out("row that is not on the world's production in a year")
        return
    kind, chapter = ROUNDED.sub("", row["Statistics_detail"]), row.get("MCS chapter", "")
    amount, note = _amount(draft, place, "Value", row["Value"])
    which = (row["Commodity"], kind, row["Unit"], chapter)
    yield _Stated(place, which, row["Country"], int(year[1]), amount, note, "Value")


def _amount(draft: Draft, place: Place, column: str, stated: str) -> tuple[float | None, str]:
    text, note = stated.replace(",", ""), ""
    if text in NOT_STATED:
        draft.leave_out("figure that is withheld or not available; the share stays unknown")
        return None, f"stated as {text or 'nothing'}"
    if text.startswith((">", "<")):
        draft.leave_out(f"sign {text[0]} before a figure, which is taken as the figure")
        text, note = text[1:], f"stated as {text}"
    try:
        return float(text), note
    except ValueError as error:
        raise place.fault(column, f"{stated!r} is no amount") from error


def _with_totals(groups: Mapping[Which, list[_Stated]]) -> dict[Which, list[_Stated]]:
    """Return the groups; a world total under a shorter name of the kind is with the one it fits."""
    found = {which: list(lines) for which, lines in groups.items()}
    for which, lines in groups.items():
        if not all(WORLD.search(each.country) for each in lines):
            continue
        name, kind, *rest = which
        fitting = [
            other
            for other, those in groups.items()
            if other != which
            and (other[0], *other[2:]) == (name, *rest)
            and other[1].casefold().startswith(kind.casefold())
            and not any(WORLD.search(each.country) for each in those)
        ]
        if len(fitting) == 1:
            found[fitting[0]] += found.pop(which)
    return found


def _group(
    draft: Draft,
    table: str,
    which: Which,
    lines: list[_Stated],
    actors: set[str],
    inputs: set[str],
) -> None:
    name, kind, unit, _ = which
    total = next((s.amount for s in lines if WORLD.search(s.country) and s.amount), None)
    named = [s for s in lines if not WORLD.search(s.country)]
    whole = total if total is not None else sum(s.amount or 0.0 for s in named)
    if total is None:
        draft.leave_out("commodity without a world total; shares are of what is listed")
    what = f"{table}/{slug(name)}-{slug(kind)}"
    if not named or what in inputs:
        why = "for another unit or chapter came first" if named else "of which no country is listed"
        draft.leave_out(f"row of {name} in {unit}, {why}", len(lines))
        return
    inputs.add(what)
    values = {"id": what, "title": f"{name}: {kind}", "layer": "mineral"}
    draft.add("inputs", lines[0].place, {**values, "sector": "critical-minerals"})
    for each in named:
        actor = _actor(draft, each, actors)
        share = None if each.amount is None or not whole else min(100.0, 100 * each.amount / whole)
        stated = {"share": share, "basis": "output", "year": each.year}
        figures = {} if share is None else stated
        values = {"input": what, "actor": actor, "source": SOURCE, "note": each.note or unit}
        draft.add("provisions", each.place, {**values, **figures}, {"share": each.column})


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
