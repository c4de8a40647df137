"""Every kind of record of access."""

from corridor.access.records.account import Report
from corridor.access.records.borders import Resolution
from corridor.access.records.grants import Countersignature, Grant, Review
from corridor.access.records.people import (
    Account,
    ApiKey,
    KeyRevoked,
    Principal,
    Project,
    VerifiedClaim,
)
from corridor.access.records.policies import Policy, Purpose
from corridor.access.records.requests import AccessRequest, Appeal, Approval, TierRequest
from corridor.access.records.revocations import Revocation, RevocationLifted
from corridor.core.records import Record

KINDS: tuple[type[Record], ...] = (
    Principal,
    Account,
    VerifiedClaim,
    Project,
    ApiKey,
    KeyRevoked,
    Purpose,
    Policy,
    AccessRequest,
    TierRequest,
    Approval,
    Appeal,
    Grant,
    Countersignature,
    Review,
    Revocation,
    RevocationLifted,
    Resolution,
    Report,
)
"""What access keeps. None of it is withdrawn or corrected as other records are: that would undo
unseen what a person decided; there is an act of its own for each change."""
