"""Which drills a node holds by itself, how often, and in which quiet hours."""

from typing import Annotated, ClassVar, Self

from pydantic import AwareDatetime, Field, model_validator

from corridor.catalogue import Name
from corridor.core.records import Part, Record, RecordId
from corridor.drills.records.rehearsals import Stage

HourText = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class DrillSchedule(Record):
    """A small drill that the node holds again and again: the newest record of a name counts."""

    kind: ClassVar[str] = "drills.schedule"
    minor: ClassVar[int] = 1

    name: Name
    active: bool = True
    """False in the record that ends it."""
    supplier: Name | None = None
    """Who withdraws; or else a scenario happens."""
    scenario: Name | None = None
    """Of the library."""
    parameters: dict[Name, str] = Field(default_factory=dict[str, str])
    home: str | None = None
    worse: bool = False
    service: Name | None = None
    """Only this one; None is every service that it touches."""
    stages: tuple[Stage, ...] = Field(min_length=1)
    every_days: int = Field(ge=1, le=366)
    """It is due when so many days have passed since it was last held."""
    opens: HourText
    """From this time of day on it may begin ..."""
    closes: HourText
    """... and by this it is over; of the next day where it is not after `opens`."""
    zone: str = Field(min_length=1, max_length=64)
    """The time zone of both, as the IANA names it: Asia/Kolkata."""
    below: float | None = Field(default=None, gt=0, le=1e9, allow_inf_nan=False)
    """It begins only while fewer live requests than this come in a minute."""

    items: int = Field(default=0, ge=0)
    """So many items of each language, or all there are, are asked before and again in the last stage (since 1.1); 0: as
    many as there is time for."""

    @model_validator(mode="after")
    def _check_loss(self) -> Self:
        if (self.supplier is None) == (self.scenario is None):
            raise ValueError("either a supplier withdraws or a scenario happens")
        return self


class Turn(Part):
    """What became of one window of a schedule."""

    day: str
    """On which the window opened, in the schedule's zone: 2026-12-01."""
    state: str
    """waits, held, refused or skipped."""
    why: str
    """Why it waits, was refused or was skipped."""
    drill_id: RecordId | None
    at: AwareDatetime


class Planned(Part):
    """A schedule, what became of its last windows, and when it is due next."""

    schedule: DrillSchedule
    turns: tuple[Turn, ...]
    """The last ones, the newest first."""
    next: AwareDatetime
    """When the next window opens in which it is due; in the past while that is open."""
