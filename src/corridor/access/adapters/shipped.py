"""What the program brings along: the rules of every node, purposes, and cases that test the rules."""

import tomllib
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files

from corridor.access.records import Purpose
from corridor.core.records import RecordId

FOLDER = files("corridor.access") / "policies"


def shipped_policies() -> str:
    """Return the rules that hold on every node, in Cedar."""
    return (FOLDER / "shipped.cedar").read_text(encoding="utf-8")


def shipped_cases() -> str:
    """Return the cases that say what each shipped rule must allow, and what it must not; YAML."""
    return (FOLDER / "tests.yaml").read_text(encoding="utf-8")


def shipped_purposes() -> Mapping[str, Purpose]:
    """Return the purposes that are listed on every node until its operator says otherwise."""
    data = tomllib.loads((FOLDER / "purposes.toml").read_text(encoding="utf-8"))
    return {
        name: Purpose.model_validate(
            {"id": _id_of(name), "made_at": data["since"], "name": name, **fields}
        )
        for name, fields in data["purposes"].items()
    }


def _id_of(name: str) -> RecordId:
    return RecordId(sha256(f"corridor access purpose {name}".encode()).hexdigest()[:32])
