"""Federation: exchange records with partner nodes.

Every node keeps its own log and its own key. A partner is a node whose fingerprint an operator
compared; its log is fetched, verified against its signed root, and its records are indexed beside
our own. Nothing is deleted and nothing is accepted in part.

This module is the capability's front door: other capabilities import these names and none of its
rooms.
"""

from corridor.federation.errors import (
    LogForked,
    LogRolledBack,
    NotAPartner,
    PartnerUnavailable,
    Refused,
)
from corridor.federation.records import KnownRecord, Partner, PartnerStatus, Pulled
from corridor.federation.service import Federation
from corridor.federation.settings import FederationSettings

__all__ = [
    "Federation",
    "FederationSettings",
    "KnownRecord",
    "LogForked",
    "LogRolledBack",
    "NotAPartner",
    "Partner",
    "PartnerStatus",
    "PartnerUnavailable",
    "Pulled",
    "Refused",
]
