"""What one can ask of assurance."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.assurance.service.campaigns import Campaigns
    from corridor.assurance.service.findings import Findings
    from corridor.assurance.service.lowering import Lowering, LoweringStanding, Signatory
    from corridor.assurance.service.membership import Membership
    from corridor.assurance.service.ratings import Assurance
    from corridor.assurance.service.reviews import Document, Open, Reviews
    from corridor.assurance.service.rounds import Batch, Rounds, Session
    from corridor.assurance.service.rulebook import Rulebook
    from corridor.assurance.service.trees import Known, Outcome, Trees

__getattr__ = door_of(__name__)

__all__ = [
    "Assurance",
    "Batch",
    "Campaigns",
    "Document",
    "Findings",
    "Known",
    "Lowering",
    "LoweringStanding",
    "Membership",
    "Open",
    "Outcome",
    "Reviews",
    "Rounds",
    "Rulebook",
    "Session",
    "Signatory",
    "Trees",
]
