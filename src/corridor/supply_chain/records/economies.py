"""What is asked of an economy, and what became of it."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

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
MOST_DAYS, MOST_DRAWS, MOST_EVENTS = 3_650, 10_000, 100
Curve = Literal["linear", "fast first", "slow first", "s"]

Figure = Range | Amount
"""A figure, or bounds between which it is drawn."""


class EconomyEvent(Part):
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
    """The first day of it all; day 0 is the first of all days. After the last of them it changes nothing."""
    whole: Figure = 30
    """For how many days a loss is whole; for so long nothing is rebuilt either."""
    recovery: Figure = 60
    """How many days a loss then takes until all is back."""
    curve: Curve = "linear"
    """How it comes back."""
    within: float = Field(default=60, ge=1)
    """Each day so much of what is destroyed and not rebuilt is ordered, one 60th."""

    @model_validator(mode="after")
    def _check_asked(self) -> Self:
        if not self.says_something:
            raise ValueError("nothing is lost, destroyed or dearer")
        return self._check_rebuilt()

    @property
    def says_something(self) -> bool:
        """Whether anything is lost, destroyed or dearer."""
        return bool(self.lose or self.destroy or self.dearer)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures that may be known within bounds only."""
        named = (*self.lose.values(), *self.destroy.values(), *self.dearer.values())
        return (*named, self.whole, self.recovery)

    def _check_rebuilt(self) -> Self:
        if bool(self.destroy) != bool(self.rebuilt_by):
            raise ValueError("what is destroyed needs sectors that rebuild it, and they need that")
        return self


class EconomyQuestion(EconomyEvent):
    """What happens to an economy: one event, or several that begin and end on days of their own."""

    events: tuple[EconomyEvent, ...] = Field(default=(), max_length=MOST_EVENTS)
    """More of them; what several of them take from one industry multiplies what each leaves."""
    held: Figure = 90
    """For how many days inputs are held."""
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 365
    draws: Annotated[int, Field(ge=1, le=MOST_DRAWS)] = 100
    """How often what is uncertain is drawn; once where nothing is."""
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _check_asked(self) -> Self:
        if not self.says_something and not self.events:
            raise ValueError("nothing is lost, destroyed or dearer")
        return self._check_rebuilt()

    @property
    def every(self) -> tuple[EconomyEvent, ...]:
        """All events: the question's own, if it says one, first."""
        return (self, *self.events) if self.says_something else self.events

    @property
    def uncertain(self) -> bool:
        """Whether any figure is only known within bounds."""
        named = (figure for each in (self, *self.events) for figure in each.figures)
        return any(isinstance(figure, Range) for figure in (*named, self.held))


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
    """By industry: by which part of its usual price it is dearer on its dearest day, if costs are passed on in full."""
    consumers_dearer: float
    """By which part what consumers buy is dearer, on their dearest day."""
    spread: Mapping[str, Quantiles]
    """Of days_lost, days_unmet, least_total and consumers_dearer, over the draws."""
    horizon: int
    """Days; what comes later is not known."""
    draws: int
    seed: int
