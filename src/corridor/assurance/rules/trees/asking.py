"""Leaves that asked a person, and now ask for figures."""

from collections.abc import Mapping

from corridor.assurance.records.queries import Query
from corridor.assurance.records.trees import Leaf, Tree
from corridor.assurance.rules.trees.checks import BadTree


def asking(tree: Tree, queries: Mapping[str, Query]) -> Tree:
    """Return a tree of which these leaves ask for figures, and no longer a person.

    Raises:
        BadTree: if one of them is no leaf of the tree.
    """
    leaves = {leaf.id for leaf in tree.leaves()}
    for name in queries:
        if name not in leaves:
            raise BadTree(f"{tree.name}: {name} is no leaf of it, and there are questions for it.")
    nodes = [
        each.model_copy(update={"queries": (*each.queries, queries[each.id])})
        if isinstance(each, Leaf) and each.id in queries
        else each
        for each in tree.nodes
    ]
    return tree.model_copy(update={"nodes": tuple(nodes)})
