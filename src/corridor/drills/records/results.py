"""What a drill keeps: what was withdrawn, what went on answering, and how well."""

from typing import ClassVar

from pydantic import AwareDatetime, Field

from corridor.catalogue import Language, Name
from corridor.core.records import Part, Record, RecordId
from corridor.drills.records.citing import Cited
from corridor.drills.records.figures import Figure, Source
from corridor.drills.records.live import Live, Pace, Taker, Timeline
from corridor.drills.records.rehearsals import Ending, Rehearsed, Stage, Withdrawn


class Quality(Part):
    """How well what answers does: from evidence, or zero where nothing answers."""

    provider: Name | None
    """Who answered; None if nobody did."""
    figure: Figure
    source: Source | None
    """None where nobody answered, or where there is no evidence."""


class Requests(Part):
    """What became of requests: sent = served + moved + failed."""

    sent: int = Field(ge=0)
    served: int = Field(ge=0)
    """Answered by the route's first choice."""
    moved: int = Field(ge=0)
    """Answered by another provider."""
    failed: int = Field(ge=0)
    """Not answered, or cut off."""


class Measured(Part):
    """How well the drill's own probes were answered, which are items of the suite of the evidence."""

    before_right: int = Field(ge=0)
    before_asked: int = Field(ge=0)
    after_right: int = Field(ge=0)
    after_asked: int = Field(ge=0)
    """During the disruption; a probe that failed was asked, and not answered rightly."""
    continuity: Figure
    """after over before, of the shares of right answers."""
    both_right: int | None = Field(default=None, ge=0)
    """Items answered rightly before and during, of items that were all asked at both times; None in drills
    of earlier versions, which asked other items before than during."""


class Line(Part):
    """One service in one language."""

    service: Name
    language: Language
    before: Quality
    after: Quality
    continuity: Figure
    """q after over q before, by evidence: of each who answered the drill's probes its score, weighted by its
    share of them; one that nobody answered counts 0. Unknown where a score is, or nothing worked before."""
    requests: Requests
    switch_seconds: float | None
    """From the withdrawal to the first complete answer of another provider, to a probe or to anybody else, the
    time that it took to write the answer included; None if none came."""
    measured: Measured | None = None
    """From the drill's own probes; None where no items of a suite could be asked."""
    live: Live | None = None
    """What became of live requests; None in results of before these were counted, here and below."""
    takers: tuple[Taker, ...] = ()
    """Who else answered live requests, the one who answered most first."""
    pace_before: Pace | None = None
    """Of live requests that were over in the five minutes before the withdrawal ..."""
    pace_during: Pace | None = None
    """... and of those that `live` counts."""
    detect_seconds: float | None = None
    """From the withdrawal to the first request that asked another at once; None if none was seen."""
    was_lost: bool | None = None
    """Whether whoever answered most probes before is of what was lost; where not, nothing had to switch here. None
    where nobody answered, and before 1.7."""


class Worst(Part):
    """The line with the least continuity."""

    service: Name
    language: Language
    continuity: Figure


class DrillResult(Record):
    """A disruption rehearsed on the running node, and what continued."""

    kind: ClassVar[str] = "drills.result"
    minor: ClassVar[int] = 8

    supplier: Name
    """Who withdrew; of a scenario who runs the first of what is lost."""
    started_at: AwareDatetime
    withdrawn_at: AwareDatetime
    restored_at: AwareDatetime
    ended_at: AwareDatetime
    suspension_id: RecordId
    lines: tuple[Line, ...] = Field(min_length=1)
    requests: Requests
    """All requests to these services from start to end, the drill's own probes among them."""
    probes: int = Field(ge=0)
    """How many of them were the drill's own."""
    switch_seconds: float | None
    """The slowest line's of those that had to; None if one of them never switched, or none had to."""
    recovered_seconds: float | None
    """From the restoration until the last of those who answered before had answered again in its language;
    None if one did not in time, or nobody who answered was lost."""
    worst_case: Worst | None
    """None if no line's continuity is known."""
    drill_id: RecordId | None = None
    """The record that says that it began."""
    stages: tuple[Stage, ...] = ()
    how: Ending = "finished"
    why: str = ""
    """Why it ended before its stages were over; empty if it did not."""
    entered_at: tuple[AwareDatetime, ...] = ()
    """When each stage began that it came to."""
    prediction_id: RecordId | None = None
    """What it was foretold to find; None where nothing was."""
    live: Live | None = None
    """All live requests to these services: those of the lines, and `live_elsewhere`."""
    live_elsewhere: Live | None = None
    """Those in a language of no line. Nobody's quality is looked up there: whoever moved is unmeasured."""
    pace_before: Pace | None = None
    pace_during: Pace | None = None
    detect_seconds: float | None = None
    """The least of the lines."""
    timeline: Timeline | None = None
    proposal: Cited | None = None
    """Of which it is this node's part (since 1.5)."""
    scenario: Rehearsed | None = None
    """What was rehearsed; None where a supplier withdrew."""
    lost: tuple[Withdrawn, ...] = ()
    """What was suspended, the most first; all that the supplier runs if nothing is stated."""
    returned_at: AwareDatetime | None = None
    """When nothing was suspended any more: from the restoration on requests come back by and by."""
    setbacks: int | None = Field(default=None, ge=0)
    """Probes of after that which whoever answered them before did not; None where it was not watched."""

    @property
    def cause(self) -> str:
        """What was lost, as people name it: a supplier, or a scenario with its parameters."""
        return self.supplier if self.scenario is None else str(self.scenario)

    @property
    def unmet(self) -> tuple[Line, ...]:
        """The lines in which others than what was lost had answered before."""
        return tuple(line for line in self.lines if line.was_lost is False)

    @property
    def under(self) -> str:
        """What was lost, for a heading: `without overseas-vendor`, `under model-withdrawn/US`."""
        return f"without {self.supplier}" if self.scenario is None else f"under {self.scenario}"
