"""Front doors and libraries that are taken in when somebody asks for what is in them, not before.

A package names what it offers by imports under `if TYPE_CHECKING`, where type checkers and the
contracts of the architecture read them, and has a `__getattr__` made here (PEP 562). Whoever wants one
record of a capability then does not take in its services, nor what these need. A module that wants a
library on some days only says `late` of it, and imports it under `if TYPE_CHECKING` for the same readers.
"""

import ast
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


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


class Late:
    """A module that is taken in when something of it is first asked for."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  what is in a module, only it knows
        value = getattr(importlib.import_module(self._module), name)
        setattr(self, name, value)  # and is asked for once
        return value


def late(module: str) -> Any:  # noqa: ANN401  for type checkers it is the module itself
    """Return a module that is not taken in before something of it is asked for.

    For what a process may need and mostly does not: it holds memory that nobody uses otherwise.
    """
    return Late(module)


def _offered(tree: ast.Module) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each name that a front door offers, with the module it is in and its name there."""
    for block in tree.body:
        if not isinstance(block, ast.If) or ast.unparse(block.test) != "TYPE_CHECKING":
            continue
        for line in block.body:
            if isinstance(line, ast.ImportFrom) and line.module is not None:
                for alias in line.names:
                    yield alias.asname or alias.name, (line.module, alias.name)
