"""What access keeps, and the values that its rules pass around."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.access.records.borders import Lease, Resolution
    from corridor.access.records.decisions import (
        NEVER,
        Act,
        ActFacts,
        Decision,
        Facts,
        Permit,
        Query,
    )
    from corridor.access.records.grants import Countersignature, EvidenceUsed, Grant, Review
    from corridor.access.records.people import (
        LEVELS,
        LOCAL,
        Account,
        ApiKey,
        ClaimName,
        KeyRevoked,
        Level,
        Principal,
        PrincipalType,
        Project,
        Role,
        VerifiedClaim,
    )
    from corridor.access.records.policies import Policy, Purpose
    from corridor.access.records.requests import (
        AccessRequest,
        Appeal,
        Approval,
        Conditions,
        Form,
        Hours,
        Quota,
        Sensitivity,
        Surface,
        Target,
        TierForm,
        TierRequest,
        UseClass,
        Verdict,
    )
    from corridor.access.records.revocations import Revocation, RevocationLifted, Scope

__getattr__ = door_of(__name__)

__all__ = [
    "LEVELS",
    "LOCAL",
    "NEVER",
    "AccessRequest",
    "Account",
    "Act",
    "ActFacts",
    "ApiKey",
    "Appeal",
    "Approval",
    "ClaimName",
    "Conditions",
    "Countersignature",
    "Decision",
    "EvidenceUsed",
    "Facts",
    "Form",
    "Grant",
    "Hours",
    "KeyRevoked",
    "Lease",
    "Level",
    "Permit",
    "Policy",
    "Principal",
    "PrincipalType",
    "Project",
    "Purpose",
    "Query",
    "Quota",
    "Resolution",
    "Review",
    "Revocation",
    "RevocationLifted",
    "Role",
    "Scope",
    "Sensitivity",
    "Surface",
    "Target",
    "TierForm",
    "TierRequest",
    "UseClass",
    "Verdict",
    "VerifiedClaim",
]
