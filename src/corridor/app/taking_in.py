"""Take a part of the program in by its name, when it is asked for."""

import gc
import importlib
from typing import Any


def taken_in(place: str) -> Any:  # noqa: ANN401  what is at a place, only whoever named it knows
    """Return what is at a place, `module:name`.

    Nobody looks for garbage meanwhile: what a module makes is there for good, and to look through all
    of it again and again takes a seventh of the time in which a node starts.
    """
    module, _, attribute = place.partition(":")
    looked = gc.isenabled()
    gc.disable()
    try:
        return getattr(importlib.import_module(module), attribute)
    finally:
        if looked:
            gc.enable()
