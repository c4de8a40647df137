"""Scenarios in YAML files: those that come with Corridor, and an operator's own."""

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import cast

import yaml
from pydantic import ValidationError

from corridor.supply_chain.adapters.sheets import check_size
from corridor.supply_chain.errors import BadScenario, UnknownScenario
from corridor.supply_chain.records import Disruption
from corridor.supply_chain.rules.graph import nearest
from corridor.supply_chain.rules.scenarios import Scenario


def library() -> dict[str, Scenario]:
    """Return the scenarios that come with Corridor, by name."""
    folder = files("corridor.supply_chain") / "data" / "scenarios"
    found = [
        scenario_in(place.name, place.read_text(encoding="utf-8"))
        for place in sorted(folder.iterdir(), key=lambda each: each.name)
        if place.name.endswith(".yaml")
    ]
    return {scenario.name: scenario for scenario in found}


def scenario_named(wanted: str) -> Scenario:
    """Return a scenario of the library, or the one in a file.

    Raises:
        UnknownScenario: if there is none of this name, with the nearest.
        BadScenario: if the file is none.
    """
    if wanted.endswith((".yaml", ".yml")):
        path = Path(wanted)
        check_size(path)
        return scenario_in(path.name, path.read_text(encoding="utf-8", errors="replace"))
    known = library()
    if wanted not in known:
        raise UnknownScenario(f"There is no scenario {wanted!r}{nearest(wanted, known)}.")
    return known[wanted]


def scenario_in(name: str, text: str) -> Scenario:
    """Read a scenario.

    Raises:
        BadScenario: if it is none, with the place.
    """
    try:
        value: object = yaml.safe_load(text)
        scenario = Scenario.model_validate(value)
        if not scenario.parameters:
            scenario.filled({})
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", row {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        raise BadScenario(f"{name}{line} is no YAML.") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        message = first["msg"].removeprefix("Value error, ")
        raise BadScenario(f"{name}, {place}: {message}.") from error
    return scenario


def schema() -> Mapping[str, object]:
    """Return the JSON Schema of a scenario's file."""
    whole = cast("dict[str, object]", json.loads(json.dumps(Scenario.model_json_schema())))
    disruption = Disruption.model_json_schema(ref_template="#/$defs/{model}")
    more = cast("dict[str, object]", disruption.pop("$defs", {}))
    known = cast("dict[str, object]", whole.setdefault("$defs", {}))
    known.update(more, Disruption=disruption)
    properties = cast("dict[str, dict[str, object]]", whole["properties"])
    properties["disruptions"]["items"] = {"$ref": "#/$defs/Disruption"}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole}
