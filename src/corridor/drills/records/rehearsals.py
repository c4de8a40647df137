"""What a drill keeps of its course: that it began, with whom and how far, and how it ended."""

from typing import ClassVar, Literal

from pydantic import Field

from corridor.catalogue import Name
from corridor.core.records import Part, Record, RecordId
from corridor.drills.records.citing import Cited
from corridor.gateway import Target

StageKind = Literal["shadow", "canary", "full"]
Ending = Literal["finished", "aborted", "tripped", "lapsed"]


class Stage(Part):
    """A stretch of a drill and how many requests it concerns."""

    kind: StageKind
    """Shadow: the drill's own probes alone; canary: a share of requests; full: all of them."""
    seconds: float = Field(gt=0, le=24 * 3600)
    share: float = Field(ge=0, le=1)
    """Of live requests: 0 in a shadow, 1 in full."""


class Tripwire(Part):
    """When a drill ends by itself because of what happens to live requests."""

    failed: float = Field(default=0.05, ge=0, le=1)
    """The share of live requests that fail, beyond the share that failed before ..."""
    slower: float = Field(default=10.0, ge=1)
    """... or the median time of an answer, as a multiple of what it was before ..."""
    least: int = Field(default=20, ge=1)
    """... once there were so many live requests."""


class DrillStarted(Record):
    """A drill began: a rehearsal, whatever is suspended in its name."""

    kind: ClassVar[str] = "drills.started"
    minor: ClassVar[int] = 1

    lost: tuple[Target, ...] = Field(min_length=1)
    services: tuple[Name, ...] = Field(min_length=1)
    """That it watches."""
    shadowed: tuple[Name, ...] = ()
    """Those of them whose live traffic is left alone in every stage: they are critical."""
    stages: tuple[Stage, ...] = Field(min_length=1)
    touched: float = Field(ge=0, le=1)
    """The share of live requests of the last hour that its largest stage concerns."""
    tripwire: Tripwire
    key_id: RecordId
    """Of the key that its probes show."""
    second: str = ""
    """Who agreed beside the operator, where everything would be lost."""
    proposal: Cited | None = None
    """Of which it is this node's part (since 1.1)."""


class DrillEnded(Record):
    """A drill is over, and nothing is suspended in its name any more."""

    kind: ClassVar[str] = "drills.ended"

    drill_id: RecordId
    how: Ending
    """Aborted: by a person; tripped: by its own limits; lapsed: nothing was heard of it any more."""
    why: str = Field(max_length=500)
