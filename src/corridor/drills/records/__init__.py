"""What drills keep: what was withdrawn, what went on answering, and how well."""

from corridor.drills.records.results import (
    DrillResult,
    Figure,
    Line,
    Quality,
    Requests,
    Source,
    Worst,
)

__all__ = [
    "DrillResult",
    "Figure",
    "Line",
    "Quality",
    "Requests",
    "Source",
    "Worst",
]
