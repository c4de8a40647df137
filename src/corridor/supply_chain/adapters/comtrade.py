"""Imports by partner, as the UN Comtrade API answers in JSON: an object with a list `data`.

Each commodity that a reporter imports becomes an input of its own, provided by the countries that
it is imported from; the shares are of the value, over the partner `World` where that is there, else
over the sum of what is. What a reporter makes itself is no import, so this is no share of what it uses.
An answer may have a row for every customs procedure, means of transport, second partner and mode of
supply beside the row of all; only that one is taken, and only those of a whole year.
"""

from collections import defaultdict
from pathlib import Path

from corridor.core.clock import Clock
from corridor.supply_chain.adapters.countries import alpha_2
from corridor.supply_chain.adapters.documents import Object, document, objects, text
from corridor.supply_chain.adapters.drafts import About, Draft
from corridor.supply_chain.adapters.sheets import Place, slug
from corridor.supply_chain.records import Table
from corridor.supply_chain.rules.graph import Graph

SOURCE = "un-comtrade"
WORLD = "0"
WHOLE = {"customsCode": "C00", "motCode": "0", "partner2Code": "0", "mosCode": "0"}
"""What stands in a row on all of an import."""
Line = tuple[Place, Object, float]


def read(file: Path, /, about: About, clock: Clock, known: Graph | None = None) -> Table:
    """Read the file.

    Raises:
        BadTable: if it is not in this layout, with the place.
    """
    draft = Draft(about.most)
    groups: dict[tuple[str, str, str], list[Line]] = defaultdict(list)
    for place, row in objects(document(file), "data", file.name):
        if (why := _left_out(place, row)) is not None:
            draft.leave_out(why)
            continue
        which = tuple(text(row, name, place) for name in ("reporterCode", "cmdCode", "refYear"))
        reporter, commodity, year = which
        groups[reporter, commodity, year].append((place, row, _value(place, row)))
    title = "UN Comtrade: imports by partner"
    cited = {"id": SOURCE, "title": title, "url": "https://comtradeplus.un.org"}
    draft.add("citations", Place(file.name, 1), {**cited, "licence": "UN Comtrade's terms of use"})
    actors, inputs = set[str](), set[str]()
    for (_, _, year), lines in groups.items():
        _group(draft, about.name, year, lines, actors, inputs)
    return draft.table(about, clock, known)


def _left_out(place: Place, row: Object) -> str | None:
    """Return why a row is not taken in; a field that is not there says nothing."""
    if text(row, "flowCode", place) != "M":
        return "row that is no import (flowCode M)"
    if text(row, "freqCode", place) not in ("", "A"):
        return "row that is not of a whole year (freqCode A)"
    for name, whole in WHOLE.items():
        if text(row, name, place) not in ("", whole):
            return f"row of a part of an import ({name} other than {whole})"
    return None


def _value(place: Place, row: Object) -> float:
    stated = text(row, "primaryValue", place)
    try:
        return float(stated)
    except ValueError as error:
        raise place.fault("primaryValue", f"{stated!r} is no amount") from error


def _group(
    draft: Draft, table: str, year: str, lines: list[Line], actors: set[str], inputs: set[str]
) -> None:
    place, first, _ = lines[0]
    reporter = alpha_2(
        text(first, "reporterISO", place) or text(first, "reporterCode", place).zfill(3)
    )
    if reporter is None:
        draft.leave_out("row of a reporter that is no country", len(lines))
        return
    commodity = text(first, "cmdCode", place)
    what = f"{table}/{reporter.lower()}-imports-{slug(commodity)}"
    if what not in inputs:
        inputs.add(what)
        described = text(first, "cmdDesc", place) or "no description"
        title = f"Imports of {reporter}, HS {commodity}: {described}"
        draft.add("inputs", place, {"id": what, "title": title, "layer": "other"})
    world = [value for p, row, value in lines if text(row, "partnerCode", p) == WORLD]
    named = [line for line in lines if text(line[1], "partnerCode", line[0]) != WORLD]
    whole = world[0] if world else sum(value for _, _, value in named)
    if not world:
        draft.leave_out("commodity without the partner World; shares are of what is listed")
    for at, row, value in named:
        actor = _actor(draft, at, row, actors)
        figures = (
            {"share": 100 * value / whole, "basis": "trade", "year": year} if whole > 0 else {}
        )
        stated = {"input": what, "actor": actor, "source": SOURCE, **figures}
        draft.add("provisions", at, stated, {"share": "primaryValue", "year": "refYear"})


def _actor(draft: Draft, place: Place, row: Object, actors: set[str]) -> str:
    code = text(row, "partnerISO", place) or text(row, "partnerCode", place).zfill(3)
    country = alpha_2(code) or alpha_2(text(row, "partnerCode", place).zfill(3))
    name = f"country/{country.lower()}" if country else f"group/{slug(code)}"
    if name not in actors:
        actors.add(name)
        if country is None:
            draft.leave_out(f"partner {code!r}, which is no country")
        title = text(row, "partnerDesc", place) or code
        kind = "country" if country else "group"
        draft.add("actors", place, {"id": name, "title": title, "type": kind, "country": country})
    return name
