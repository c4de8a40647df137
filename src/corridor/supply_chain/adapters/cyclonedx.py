"""A bill of materials in CycloneDX 1.6 (JSON): software, models and data, and what needs what.

Each component becomes an input, provided by its supplier, manufacturer or publisher without a
figure; `dependencies` become essential ones. Versions, licences, hashes and vulnerabilities are not
taken in: this graph has no place for them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from corridor.core.clock import Clock
from corridor.supply_chain.adapters.documents import Object, document, objects, text
from corridor.supply_chain.adapters.drafts import About, Draft
from corridor.supply_chain.adapters.sheets import Place, slug
from corridor.supply_chain.errors import BadTable
from corridor.supply_chain.records import Layer, Table
from corridor.supply_chain.rules.graph import Graph

LAYERS: Mapping[str, Layer] = {
    "machine-learning-model": "model",
    "device": "server",
    "platform": "cloud",
    "application": "service",
}
SOURCE = "bill-of-materials"


def read(file: Path, /, about: About, clock: Clock, known: Graph | None = None) -> Table:
    """Read the file.

    Raises:
        BadTable: if it is no CycloneDX, or not as its specification says, with the place.
    """
    whole = document(file)
    if whole.get("bomFormat") != "CycloneDX":
        raise BadTable(f"{file.name} is no CycloneDX: bomFormat does not say so.")
    draft, start = Draft(about.most), Place(file.name, 1)
    if str(whole.get("specVersion")) != "1.6":
        draft.leave_out(f"version {whole.get('specVersion')}, read as 1.6")
    cited = {"id": SOURCE, "title": f"Bill of materials {file.name}", "licence": about.licence}
    draft.add("citations", start, cited)
    names, actors = dict[str, str](), set[str]()
    if (subject := _within(_within(whole, "metadata"), "component")) is not None:
        _component(draft, about.name, Place(f"{file.name}, metadata", 1), subject, names, actors)
    for place, each in objects(whole, "components", file.name):
        _component(draft, about.name, place, each, names, actors)
    for place, each in objects(whole, "dependencies", file.name):
        _dependencies(draft, place, each, names)
    if objects(whole, "services", file.name):
        draft.leave_out("service", len(objects(whole, "services", file.name)))
    return draft.table(about, clock, known)


def _component(
    draft: Draft, table: str, place: Place, each: Object, names: dict[str, str], actors: set[str]
) -> None:
    title = text(each, "name", place)
    if not title:
        raise place.fault("name", "a component has no name")
    ref = text(each, "bom-ref", place) or f"{title}@{text(each, 'version', place)}"
    name = f"{table}/{slug(title)}-{len(names)}"
    if ref in names:
        raise place.fault("bom-ref", f"{ref!r} is there twice")
    names[ref] = name
    layer = LAYERS.get(text(each, "type", place), "other")
    draft.add("inputs", place, {"id": name, "title": title, "layer": layer, "sector": "ict"})
    if maker := _maker(place, each):
        actor = f"{table}/by-{slug(maker)}"
        if actor not in actors:
            actors.add(actor)
            draft.add("actors", place, {"id": actor, "title": maker})
        draft.add("provisions", place, {"input": name, "actor": actor, "source": SOURCE})
    else:
        draft.leave_out("component that names no supplier; who provides it is unknown")
    if each.get("components"):
        draft.leave_out("component with components of its own, which are not read")


def _within(each: Object | None, name: str) -> Object | None:
    found = each.get(name) if each is not None else None
    return cast("Object", found) if isinstance(found, dict) else None


def _maker(place: Place, each: Object) -> str:
    for role in ("supplier", "manufacturer"):
        if (stated := _within(each, role)) is not None:
            return text(stated, "name", place)
    return text(each, "publisher", place)


def _dependencies(draft: Draft, place: Place, each: Object, names: Mapping[str, str]) -> None:
    into = _known(place, "ref", text(each, "ref", place), names)
    needed = each.get("dependsOn", [])
    if not isinstance(needed, list):
        raise place.fault("dependsOn", "it is no list")
    for ref in cast("list[object]", needed):
        what = _known(place, "dependsOn", str(ref), names)
        draft.add("dependencies", place, {"input": what, "into": into, "source": SOURCE})


def _known(place: Place, column: str, ref: str, names: Mapping[str, str]) -> str:
    if ref not in names:
        raise place.fault(column, f"there is no component {ref!r}")
    return names[ref]
