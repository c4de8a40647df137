"""Front doors that take a room in when somebody asks for what is in it, and not before.

A package names what it offers by imports under `if TYPE_CHECKING`, where type checkers and the
contracts of the architecture read them, and has a `__getattr__` made here (PEP 562). Whoever wants one
record of a capability then does not take in its services, nor what these need.
"""

import ast
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path


def door_of(package: str) -> Callable[[str], object]:
    """Return the `__getattr__` of a package, which takes in what is asked for and keeps it there.

    It raises AttributeError for a name that the package does not offer.
    """
    offered: dict[str, tuple[str, str]] = {}

    def take_in(name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if not offered:
            source = Path(str(sys.modules[package].__file__)).read_text(encoding="utf-8")
            offered.update(_offered(ast.parse(source)))
        if name not in offered:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, attribute = offered[name]
        value = getattr(importlib.import_module(module), attribute)
        setattr(sys.modules[package], name, value)
        return value

    return take_in


def _offered(tree: ast.Module) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each name that a front door offers, with the module it is in and its name there."""
    for block in tree.body:
        if not isinstance(block, ast.If) or ast.unparse(block.test) != "TYPE_CHECKING":
            continue
        for line in block.body:
            if isinstance(line, ast.ImportFrom) and line.module is not None:
                for alias in line.names:
                    yield alias.asname or alias.name, (line.module, alias.name)
