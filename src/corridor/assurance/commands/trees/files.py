"""Files that are read and written for trees."""

import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from corridor.assurance.adapters import tree_files
from corridor.assurance.adapters.aisev import trees as aisev_trees
from corridor.assurance.adapters.aisev.questions import sheet_in
from corridor.assurance.records import Query, Tree
from corridor.assurance.rules.trees.asking import asking
from corridor.assurance.service.scoring import by_leaf, suite_of
from corridor.core.errors import Invalid, NotFound

MOST_BYTES = 8 * 1024 * 1024

Layout = Literal["corridor", "aisev"]
InLayout = Annotated[
    Layout, typer.Option("--layout", help="Of the file: Corridor's own, or aisev's.")
]


def bytes_in(path: Path) -> bytes:
    """Return what a file holds.

    Raises:
        NotFound: if there is none.
        Invalid: if it is too large.
    """
    if not path.is_file():
        raise NotFound(f"There is no file {path}.")
    if path.stat().st_size > MOST_BYTES:
        raise Invalid(f"{path.name} has more than {MOST_BYTES // 1024 // 1024} MiB.")
    return path.read_bytes()


def text_in(path: Path) -> str:
    """Return the text of a file.

    Raises:
        NotFound: if there is none.
        Invalid: if it is too large, or no text in UTF-8.
    """
    try:
        return bytes_in(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"{path.name} is no text in UTF-8: byte {error.start}.") from error


def tree_of(path: Path, layout: Layout, name: str = "", language: str = "ja-Jpan") -> Tree:
    """Return the tree in a file; whether it has faults is asked apart."""
    if layout == "corridor":
        return tree_files.tree_in(text_in(path))
    called = name or re.sub(r"[^a-z0-9._-]+", "-", path.stem.lower()).strip("-._")
    return aisev_trees.tree_in(text_in(path), called, language, f"aisev's file {path.name}")


def with_questions(tree: Tree, path: Path, at_least: float, fresh_days: int) -> Tree:
    """Return a tree whose leaves ask for the scores of the questions that a table of aisev has for them.

    Scores that are read from a file are weak evidence; these leaves take it.
    """
    leaves = by_leaf(sheet_in(bytes_in(path)))
    asked = {"kind": "capability", "at_least": at_least, "fresh_days": fresh_days, "weak": True}
    queries = {leaf: Query.model_validate({**asked, "suite": suite_of(leaf)}) for leaf in leaves}
    return asking(tree, queries)
