"""Drills: foretell what a loss leaves of each service in each language, and rehearse it.

A plan is made from records alone. A drill suspends the supplier at the live gateway, sends probes of its own beside the real
requests, restores the supplier, and signs what it found. It measures this node's routes; what a
real withdrawal would do beyond them it cannot know.
"""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.drills.errors import NodeDown, NothingDepends
    from corridor.drills.records import (
        DrillAnswered,
        DrillCosts,
        DrillEnded,
        DrillProposed,
        DrillResult,
        DrillSchedule,
        DrillsJoined,
        DrillStarted,
        Figure,
        IncidentEnded,
        IncidentOpened,
        Line,
        Prediction,
        ProposalWithdrawn,
        Requests,
        Worst,
    )
    from corridor.drills.service import (
        Agreements,
        Asked,
        Conducting,
        Drills,
        Hosting,
        Losing,
        Parts,
        Planning,
        Proposing,
        Reader,
        Rehearsals,
        Reminding,
        Reporting,
        Scheduling,
    )

__getattr__ = door_of(__name__)

__all__ = [
    "Agreements",
    "Asked",
    "Conducting",
    "DrillAnswered",
    "DrillCosts",
    "DrillEnded",
    "DrillProposed",
    "DrillResult",
    "DrillSchedule",
    "DrillStarted",
    "Drills",
    "DrillsJoined",
    "Figure",
    "Hosting",
    "IncidentEnded",
    "IncidentOpened",
    "Line",
    "Losing",
    "NodeDown",
    "NothingDepends",
    "Parts",
    "Planning",
    "Prediction",
    "ProposalWithdrawn",
    "Proposing",
    "Reader",
    "Rehearsals",
    "Reminding",
    "Reporting",
    "Requests",
    "Scheduling",
    "Worst",
]
