"""What is kept about partners, their logs and their witnesses, and what is exchanged."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.federation.records.exchange import (
        Content,
        KnownRecord,
        LostEntry,
        LostRecords,
        Piece,
        Pulled,
        Round,
        SyncState,
        Verified,
    )
    from corridor.federation.records.partners import (
        MAX_REASON,
        EarlierKey,
        KeyRecovery,
        KeyRotation,
        Partner,
        PartnerStanding,
        PartnerStatus,
        Standing,
        Waiting,
    )
    from corridor.federation.records.witnessing import (
        AuditChecked,
        Behind,
        Claimed,
        Cosigned,
        Evidence,
        Fork,
        ForkStated,
        Taken,
        Unproved,
        Witnessed,
        WitnessState,
        WitnessStatus,
    )

__getattr__ = door_of(__name__)

__all__ = [
    "MAX_REASON",
    "AuditChecked",
    "Behind",
    "Claimed",
    "Content",
    "Cosigned",
    "EarlierKey",
    "Evidence",
    "Fork",
    "ForkStated",
    "KeyRecovery",
    "KeyRotation",
    "KnownRecord",
    "LostEntry",
    "LostRecords",
    "Partner",
    "PartnerStanding",
    "PartnerStatus",
    "Piece",
    "Pulled",
    "Round",
    "Standing",
    "SyncState",
    "Taken",
    "Unproved",
    "Verified",
    "Waiting",
    "WitnessState",
    "WitnessStatus",
    "Witnessed",
]
