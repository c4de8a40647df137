"""Rules of tiers in files: those that come with Corridor, and an operator's own."""

from datetime import datetime
from importlib.resources import files
from pathlib import Path

from pydantic import AwareDatetime, Field, ValidationError

from corridor.assurance.errors import BadRules, NoRules
from corridor.assurance.records import Inherited, TierRule, TierRules
from corridor.assurance.records.skill_tests import SkillTests
from corridor.catalogue import Name
from corridor.core.records import Part
from corridor.core.yaml_texts import parsed, written

DATA = files("corridor.assurance") / "data" / "tiers"
HINT = (
    "docs/guides/risk-tiers.md describes the file; `corridor assurance rules show baseline` is one."
)


class RuleFile(Part):
    """What a file of rules says; the rest of the record is stated when they are adopted."""

    name: Name
    edition: int = Field(ge=1)
    title: str = Field(max_length=500)
    believed: tuple[Name, ...] = Field(default=(), max_length=100)
    inherited: tuple[Inherited, ...] = ()
    set_words_until: AwareDatetime | None = None
    rules: tuple[TierRule, ...] = Field(min_length=1, max_length=500)


def shipped(now: datetime) -> list[TierRules]:
    """Return the rules that come with Corridor."""
    names = sorted(each.name for each in DATA.iterdir() if each.name.endswith(".yaml"))
    return [rules_of((DATA / name).read_text("utf-8"), now) for name in names]


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
        Invalid: if it is no YAML, or no rules, with the line.
    """
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError as error:
        raise NoRules(f"{path} cannot be read: {error.strerror}.") from error
    return rules_of(text, now)


def skill_tests() -> SkillTests:
    """Return what is known of tests of skill that others have made."""
    text = (files("corridor.assurance") / "data" / "skill_tests.yaml").read_text("utf-8")
    return parsed(text, SkillTests, HINT)[0]


def rules_of(text: str, now: datetime) -> TierRules:
    """Return the rules that a text states.

    Raises:
        Invalid: if it is no YAML, or no rules, with the line.
    """
    return rules_from(parsed(text, RuleFile, HINT)[0], now)


def rules_from(content: RuleFile, now: datetime) -> TierRules:
    """Return the rules that are stated as a file states them.

    Raises:
        BadRules: if together they are none.
    """
    try:
        return TierRules(made_at=now, visibility="partners", **dict(content))
    except ValidationError as error:
        said = error.errors(include_url=False, include_input=False)[0]["msg"]
        raise BadRules(f"{said.removeprefix('Value error, ')}.") from error


def text_of(rules: TierRules) -> str:
    """Return rules as a file has them."""
    stated = rules.model_dump(
        mode="json", include=set(RuleFile.model_fields), exclude_defaults=True
    )
    fields = {name: stated[name] for name in RuleFile.model_fields if name in stated}
    return written(fields)
