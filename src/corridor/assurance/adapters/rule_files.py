"""Rules of tiers in files: those that come with Corridor, and an operator's own."""

from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import cast

import yaml
from pydantic import ValidationError

from corridor.assurance.errors import BadRules, NoRules
from corridor.assurance.records import TierRules

DATA = files("corridor.assurance") / "data" / "tiers"
MOST_BYTES = 1_000_000
STATED_WHEN_ADOPTED = frozenset(("id", "made_at", "visibility", "reason"))
"""Fields that are no matter of a file."""


def shipped(now: datetime) -> list[TierRules]:
    """Return the rules that come with Corridor."""
    names = sorted(each.name for each in DATA.iterdir() if each.name.endswith(".yaml"))
    return [rules_of((DATA / name).read_text("utf-8"), name, now) for name in names]


def shipped_rules(name: str, now: datetime) -> TierRules:
    """Return rules that come with Corridor, by name.

    Raises:
        NoRules: if there are none of this name.
    """
    for rules in shipped(now):
        if rules.name == name:
            return rules
    raise NoRules(f"No rules called {name[:64]!r} come with Corridor.")


def rules_in(path: Path, now: datetime) -> TierRules:
    """Read rules from a YAML file.

    Raises:
        NoRules: if there is no such file, or it cannot be read.
        BadRules: if it is no YAML, or no rules; all that is wrong is said, with its place.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NoRules(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > MOST_BYTES:
        raise BadRules(f"{path} is larger than rules are.", hint="Give a file of less than 1 MB.")
    return rules_of(content.decode("utf-8", errors="replace"), str(path), now)


def rules_of(text: str, name: str, now: datetime) -> TierRules:
    """Return the rules that a text states.

    Raises:
        BadRules: if it is no YAML, or no rules; all that is wrong is said, with its place.
    """
    try:
        content = cast("object", yaml.safe_load(text))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        place = getattr(error, "problem_mark", None)
        where = f", line {place.line + 1}" if place is not None else ""
        raise BadRules(f"{name} is no YAML{where}.") from error
    if not isinstance(content, dict):
        raise BadRules(f"{name} is no mapping of fields.")
    fields = cast("dict[str, object]", content)
    if stated := sorted(STATED_WHEN_ADOPTED & fields.keys()):
        raise BadRules(f"{name}: {', '.join(stated)} is stated when rules are adopted.")
    try:
        return TierRules.model_validate({**fields, "made_at": now, "visibility": "partners"})
    except ValidationError as error:
        raise BadRules(f"{name}: {_faults(error)}") from error


def text_of(rules: TierRules) -> str:
    """Return rules as a file has them."""
    fields: Mapping[str, object] = rules.model_dump(
        mode="json", exclude=set(STATED_WHEN_ADOPTED), exclude_defaults=True
    )
    return yaml.safe_dump(dict(fields), sort_keys=False, allow_unicode=True, width=110)


def _faults(error: ValidationError) -> str:
    """Return every fault with its place, as one line."""
    found = [
        f"{'.'.join(str(step) for step in each['loc']) or 'the whole'}: {each['msg']}"
        for each in error.errors(include_url=False, include_input=False)
    ]
    return "; ".join(found)
