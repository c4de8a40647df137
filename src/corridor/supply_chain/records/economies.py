"""What is asked of an economy, and what became of it."""

import re
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from corridor.core.records import Part
from corridor.supply_chain.records.facts import Amount
from corridor.supply_chain.records.results import Quantiles
from corridor.supply_chain.records.scenarios import Range

ECONOMIES_FOLDER = "supply-chain"
"""Where in the node's folder economies are kept."""
ECONOMY_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
"""What one may be called."""
INDUSTRIES = "supply_chain.industries"
"""The job that runs one."""
MOST_DAYS, MOST_DRAWS = 3_650, 10_000

Figure = Range | Amount
"""A figure, or bounds between which it is drawn."""


class EconomyQuestion(Part):
    """What is lost, destroyed or dearer, in per cent, by industry as REGION/SECTOR, and for how long."""

    lose: Mapping[str, Figure] = {}
    """Of its capacity."""
    destroy: Mapping[str, Figure] = {}
    """Of its capital, which is rebuilt."""
    dearer: Mapping[str, Figure] = {}
    """Above its usual price."""
    rebuilt_by: Mapping[str, Amount] = {}
    """By sector: its part of the rebuilding; they come to 1."""
    start: int = Field(default=1, ge=0)
    """The first day of it all; day 0 is the first of all days."""
    whole: Figure = 30
    """For how many days a loss is whole; for so long nothing is rebuilt either."""
    recovery: Figure = 60
    """How many days a loss then takes until all is back."""
    within: float = Field(default=60, ge=1)
    """Each day so much of what is destroyed and not rebuilt is ordered, one 60th."""
    held: Figure = 90
    """For how many days inputs are held."""
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 365
    draws: Annotated[int, Field(ge=1, le=MOST_DRAWS)] = 100
    """How often what is uncertain is drawn; once where nothing is."""
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _check_asked(self) -> Self:
        if not (self.lose or self.destroy or self.dearer):
            raise ValueError("nothing is lost, destroyed or dearer")
        if bool(self.destroy) != bool(self.rebuilt_by):
            raise ValueError("what is destroyed needs sectors that rebuild it, and they need that")
        return self

    @property
    def uncertain(self) -> bool:
        """Whether any figure is only known within bounds."""
        named = (*self.lose.values(), *self.destroy.values(), *self.dearer.values())
        return any(isinstance(f, Range) for f in (*named, self.whole, self.recovery, self.held))


class EconomyResult(Part):
    """What became of an economy. Of several draws each figure is the median, day by day."""

    total: tuple[float, ...]
    """By day: all that is made, over what is usual."""
    least: Mapping[str, float]
    """By industry: its worst day, over what is usual."""
    worst_day: Mapping[str, int]
    days_lost: float
    """All that was made less than usual, in days of all that is made."""
    days_unmet: float
    """All that consumers did not get, in days of all that they order."""
    damage: tuple[float, ...]
    """By day: what is destroyed and not rebuilt, in the table's unit of money."""
    dearer: Mapping[str, float]
    """By industry: by which part of its usual price it is dearer, if costs are passed on in full."""
    consumers_dearer: float
    spread: Mapping[str, Quantiles]
    """Of days_lost, days_unmet, least_total and consumers_dearer, over the draws."""
    horizon: int
    """Days; what comes later is not known."""
    draws: int
    seed: int
