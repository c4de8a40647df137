"""Reads files of cases for policies: YAML, TOML or JSON."""

import json
import tomllib
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING

from pydantic import ValidationError

from corridor.access.adapters.shipped import shipped_cases
from corridor.access.records import Facts
from corridor.access.rules.policy_cases import CaseFile, facts_of
from corridor.core.doors import late
from corridor.core.errors import Invalid

if TYPE_CHECKING:
    import yaml
else:  # only who reads or tests policies takes it in
    yaml = late("yaml")


def _yaml(text: str) -> object:
    return yaml.safe_load(text)


FORMATS: Mapping[str, Callable[[str], object]] = {
    ".yaml": _yaml,
    ".yml": _yaml,
    ".toml": tomllib.loads,
    ".json": json.loads,
}


def read_cases(text: str, name: str) -> CaseFile:
    """Return the cases in a file, whose format is told by its name.

    Raises:
        Invalid: if it cannot be read, or a case is not as it should be.
    """
    suffix = PurePath(name).suffix
    if suffix not in FORMATS:
        raise Invalid(f"{name}: cases are in a file that ends in {', '.join(FORMATS)}.")
    try:
        data = FORMATS[suffix](text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Invalid(f"{name} cannot be read: {_line(error)}.") from error
    try:
        return CaseFile.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole of it"
        raise Invalid(f"{name}: {place}: {first['msg']}.") from error


def shipped_case_file() -> tuple[CaseFile, Facts]:
    """Return the cases that come along, and the facts that they differ from."""
    found = read_cases(shipped_cases(), "tests.yaml")
    return found, facts_of(found.base or {}, None, "the base")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
