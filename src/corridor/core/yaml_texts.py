"""YAML as people write it: what it says, and on which line each part of it stands.

Aliases are not taken, and no name may be there twice: either would be read in silence as something
that nobody sees in the text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import orjson
import yaml
from pydantic import ValidationError

from corridor.core.errors import Invalid
from corridor.core.records import Part

BREAKS = frozenset("\x85\u2028\u2029")
"""Ends of a line that the writer of YAML puts into plain texts as they are."""

Step = str | int
PartT = TypeVar("PartT", bound=Part)


@dataclass(frozen=True, slots=True)
class Content:
    """What a text says, and where."""

    value: object
    root: yaml.Node | None

    def line(self, place: Sequence[Step]) -> int:
        """Return the line of a part, or of the innermost part around it that is there."""
        return self._found(place)[0]

    def named(self, place: Sequence[Step]) -> str:
        """Return a place as people write it, without the steps that are not in the text.

        The last one may be missing from it: it is what is wrong, then.
        """
        there = self._found(place)[1]
        last = [step for step in place[-1:] if [step] != there[-1:] and isinstance(step, str)]
        return ".".join(map(str, [*there, *last]))

    def _found(self, place: Sequence[Step]) -> tuple[int, list[Step]]:
        node, line, there = self.root, 1, list[Step]()
        for step in place:
            inner = dict(_inside(node)).get(step)
            if inner is not None:
                line, node = inner
                there.append(step)
        return line, there


def read(text: str, refusal: type[Invalid] = Invalid, most_bytes: int = 1024 * 1024) -> Content:
    """Read a text.

    Raises:
        Invalid: the `refusal`, if it cannot be read, with the line.
    """
    if len(text) > most_bytes:
        raise refusal("The file is larger than it may be.")
    try:
        reader: Any = _Reader(text)
        root = cast("yaml.Node | None", reader.get_single_node())
        value = cast("object", reader.construct_document(root)) if root is not None else None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"Line {mark.line + 1}" if mark is not None else "The file"
        raise refusal(f"{where} cannot be read: {_problem(error)}.") from error
    return Content(value, root)


def parsed(text: str, shape: type[PartT], hint: str) -> tuple[PartT, Content]:
    """Read a text that has a shape.

    Raises:
        Invalid: if it has not, with the line.
    """
    content = read(text)
    try:
        return shape.model_validate_json(orjson.dumps(content.value), strict=True), content
    except TypeError as error:
        raise Invalid("The file holds what is no text, number, day or list.", hint=hint) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        line, name = content.line(first["loc"]), content.named(first["loc"]) or "the file"
        wrong = {"missing": "is missing", "extra_forbidden": "means nothing here"}
        said = wrong.get(first["type"]) or first["msg"].removeprefix("Value error, ")
        sign = " " if first["type"] in wrong else ": "
        raise Invalid(f"Line {line}: {name}{sign}{said}.", hint=hint) from error


def written(value: object, width: int = 110) -> str:
    """Return a value as a text that `read` reads as the same."""
    return yaml.dump(value, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=width)


def _inside(node: yaml.Node | None) -> Iterator[tuple[Step, tuple[int, yaml.Node]]]:
    """Yield what is in a node by its name or number, each with its line."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(cast("yaml.ScalarNode", key).value), (key.start_mark.line + 1, value)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(cast("list[yaml.Node]", node.value)):
            yield number, (item.start_mark.line + 1, item)


def _problem(error: Exception) -> str:
    return str(getattr(error, "problem", None) or "it is no YAML")


class _Reader(yaml.SafeLoader):
    """Reads YAML without aliases, and no name twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401  the parent's types
        if self.check_event(yaml.AliasEvent):
            mark: Any = cast("Any", self).peek_event().start_mark
            raise yaml.MarkedYAMLError(problem="aliases are not taken", problem_mark=mark)
        node: Any = super().compose_node(parent, index)
        if isinstance(node, yaml.MappingNode):
            names = [str(key.value) for key, _ in node.value]
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                problem = f"{twice[:40]} is there twice"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
        return node


class _Writer(yaml.SafeDumper):
    """Writes in double quotes what would else be read as the end of a line, and lost."""


def _text(writer: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    plain = cast("Any", writer)  # its stubs have no type for the value
    style = '"' if set(value) & BREAKS else None
    return plain.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Writer.add_representer(str, _text)
