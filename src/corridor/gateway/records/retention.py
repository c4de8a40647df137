"""Retention: whose requests and answers are kept, and for how long."""

from typing import ClassVar, Literal

from pydantic import Field

from corridor.catalogue import Name
from corridor.core.records import Record

Kept = Literal["request", "answer", "both"]


class Retention(Record):
    """What is kept of a project's requests; each statement takes the place of the one before."""

    kind: ClassVar[str] = "gateway.retention"

    project: Name
    days: int = Field(ge=0, le=3650)
    """Until it is deleted, from each request on; 0 is nothing."""
    what: Kept
    """The bodies of requests as they left, of answers as they reached the caller, or both."""
    reason: str = Field(min_length=1, max_length=500)
    """Why it is needed; whoever is asked later can show it."""
