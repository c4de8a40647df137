"""Assurance trees with sensible defaults, so that a test states only its point."""

from collections.abc import Mapping, Sequence

from corridor.assurance.records import Context, Goal, Leaf, Query, Strategy, Tree
from corridor.assurance.records.trees import Node
from support.builders import NOON
from support.evidence import a_query

QUESTION = {"en-Latn": "Who handles reports?"}


def a_leaf(name: str, *queries: Query, asks: Mapping[str, str] | None = None) -> Leaf:
    """Return a leaf with queries; with a question where there are none."""
    question = dict(asks) if asks is not None else {} if queries else QUESTION
    return Leaf(id=name, text={"en-Latn": f"{name} holds."}, queries=queries, question=question)


def a_goal(name: str, *below: str, weights: Sequence[float] = (), context: str = "") -> Goal:
    return Goal(
        id=name,
        text={"en-Latn": f"{name} holds."},
        supported_by=below,
        weights=tuple(weights),
        in_context_of=(context,) if context else (),
    )


def a_strategy(name: str, *below: str, weights: Sequence[float] = ()) -> Strategy:
    return Strategy(
        id=name,
        text={"en-Latn": f"Argued by {name}."},
        supported_by=below,
        weights=tuple(weights),
    )


def a_context(name: str) -> Context:
    return Context(id=name, text={"en-Latn": f"In the case of {name}."})


def a_tree(*nodes: Node, root: str = "G1", **fields: object) -> Tree:
    """Return a tree; without nodes, one of figures (weight 0.75) and of a person's answer (0.25)."""
    default: tuple[Node, ...] = (
        a_goal("G1", "S1", context="C1"),
        a_context("C1"),
        a_strategy("S1", "G2", "G3", weights=(0.75, 0.25)),
        a_leaf("G2", a_query()),
        a_leaf("G3"),
    )
    return Tree.model_validate(
        {
            "made_at": NOON,
            "visibility": "partners",
            "name": "facts-hold",
            "edition": "1",
            "title": {"en-Latn": "Facts hold"},
            "root": root,
            "nodes": nodes or default,
            **fields,
        }
    )
