"""What workers say of themselves, and what an operator is shown of them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

BEAT_SECONDS = 0.5
"""How often a worker says how it is."""
SILENCE_SECONDS = 30.0
"""A worker that says nothing for so long hangs, and is ended."""

State = Literal["starting", "ready", "stale", "draining"]


class Beat(BaseModel):
    """How a worker is. One goes over the line every half second, as a line of JSON."""

    model_config = ConfigDict(frozen=True)

    version: str
    """Of the program."""
    head: int
    """The last record that it knows."""
    age_seconds: float | None
    """How long ago it last saw that nothing newer is in the store."""
    fresh: bool
    """Whether that is recent enough for callers to be answered."""
    in_flight: int
    """Requests under way."""
    connections: int


class WorkerStatus(BaseModel):
    """One worker, as an operator is shown it."""

    model_config = ConfigDict(frozen=True)

    pid: int
    since: datetime
    state: State
    beat: Beat | None
    """What it said last; nothing before it is ready."""


class CrewStatus(BaseModel):
    """The supervisor and its workers."""

    model_config = ConfigDict(frozen=True)

    pid: int
    since: datetime
    address: str
    wanted: int
    """How many workers there are to be."""
    restarts: int
    """How many workers ended unasked and were replaced."""
    reloads: int
    last_reload: str | None
    """What came of the last reload."""
    workers: tuple[WorkerStatus, ...]
