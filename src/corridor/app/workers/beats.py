"""What workers say of themselves, and what an operator is shown of them.

A worker says over its line how it is (`Health`) every half second, and what it counted (`Metered`)
when it hears `METRICS`; each is one line of JSON.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from corridor.app.health import Health

BEAT_SECONDS = 0.5
"""How often a worker says how it is."""
SILENCE_SECONDS = 30.0
"""A worker that says nothing for so long hangs, and is ended."""
METRICS_SECONDS = 5.0
"""How long a worker may take to say what it counted."""

METRICS = b"metrics\n"
"""What a worker is asked with over its line."""

State = Literal["starting", "ready", "stale", "draining"]


class Metered(BaseModel):
    """What a worker counted. It goes over the line when it is asked for, as a line of JSON."""

    model_config = ConfigDict(frozen=True)

    metrics: str
    """As Prometheus reads it."""


class WorkerStatus(BaseModel):
    """One worker, as an operator is shown it."""

    model_config = ConfigDict(frozen=True)

    pid: int
    since: datetime
    state: State
    beat: Health | None
    """What it said last; nothing before it is ready."""


class CrewMetrics(BaseModel):
    """What each worker counted, by its process id; None where it did not say so in time."""

    model_config = ConfigDict(frozen=True)

    workers: dict[int, str | None]


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
