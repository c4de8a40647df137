"""Corridor's own layout: a folder with a CSV (or Parquet) file for each part of a table.

`inputs`, `actors`, `provisions`, `dependencies`, `kinds` and `citations`, each with the fields of
that part as columns. A file that is not there is a part that is empty.
"""

from importlib.resources import as_file, files
from pathlib import Path

from corridor.core.clock import Clock
from corridor.supply_chain.adapters.drafts import KINDS, About, Draft
from corridor.supply_chain.adapters.sheets import digest, rows
from corridor.supply_chain.errors import BadTable
from corridor.supply_chain.records import Table
from corridor.supply_chain.rules.graph import Graph

SHIPPED = "cited"
"""The name of the table that comes with Corridor."""


def read(folder: Path, about: About, clock: Clock, known: Graph | None = None) -> Table:
    """Read a table in Corridor's own layout.

    Raises:
        BadTable: if a file is not as it should be, with the place.
    """
    draft = Draft(about.most)
    found = files_of(folder)
    for part, path in found.items():
        fields = KINDS[part].model_fields
        required = [name for name, info in fields.items() if info.is_required()]
        for place, cells in rows(path, required):
            if cells.keys() - fields.keys():
                surplus = next(name for name in cells if name not in fields)
                raise BadTable(f"{path.name}, row 1: there is no column {surplus!r} to take in.")
            draft.add(part, place, cells)
    return draft.table(about, clock, known)


def files_of(folder: Path) -> dict[str, Path]:
    """Return the files of a folder that are parts of a table.

    Raises:
        BadTable: if there are none.
    """
    found = {
        part: path
        for part in KINDS
        for suffix in (".csv", ".parquet")
        if (path := folder / f"{part}{suffix}").exists()
    }
    if not found:
        names = ", ".join(f"{part}.csv" for part in KINDS)
        raise BadTable(f"{folder} has none of {names}.")
    return found


def shipped(clock: Clock) -> Table:
    """Read the table of cited facts that comes with Corridor."""
    with as_file(files("corridor.supply_chain") / "data" / "cited") as folder:
        about = About(
            name=SHIPPED,
            title="Corridor's table of cited facts",
            licence="Apache-2.0; the figures are facts, each with its source",
            sha256=digest(list(files_of(folder).values())),
        )
        return read(folder, about, clock)
