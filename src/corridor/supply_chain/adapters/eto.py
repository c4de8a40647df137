"""The five CSV files of ETO's Advanced Semiconductor Supply Chain data set (CSET, CC BY-NC 4.0).

The data set is not part of Corridor and may not be used commercially; it is read from a local
folder in the layout in which it is published. Its `is_type_of` carries no flow and becomes `kinds`;
"Various" is no country and counts as several that are not told apart; shares are whole per cents
and come to 99 to 104. A row states neither basis nor year. They are taken as revenue (fabrication
as capacity, as its caption says) and 2019, which the notes allow and do not promise.
"""

from collections.abc import Mapping
from pathlib import Path

from corridor.core.clock import Clock
from corridor.supply_chain.adapters.countries import alpha_2
from corridor.supply_chain.adapters.drafts import About, Draft
from corridor.supply_chain.adapters.sheets import Place, digest, rows
from corridor.supply_chain.errors import BadTable
from corridor.supply_chain.records import Basis, Layer, Table
from corridor.supply_chain.rules.graph import Graph

FILES = ("inputs.csv", "providers.csv", "provision.csv", "sequence.csv", "stages.csv")
LAYERS: Mapping[str, Layer] = {
    "tool_resource": "equipment",
    "material_resource": "material",
    "process": "fabrication",
    "ultimate_output": "fabrication",
}
BY_STAGE: Mapping[str, Layer] = {"S1": "design", "S2": "fabrication", "S3": "packaging"}
SOURCE = "eto"
YEAR = 2019
"""Most of the figures are of this year."""
COLUMNS = {"actor": "provider_id", "input": "provided_id", "share": "share_provided"}


def read(folder: Path, about: About, clock: Clock, known: Graph | None = None) -> Table:
    """Read the data set from a folder.

    Raises:
        BadTable: if a file is missing or is not in this layout, with the place.
    """
    draft = Draft(about.most)
    _cite(draft, folder)
    _inputs(draft, folder, about.name)
    _actors(draft, folder, about.name)
    _provisions(draft, folder, about.name)
    _sequence(draft, folder, about.name)
    return draft.table(about, clock, known)


def digest_of(folder: Path) -> str:
    """Return the digest of the five files.

    Raises:
        BadTable: if one is missing.
    """
    missing = [name for name in FILES if not (folder / name).exists()]
    if missing:
        raise BadTable(f"{folder} has no {missing[0]}.")
    return digest([folder / name for name in FILES])


def _cite(draft: Draft, folder: Path) -> None:
    values = {
        "id": SOURCE,
        "title": "ETO/CSET Advanced Semiconductor Supply Chain Dataset",
        "url": "https://eto.tech/dataset-docs/chipexplorer",
        "licence": "CC-BY-NC-4.0",
    }
    draft.add("citations", Place(folder.name, 0), values)


def _inputs(draft: Draft, folder: Path, table: str) -> None:
    for place, row in rows(folder / "stages.csv", ("stage_id", "stage_name")):
        stage = {
            "id": _id(table, row["stage_id"]),
            "title": row["stage_name"],
            "layer": BY_STAGE.get(row["stage_id"], "other"),
            "sector": "semiconductors",
        }
        draft.add("inputs", place, stage, {"id": "stage_id", "title": "stage_name"})
    for place, row in rows(folder / "inputs.csv", ("input_name", "input_id", "type", "stage_id")):
        layer = BY_STAGE.get(row["stage_id"]) or LAYERS.get(row["type"], "other")
        values = {
            "id": _id(table, row["input_id"]),
            "title": row["input_name"],
            "layer": layer,
            "sector": "semiconductors",
        }
        draft.add("inputs", place, values, {"id": "input_id", "title": "input_name"})


def _actors(draft: Draft, folder: Path, table: str) -> None:
    required = ("provider_name", "provider_id", "provider_type", "country")
    for place, row in rows(folder / "providers.csv", required):
        is_country = row["provider_type"] == "country"
        stated = row["provider_name"] if is_country else row["country"]
        country = alpha_2(stated)
        if country is None and stated:
            draft.leave_out(f"country {stated!r}, which is none")
        values = {
            "id": _id(table, row["provider_id"]),
            "title": row["provider_name"],
            "type": ("country" if country else "group") if is_country else "company",
            "country": country,
        }
        draft.add("actors", place, values, {"id": "provider_id", "title": "provider_name"})


def _provisions(draft: Draft, folder: Path, table: str) -> None:
    required = ("provider_id", "provided_id", "share_provided", "negligible_market_share")
    for place, row in rows(folder / "provision.csv", required):
        share = row["share_provided"].removesuffix("%").strip()
        minor = row["negligible_market_share"] == "negligible"
        if minor and not share:
            draft.leave_out("mark of a negligible share, which says no figure")
        values = {
            "input": _id(table, row["provided_id"]),
            "actor": _id(table, row["provider_id"]),
            "share": share,
            "basis": _basis(row["provided_id"]) if share else None,
            "year": YEAR if share else None,
            "source": SOURCE,
            "note": "negligible, says the source" if minor else "",
        }
        draft.add("provisions", place, values, COLUMNS)


def _sequence(draft: Draft, folder: Path, table: str) -> None:
    required = ("input_id", "goes_into_id", "is_type_of_id")
    for place, row in rows(folder / "sequence.csv", required):
        what = _id(table, row["input_id"])
        if row["goes_into_id"]:
            into = {"input": what, "into": _id(table, row["goes_into_id"]), "source": SOURCE}
            draft.add("dependencies", place, into, {"input": "input_id", "into": "goes_into_id"})
        if row["is_type_of_id"]:
            kind = {"input": what, "of": _id(table, row["is_type_of_id"])}
            draft.add("kinds", place, kind, {"input": "input_id", "of": "is_type_of_id"})


def _basis(provided: str) -> Basis:
    """Return what shares are of: the caption of fabrication says capacity, the rest are sales."""
    return "capacity" if provided == "S2" else "revenue"


def _id(table: str, stated: str) -> str:
    return f"{table}/{stated.lower()}"
