"""Guard policies as people write them: YAML, refused with the line of what does not fit."""

from collections.abc import Iterator, Sequence
from typing import cast

import orjson
import yaml
from pydantic import ValidationError

from corridor.core.errors import Invalid
from corridor.core.records import Part
from corridor.gateway.records import ALL, GuardStep


class GuardFile(Part):
    """What a file says."""

    service: str = ALL
    steps: tuple[GuardStep, ...]


def guards_in(text: str) -> GuardFile:
    """Return what a file of guards says.

    Raises:
        Invalid: if it does not fit, with the line.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        value: object = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"Line {mark.line + 1}" if mark is not None else "The file"
        raise Invalid(f"{where} is not YAML.") from error
    try:
        return GuardFile.model_validate_json(_json(value))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = [step for step in first["loc"] if isinstance(step, int) or _is_field(step)]
        line = _line(root, place)
        name = ".".join(map(str, place)) or "the file"
        raise Invalid(
            f"Line {line}: {name}: {first['msg']}.",
            hint="The guide Guards shows a policy with every step.",
        ) from error


def _json(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError as error:
        raise Invalid("The file holds what is no text, number or list, as a date.") from error


def _is_field(step: object) -> bool:
    return step not in ("pii", "size", "modalities", "banned_tools", "moderation")


def _line(root: yaml.Node | None, place: Sequence[str | int]) -> int:
    node = root
    for step in place:
        inner = dict(_inside(node)).get(step)
        if inner is None:
            break
        node = inner
    return node.start_mark.line + 1 if node is not None else 1


def _inside(node: yaml.Node | None) -> Iterator[tuple[str | int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(cast("yaml.ScalarNode", key).value), value
    elif isinstance(node, yaml.SequenceNode):
        yield from enumerate(cast("list[yaml.Node]", node.value))
