"""How many items a drill is to ask, as callers say it over HTTP."""

from typing import Annotated, Literal

from pydantic import Field

from corridor.drills.rules.turns import ALL

Items = Annotated[int, Field(ge=1, le=ALL)] | Literal["all"] | None
"""A number, or all that there are; nothing: as many as there is time for."""


def number_of(items: Items) -> int:
    """Return a number of items as a drill takes it."""
    return ALL if items == "all" else items or 0
