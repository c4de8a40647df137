"""Which data sets Corridor can read, as data: `data/suites.yaml`."""

import functools
from collections.abc import Mapping
from importlib.resources import files
from typing import cast

import yaml
from pydantic import TypeAdapter

from corridor.evaluation.errors import UnknownSuite
from corridor.evaluation.records import Listing

DATA = files("corridor.evaluation") / "data"


@functools.cache
def listings() -> Mapping[str, Listing]:
    """Return what can be read, by name, in the order of the file."""
    entries = cast(
        "dict[str, dict[str, object]]", yaml.safe_load((DATA / "suites.yaml").read_text("utf-8"))
    )
    read = TypeAdapter(Listing)
    return {name: read.validate_python({"name": name, **entry}) for name, entry in entries.items()}


def listing_of(name: str) -> Listing:
    """Return what is known of a data set.

    Raises:
        UnknownSuite: if there is none of this name.
    """
    found = listings().get(name)
    if found is None:
        raise UnknownSuite(
            f"There is no suite {name!r}.", hint="`corridor evaluate suites` lists what there is."
        )
    return found
