"""What drills keep: what was withdrawn, what went on answering and how well, and what was foretold."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.drills.records.agreements import (
        AgreedLoss,
        Agreement,
        DrillAnswered,
        DrillProposed,
        DrillsJoined,
        PartSeen,
        PartState,
        ProposalWithdrawn,
        Terms,
    )
    from corridor.drills.records.checks import Check
    from corridor.drills.records.citing import Cited, NodeName
    from corridor.drills.records.figures import Figure, Source
    from corridor.drills.records.incidents import Endured, Expected, IncidentEnded, IncidentOpened
    from corridor.drills.records.live import (
        Amount,
        Answerer,
        CostLine,
        DrillCosts,
        Live,
        Pace,
        Spent,
        Taker,
        Timeline,
    )
    from corridor.drills.records.predictions import (
        Answering,
        Choice,
        Contradiction,
        Foreseen,
        Foretold,
        Gone,
        Least,
        Likely,
        Overall,
        Prediction,
        Readiness,
        Row,
        Span,
        What,
        WorstOf,
    )
    from corridor.drills.records.rehearsals import (
        DrillEnded,
        DrillStarted,
        Ending,
        Rehearsed,
        Stage,
        Tripwire,
        Withdrawn,
    )
    from corridor.drills.records.reminders import Reminder
    from corridor.drills.records.results import (
        DrillResult,
        Line,
        Measured,
        Quality,
        Requests,
        Worst,
    )
    from corridor.drills.records.runs import Run
    from corridor.drills.records.schedules import DrillSchedule, Planned, Turn

__getattr__ = door_of(__name__)

__all__ = [
    "AgreedLoss",
    "Agreement",
    "Amount",
    "Answerer",
    "Answering",
    "Check",
    "Choice",
    "Cited",
    "Contradiction",
    "CostLine",
    "DrillAnswered",
    "DrillCosts",
    "DrillEnded",
    "DrillProposed",
    "DrillResult",
    "DrillSchedule",
    "DrillStarted",
    "DrillsJoined",
    "Ending",
    "Endured",
    "Expected",
    "Figure",
    "Foreseen",
    "Foretold",
    "Gone",
    "IncidentEnded",
    "IncidentOpened",
    "Least",
    "Likely",
    "Line",
    "Live",
    "Measured",
    "NodeName",
    "Overall",
    "Pace",
    "PartSeen",
    "PartState",
    "Planned",
    "Prediction",
    "ProposalWithdrawn",
    "Quality",
    "Readiness",
    "Rehearsed",
    "Reminder",
    "Requests",
    "Row",
    "Run",
    "Source",
    "Span",
    "Spent",
    "Stage",
    "Taker",
    "Terms",
    "Timeline",
    "Tripwire",
    "Turn",
    "What",
    "Withdrawn",
    "Worst",
    "WorstOf",
]
