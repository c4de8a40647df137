"""What a drill keeps of its course: that it began, with whom and how far, and how it ended."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from corridor.catalogue import Name, Sha256
from corridor.core.records import Part, Record, RecordId
from corridor.drills.records.citing import Cited
from corridor.gateway import Target

StageKind = Literal["shadow", "canary", "full"]
Ending = Literal["finished", "aborted", "tripped", "lapsed"]
ALL = 1_000_000
"""So many items are all, whatever the suite."""


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


class Rehearsed(Part):
    """The scenario that a drill rehearses."""

    name: Name
    title: str
    sha256: Sha256
    """Of the scenario as canonical JSON, before its parameters were put in."""
    parameters: dict[Name, str] = Field(default_factory=dict[str, str])
    home: str | None = None
    """From where it is asked; None is anywhere abroad."""
    worse: bool = False
    """Whether what may be lost is lost too, beside what is lost for certain."""
    day: float | None = Field(default=None, ge=0)
    """Of the scenario, on which what is gone was taken; None is all of it at once (since 1.5 of what
    began, and 1.8 of results)."""

    def __str__(self) -> str:
        """Return it as people name it: model-withdrawn/US."""
        worse = " if worse" if self.worse else ""
        day = "" if self.day is None else f" on day {self.day:g}"
        return "/".join((self.name, *self.parameters.values())) + day + worse


class Withdrawn(Part):
    """Something that a drill takes away, and which part of it."""

    target: Target
    part: float = Field(default=1.0, gt=0, le=1)
    """So many of the requests do not reach it; of those that a stage concerns."""

    def __str__(self) -> str:
        """Return it as people read it."""
        return str(self.target) if self.part == 1 else f"{self.part:.0%} of {self.target}"


class DrillStarted(Record):
    """A drill began: a rehearsal, whatever is suspended in its name."""

    kind: ClassVar[str] = "drills.started"
    minor: ClassVar[int] = 5

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
    """Who agreed beside whoever began it, where everything would be lost; by pseudonym since 1.3."""
    proposal: Cited | None = None
    """Of which it is this node's part (since 1.1)."""
    parts: tuple[Annotated[float, Field(gt=0, le=1)], ...] = ()
    """Which part of each of what is lost; all of it if none is stated."""
    scenario: Rehearsed | None = None
    """None where a supplier withdraws."""
    prediction_id: RecordId | None = None
    """What was foretold of it before."""
    asked_by: str = Field(default="", max_length=200)
    """Who began it: operator, schedule NAME, or a person by pseudonym; empty before 1.3."""

    items: int = Field(default=0, ge=0)
    """So many items of each language, or all there are, are asked before and again in the last stage (since 1.4); 0: as
    many as there is time for."""
    extra_seconds: float = Field(default=0.0, ge=0)
    """The last stage lasts at most so much longer than stated, until they were asked again (since 1.4)."""

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        if self.parts and len(self.parts) != len(self.lost):
            raise ValueError("a part is stated of each of what is lost, or of none")
        return self

    @property
    def taken(self) -> tuple[Withdrawn, ...]:
        """What is lost, each with its part."""
        parts = self.parts or (1.0,) * len(self.lost)
        return tuple(Withdrawn(target=t, part=p) for t, p in zip(self.lost, parts, strict=True))


class DrillEnded(Record):
    """A drill is over, and nothing is suspended in its name any more."""

    kind: ClassVar[str] = "drills.ended"

    drill_id: RecordId
    how: Ending
    """Aborted: by a person; tripped: by its own limits; lapsed: nothing was heard of it any more."""
    why: str = Field(max_length=500)
