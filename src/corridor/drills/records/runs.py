"""A drill of this node as it goes, put together from its records and from what is seen of it."""

from corridor.core.records import Part
from corridor.drills.records.predictions import Contradiction
from corridor.drills.records.rehearsals import DrillEnded, DrillStarted
from corridor.drills.records.results import DrillResult


class Run(Part):
    """A drill of this node: how it goes, or how it ended."""

    started: DrillStarted
    seen: dict[str, object]
    """What is seen of it while it runs, as `/drills/live` shows it."""
    ended: DrillEnded | None
    """None while it runs."""
    result: DrillResult | None
    """What it found, signed a moment after its end; one that was cut off found nothing."""
    contradictions: tuple[Contradiction, ...] = ()
    """Where it found otherwise than was foretold; in the answer for one drill alone."""
