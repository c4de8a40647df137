"""Access: who may use what, on which surface, for which purpose, until when, on which evidence.

Default deny. A decision rests on a grant, on evidence of the exact file in the language of use, and
on policies that anyone can read; what is missing, unknown or stale closes, and never opens.
"""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.access.errors import (
        BadPolicy,
        NoSuchKey,
        NotAllowed,
        NotKnown,
        NotPermitted,
        NotTrusted,
        SelfApproval,
        Throttled,
    )
    from corridor.access.ports import Used, UsedRequests
    from corridor.access.records import (
        AccessRequest,
        ApiKey,
        Appeal,
        Approval,
        Conditions,
        Countersignature,
        Decision,
        EvidenceUsed,
        Facts,
        Form,
        Grant,
        KeyRevoked,
        Lease,
        Permit,
        Policy,
        Principal,
        Project,
        Purpose,
        Query,
        Quota,
        Resolution,
        Review,
        Revocation,
        RevocationLifted,
        Surface,
        TierRequest,
        VerifiedClaim,
    )
    from corridor.access.records import Account as LinkedAccount
    from corridor.access.records.account import Answered, Decided, Report
    from corridor.access.records.kinds import KINDS
    from corridor.access.routes.acting import Actor, ActorTx
    from corridor.access.rules.account import decided, restated
    from corridor.access.rules.bearers import PROJECT_HEADER, holder, project_for
    from corridor.access.rules.keys import refuse_key_in_query
    from corridor.access.rules.quotas import Hold
    from corridor.access.rules.secrets import Secrets
    from corridor.access.rules.state import active_keys
    from corridor.access.service import (
        Account,
        ApiKeys,
        Bearer,
        Bearers,
        Borders,
        Cases,
        Countersigning,
        Decider,
        Explaining,
        Explanation,
        Grants,
        Identities,
        Known,
        Lowerings,
        Naming,
        People,
        Permitting,
        Policies,
        Replay,
        Reports,
        Requests,
        Resolutions,
        Revocations,
        ToolCalls,
        UseReports,
    )
    from corridor.access.settings import AccessSettings

__getattr__ = door_of(__name__)

__all__ = [
    "KINDS",
    "PROJECT_HEADER",
    "AccessRequest",
    "AccessSettings",
    "Account",
    "Actor",
    "ActorTx",
    "Answered",
    "ApiKey",
    "ApiKeys",
    "Appeal",
    "Approval",
    "BadPolicy",
    "Bearer",
    "Bearers",
    "Borders",
    "Cases",
    "Conditions",
    "Countersignature",
    "Countersigning",
    "Decided",
    "Decider",
    "Decision",
    "EvidenceUsed",
    "Explaining",
    "Explanation",
    "Facts",
    "Form",
    "Grant",
    "Grants",
    "Hold",
    "Identities",
    "KeyRevoked",
    "Known",
    "Lease",
    "LinkedAccount",
    "Lowerings",
    "Naming",
    "NoSuchKey",
    "NotAllowed",
    "NotKnown",
    "NotPermitted",
    "NotTrusted",
    "People",
    "Permit",
    "Permitting",
    "Policies",
    "Policy",
    "Principal",
    "Project",
    "Purpose",
    "Query",
    "Quota",
    "Replay",
    "Report",
    "Reports",
    "Requests",
    "Resolution",
    "Resolutions",
    "Review",
    "Revocation",
    "RevocationLifted",
    "Revocations",
    "Secrets",
    "SelfApproval",
    "Surface",
    "Throttled",
    "TierRequest",
    "ToolCalls",
    "UseReports",
    "Used",
    "UsedRequests",
    "VerifiedClaim",
    "active_keys",
    "decided",
    "holder",
    "project_for",
    "refuse_key_in_query",
    "restated",
]
