"""Take a part of the program in by its name, when it is asked for."""

import gc
import importlib
import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, cast

COLOURS = "rich"


def taken_in(place: str) -> Any:  # noqa: ANN401  what is at a place, only whoever named it knows
    """Return what is at a place, `module:name`."""
    module, _, attribute = place.partition(":")
    with undisturbed():
        return getattr(importlib.import_module(module), attribute)


@contextmanager
def undisturbed() -> Generator[None]:
    """Let nobody look for garbage while the block takes parts of the program in.

    What a module makes is there for good, and to look through all of it again and again takes a
    seventh of the time in which a node starts.
    """
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()


def logs_taken_in() -> None:
    """Take in the library of logs, and not what would colour the tracebacks in them.

    structlog takes rich in wherever it finds it, and with it some 80 modules that a node holds for
    good. No log of ours shows a traceback so; the terminal takes rich in by itself.
    """
    if "structlog" in sys.modules or COLOURS in sys.modules:
        return
    sys.modules[COLOURS] = cast("ModuleType", None)  # to be imported as if it were not installed
    try:
        importlib.import_module("structlog")
    finally:
        del sys.modules[COLOURS]
