"""Federation: exchange records with partner nodes.

Every node keeps its own log and its own key. A partner is a node whose fingerprint an operator
compared; its log is fetched, verified against its signed root, and its records are indexed beside
our own. Nothing is deleted and nothing is accepted in part.

This module is the capability's front door: other capabilities import these names and none of its
rooms.
"""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.federation.adapters.answers import body_of, check_head
    from corridor.federation.adapters.signatures import sign
    from corridor.federation.errors import (
        LogForked,
        LogRolledBack,
        NotAPartner,
        PartnerUnavailable,
        Refused,
    )
    from corridor.federation.jobs.pacing import Stopped, pause, unless
    from corridor.federation.ports import SignedRequest
    from corridor.federation.records import (
        Evidence,
        Fork,
        KeyRecovery,
        KeyRotation,
        KnownRecord,
        LostEntry,
        LostRecords,
        Partner,
        PartnerStanding,
        PartnerStatus,
        Pulled,
        WitnessStatus,
    )
    from corridor.federation.rules.exchange import wait_seconds
    from corridor.federation.service import (
        Cosigner,
        Exchange,
        Federation,
        Gossip,
        Introductions,
        Keys,
        LogRecovery,
        Witness,
        note_first_key,
        present_key,
    )
    from corridor.federation.settings import FederationSettings

__getattr__ = door_of(__name__)

__all__ = [
    "Cosigner",
    "Evidence",
    "Exchange",
    "Federation",
    "FederationSettings",
    "Fork",
    "Gossip",
    "Introductions",
    "KeyRecovery",
    "KeyRotation",
    "Keys",
    "KnownRecord",
    "LogForked",
    "LogRecovery",
    "LogRolledBack",
    "LostEntry",
    "LostRecords",
    "NotAPartner",
    "Partner",
    "PartnerStanding",
    "PartnerStatus",
    "PartnerUnavailable",
    "Pulled",
    "Refused",
    "SignedRequest",
    "Stopped",
    "Witness",
    "WitnessStatus",
    "body_of",
    "check_head",
    "note_first_key",
    "pause",
    "present_key",
    "sign",
    "unless",
    "wait_seconds",
]
