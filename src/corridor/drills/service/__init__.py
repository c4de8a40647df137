"""What one can ask of drills."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.drills.rules.ground import Asked
    from corridor.drills.rules.loss import Loss
    from corridor.drills.service.agreements import Agreements
    from corridor.drills.service.conducting import Conducted, Conducting
    from corridor.drills.service.ground import Reader
    from corridor.drills.service.holding import Holding, Wanted
    from corridor.drills.service.hosting import Hosting
    from corridor.drills.service.incidents import Losing
    from corridor.drills.service.parts import Parts
    from corridor.drills.service.planning import Planning
    from corridor.drills.service.proposing import Proposing
    from corridor.drills.service.rehearsals import Rehearsals
    from corridor.drills.service.reminding import Reminding
    from corridor.drills.service.reporting import Reporting
    from corridor.drills.service.running import Drills
    from corridor.drills.service.scheduling import Scheduling

__getattr__ = door_of(__name__)

__all__ = [
    "Agreements",
    "Asked",
    "Conducted",
    "Conducting",
    "Drills",
    "Holding",
    "Hosting",
    "Losing",
    "Loss",
    "Parts",
    "Planning",
    "Proposing",
    "Reader",
    "Rehearsals",
    "Reminding",
    "Reporting",
    "Scheduling",
    "Wanted",
]
