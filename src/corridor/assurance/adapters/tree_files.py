"""Trees as files of our own layout: YAML, with the fields of the record. Those that come with Corridor are such files."""

import functools
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files

from pydantic import Field

from corridor.assurance.records.trees import MOST_NODES, Node, NodeId, Text, Tree
from corridor.catalogue import Name
from corridor.core.errors import NotFound
from corridor.core.records import Part
from corridor.core.yaml_texts import parsed, written

SHIPPED = files("corridor.assurance") / "data" / "trees"
HINT = (
    "docs/guides/assurance.md describes the file; `corridor assurance tree export NAME` shows one."
)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""Of a tree that nobody has stated yet."""


class TreeFile(Part):
    """What a file of a tree says."""

    name: Name
    edition: str = Field(min_length=1, max_length=100)
    title: Text = Field(min_length=1)
    source: str = Field(default="", max_length=2_000)
    root: NodeId
    nodes: tuple[Node, ...] = Field(min_length=1, max_length=MOST_NODES)


def tree_in(text: str) -> Tree:
    """Return the tree in a file of our own layout; whether it has faults is asked apart.

    Raises:
        Invalid: if it is no such file, with the line.
    """
    content, _ = parsed(text, TreeFile, HINT)
    return Tree(made_at=LONG_AGO, visibility="partners", **dict(content))


def text_of(tree: Tree) -> str:
    """Return a tree as a file of our own layout."""
    fields = TreeFile.model_fields
    value = tree.model_dump(mode="json", include=set(fields), exclude_defaults=True)
    value["nodes"] = [{"type": each.type, **_plain(each)} for each in tree.nodes]
    ordered = {name: value[name] for name in fields if name in value}
    return written(ordered)


@functools.cache
def shipped() -> Mapping[str, Tree]:
    """Return the trees that come with Corridor, by name."""
    found = [
        tree_in(each.read_text("utf-8"))
        for each in sorted(SHIPPED.iterdir(), key=lambda each: each.name)
        if each.name.endswith(".yaml")
    ]
    return {tree.name: tree for tree in found}


def shipped_tree(name: str) -> Tree:
    """Return a tree that comes with Corridor.

    Raises:
        NotFound: if there is none of this name.
    """
    if name not in shipped():
        raise NotFound(
            f"There is no tree {name!r}.",
            hint="`corridor assurance tree list` shows what there is.",
        )
    return shipped()[name]


def _plain(node: Node) -> dict[str, object]:
    return node.model_dump(mode="json", exclude_defaults=True)
