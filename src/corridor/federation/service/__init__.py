"""What one can ask of federation: know partners, show them the log, take theirs."""

from corridor.federation.service.cosigner import Cosigner
from corridor.federation.service.exchange import Exchange
from corridor.federation.service.gossip import Gossip
from corridor.federation.service.introductions import Introductions
from corridor.federation.service.keys import Keys
from corridor.federation.service.partners import Federation
from corridor.federation.service.recovery import LogRecovery
from corridor.federation.service.witness import Errand, Witness

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
]
