"""How a campaign goes: who may do what when, what waits for whom, how often an attack works, what ends when."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.assurance.rules.campaigns.board import Board, Line, board_of
    from corridor.assurance.rules.campaigns.duties import MAY, Act, NotAMember, check_may
    from corridor.assurance.rules.campaigns.embargoes import Standing, due, followed, standing_of
    from corridor.assurance.rules.campaigns.reproducing import reproduced, went_wrong

__getattr__ = door_of(__name__)

__all__ = [
    "MAY",
    "Act",
    "Board",
    "Line",
    "NotAMember",
    "Standing",
    "board_of",
    "check_may",
    "due",
    "followed",
    "reproduced",
    "standing_of",
    "went_wrong",
]
