"""A campaign as people write it down: YAML."""

from pathlib import Path
from typing import cast

import yaml

from corridor.assurance.records.campaigns import Wish
from corridor.assurance.records.reports import Circumstances
from corridor.assurance.rules.campaigns.validity import valid as valid_part
from corridor.core.errors import Invalid, NotFound

MOST_BYTES = 1024 * 1024


def wish_in(path: Path) -> Wish:
    """Return the campaign that a file wishes for.

    Raises:
        NotFound: if there is no such file.
        Invalid: with the first place that is wrong, and why.
    """
    return valid_part(Wish, fields_in(path))


def circumstances_in(path: Path) -> Circumstances:
    """Return the circumstances of an incident that a file tells.

    Raises:
        NotFound: if there is no such file.
        Invalid: with the first place that is wrong, and why.
    """
    return valid_part(Circumstances, fields_in(path))


def fields_in(path: Path) -> dict[str, object]:
    """Return what a file says, by its keys.

    Raises:
        NotFound: if there is no such file.
        Invalid: if it is no YAML, or not a mapping.
    """
    if not path.is_file():
        raise NotFound(f"There is no file {path}.")
    if path.stat().st_size > MOST_BYTES:
        raise Invalid(f"{path.name} has more than {MOST_BYTES // 1024} KiB.")
    try:
        value: object = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        raise Invalid(f"{path.name}{place}: this is no YAML.") from error
    if not isinstance(value, dict):
        raise Invalid(f"{path.name} says nothing by keys.")
    return {str(key): each for key, each in cast("dict[object, object]", value).items()}
