"""What one can ask of federation: know partners, show them the log, take theirs."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.federation.service.cosigner import Cosigner
    from corridor.federation.service.exchange import Exchange
    from corridor.federation.service.gossip import Gossip
    from corridor.federation.service.introductions import Introductions
    from corridor.federation.service.keys import Keys
    from corridor.federation.service.own_keys import note_first_key, present_key
    from corridor.federation.service.partners import Federation
    from corridor.federation.service.recovery import LogRecovery
    from corridor.federation.service.witness import Errand, Witness

__getattr__ = door_of(__name__)

__all__ = [
    "Cosigner",
    "Errand",
    "Exchange",
    "Federation",
    "Gossip",
    "Introductions",
    "Keys",
    "LogRecovery",
    "Witness",
    "note_first_key",
    "present_key",
]
