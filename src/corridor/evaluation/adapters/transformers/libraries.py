"""The two libraries, taken in when they are first asked for.

Types are checked in an environment without them, so that what comes of them has none.
"""

import importlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from corridor.evaluation.errors import NoExtra

Theirs = Any
"""Something of torch or of transformers."""


@dataclass(frozen=True, slots=True)
class Libraries:
    """Both of them."""

    torch: Theirs
    transformers: Theirs
    broken: type[Exception]
    """What is raised of a file of weights that cannot be read."""

    @property
    def versions(self) -> str:
        """Which ones they are."""
        return f"transformers {self.transformers.__version__}, torch {self.torch.__version__}"


@cache
def libraries() -> Libraries:
    """Return the libraries.

    Raises:
        NoExtra: if they are not installed.
    """
    try:
        torch: Theirs = importlib.import_module("torch")
        transformers: Theirs = importlib.import_module("transformers")
        safetensors: Theirs = importlib.import_module("safetensors")
    except ModuleNotFoundError as error:
        raise NoExtra(
            f"{error.name} is not installed.",
            hint="Install it: pip install 'corridor[transformers]'",
        ) from error
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    return Libraries(torch, transformers, safetensors.SafetensorError)
