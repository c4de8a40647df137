"""Inspect AI as an engine: our tasks in it, its tasks over our providers, its logs as samples.

Needs the extra `evaluation`. Nobody imports a module of this folder at the top of another: `part` loads one
when it is asked for.
"""

import importlib
from types import ModuleType

from corridor.evaluation.errors import NoExtra


def part(name: str) -> ModuleType:
    """Load a module of this folder.

    Raises:
        NoExtra: if Inspect is not installed.
    """
    try:
        return importlib.import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("corridor"):
            raise
        raise NoExtra(f"{error.name} is not installed.") from error
