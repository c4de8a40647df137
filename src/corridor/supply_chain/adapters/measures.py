"""Measures in YAML files: those that come with Corridor, and an operator's own."""

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import cast

from corridor.core.errors import Invalid
from corridor.core.yaml_texts import parsed
from corridor.supply_chain.adapters.sheets import check_size
from corridor.supply_chain.errors import BadMeasure
from corridor.supply_chain.rules.graph import nearest
from corridor.supply_chain.rules.plans.measures import MeasureFile, Placed

HINT = "`corridor supply-chain measures --schema` prints how one is written."


def library() -> dict[str, list[Placed]]:
    """Return the measures that come with Corridor, by the name of their file."""
    folder = files("corridor.supply_chain") / "data" / "measures"
    return {
        place.name.removesuffix(".yaml"): measures_in(place.name, place.read_text(encoding="utf-8"))
        for place in sorted(folder.iterdir(), key=lambda each: each.name)
        if place.name.endswith(".yaml")
    }


def measures_named(wanted: str) -> list[Placed]:
    """Return the measures of a file of the library, or of an operator's own.

    Raises:
        BadMeasure: if there is none of this name, or the file is not as it should be.
    """
    if wanted.endswith((".yaml", ".yml")):
        path = Path(wanted)
        check_size(path)
        return measures_in(path.name, path.read_text(encoding="utf-8", errors="replace"))
    known = library()
    if wanted not in known:
        raise BadMeasure(
            f"There are no measures {wanted!r}{nearest(wanted, known)}.",
            hint="`corridor supply-chain measures` lists those that come with Corridor; "
            "a file of your own ends in .yaml.",
        )
    return known[wanted]


def measures_in(name: str, text: str) -> list[Placed]:
    """Read measures, each with its place.

    Raises:
        BadMeasure: if the text is not as it should be, with the file and the line.
    """
    try:
        found, content = parsed(text, MeasureFile, HINT)
    except Invalid as error:
        said = error.message[0].lower() + error.message[1:]
        raise BadMeasure(f"{name}, {said}", hint=error.hint) from error
    return [
        Placed(measure=each, where=f"{name}, line {content.line(('measures', at))}")
        for at, each in enumerate(found.measures)
    ]


def schema() -> Mapping[str, object]:
    """Return the JSON Schema of a file of measures."""
    whole = cast("dict[str, object]", json.loads(json.dumps(MeasureFile.model_json_schema())))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole}
