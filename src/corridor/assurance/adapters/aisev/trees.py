"""aisev's trees: a YAML mapping of ids to elements, read and written without loss.

What an element is, its id's first letter says: G a goal, S a strategy, C a context, J a justification. A goal that is
`undeveloped` is a leaf with a question. Files of aisev hold control characters, as U+000B in the middle of a text, at
which YAML readers stop: they are kept, and written as the escapes that YAML has for them. A text that looks
wrong, with a bracket too many, is kept as it is.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, cast

import yaml
from pydantic import ValidationError

from corridor.assurance.adapters.tree_files import LONG_AGO
from corridor.assurance.records.trees import Context, Goal, Leaf, Node, Strategy, Tree
from corridor.core.errors import Invalid
from corridor.core.records import Part
from corridor.core.yaml_texts import read

PartT = TypeVar("PartT", bound=Part)

RANKS = {"TopGoal": "top", "SecondGoal": "second"}
KEYS = frozenset(
    (
        "definition",
        "goalType",
        "text",
        "question",
        "supportedBy",
        "scoreRate",
        "inContextOf",
        "undeveloped",
    )
)
KINDS = {"G": "goal", "S": "strategy", "C": "context", "J": "context"}
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
STANDS_IN = 0xF0000
"""A control character stands in the text as this code point more, from a plane for private use, while YAML is read."""
MOST_BYTES = 8 * 1024 * 1024


class NoTreeOfAisev(Invalid):
    """A file is none of aisev's trees."""

    advice = "It maps ids as G3-1, S3-1 and C3-1 to elements with `text` and `supportedBy`."


def tree_in(text: str, name: str, language: str = "ja-Jpan", source: str = "") -> Tree:
    """Return the tree in a file of aisev; whether it has faults is asked apart.

    Raises:
        NoTreeOfAisev: if it is none, with the place.
    """
    if any(STANDS_IN <= ord(c) < STANDS_IN + 0x80 for c in text):
        raise NoTreeOfAisev("The file has characters for private use of plane 15.")
    hidden = CONTROL.sub(lambda found: chr(STANDS_IN + ord(found.group())), text)
    value = read(hidden, NoTreeOfAisev, MOST_BYTES).value
    if not isinstance(value, dict) or not value:
        raise NoTreeOfAisev("The file is no mapping of ids to elements.")
    elements = {str(key): each for key, each in cast("dict[object, object]", value).items()}
    nodes = [_node(key, each, language) for key, each in elements.items()]
    root = next((n.id for n in nodes if isinstance(n, Goal) and n.rank == "top"), nodes[0].id)
    top = next(each for each in nodes if each.id == root)
    return _made(
        Tree,
        root,
        made_at=LONG_AGO,
        visibility="partners",
        name=name,
        edition="1",
        title=top.title or top.text,
        source=source,
        root=root,
        nodes=nodes,
    )


def text_of(tree: Tree, language: str = "ja-Jpan") -> str:
    """Return a tree as a file of aisev, its texts in one language.

    Raises:
        Invalid: if an element has no text in it.
    """
    value = {node.id: dict(_plain(node, language)) for node in tree.nodes}
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6)


def _node(key: str, element: object, language: str) -> Node:
    if not isinstance(element, dict):
        raise NoTreeOfAisev(f"{key} is no element.")
    fields = cast("dict[str, object]", element)
    if unknown := sorted(set(map(str, fields)) - KEYS):
        raise NoTreeOfAisev(f"{key}: {unknown[0]} means nothing here.")
    kind = KINDS.get(key[:1])
    if kind is None:
        raise NoTreeOfAisev(f"{key}: an id begins with G, S, C or J.")
    said = {
        name: {language: _shown(fields[given], key, given)} if given in fields else {}
        for name, given in (("title", "definition"), ("text", "text"), ("question", "question"))
    }
    return _element(key, kind, fields, said)


def _element(
    key: str, kind: str, fields: Mapping[str, object], said: Mapping[str, dict[str, str]]
) -> Node:
    base: dict[str, object] = {"id": key, "title": said["title"], "text": said["text"]}
    around = {"in_context_of": fields.get("inContextOf", ())}
    below = {"supported_by": fields.get("supportedBy", ()), "weights": fields.get("scoreRate", ())}
    if kind == "context":
        role = "justification" if key.startswith("J") else "context"
        return _made(Context, key, **base, role=role)
    if kind == "strategy":
        return _made(Strategy, key, **base, **around, **below)
    rank = RANKS.get(str(fields.get("goalType", "")), "")
    if fields.get("undeveloped") is True:
        return _made(Leaf, key, **base, **around, rank=rank, question=said["question"])
    return _made(Goal, key, **base, **around, **below, rank=rank, question=said["question"])


def _made(shape: type[PartT], key: str, **fields: object) -> PartT:
    try:
        return shape.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise NoTreeOfAisev(f"{key}: {place}: {first['msg']}.") from error


def _shown(value: object, key: str, given: str) -> str:
    if not isinstance(value, str):
        raise NoTreeOfAisev(f"{key}: {given} is no text.")
    return "".join(
        chr(ord(c) - STANDS_IN) if STANDS_IN <= ord(c) < STANDS_IN + 0x80 else c for c in value
    )


def _plain(node: Node, language: str) -> Iterator[tuple[str, object]]:
    if node.title:
        yield "definition", _in(node.title, language, node)
    if isinstance(node, Goal | Leaf) and node.rank:
        yield "goalType", next(name for name, rank in RANKS.items() if rank == node.rank)
    yield "text", _in(node.text, language, node)
    if isinstance(node, Leaf) or (isinstance(node, Goal) and node.question):
        yield "question", _in(node.question or node.text, language, node)
    yield from _links(node)


def _links(node: Node) -> Iterator[tuple[str, object]]:
    if isinstance(node, Goal | Strategy):
        yield "supportedBy", list(node.supported_by)
        if node.weights:
            yield "scoreRate", list(node.weights)
    if not isinstance(node, Context) and node.in_context_of:
        yield "inContextOf", list(node.in_context_of)
    if isinstance(node, Leaf):
        yield "undeveloped", True


def _in(text: dict[str, str], language: str, node: Node) -> str:
    if language not in text:
        raise Invalid(f"{node.id} has no text in {language}.", hint=f"It is in {', '.join(text)}.")
    return text[language]


class _Dumper(yaml.SafeDumper):
    """Writes texts in double quotes, with escapes, as aisev's files have them, and lists in one line."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    plain = cast("Any", dumper)  # its stubs have no type for the value
    return plain.represent_scalar("tag:yaml.org,2002:str", value, style='"')


def _list(dumper: yaml.SafeDumper, value: list[object]) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=True)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)
