"""Deciding: what is asked at the door, the facts that policies see, and what was decided.

`Facts` is the one contract between this program and policies: its fields are the context of a
Cedar request, the schema of policies is made from it, and it is what an audit entry keeps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["allow", "deny"]
GrantState = Literal["none", "in_force", "ended", "not_yet", "other_model"]
EvidenceState = Literal["none", "withdrawn", "other_language", "in_force"]
LeaseState = Literal["own", "held", "behind", "ended"]

NEVER = 100_000
"""Days since something that never happened."""


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody wants to do now."""

    principal: str
    """The name of one of this node's principals, or the pseudonym that a partner's node gave."""
    project: str
    model: str
    model_sha256: str
    surface: str = "api"
    purpose: str = ""
    """Empty where none is declared: then the project's."""
    language: str = "und"
    issuer: str = ""
    """The partner's node that sent a pseudonym; empty for this node's own principals."""
    key_id: str = ""
    grant_id: str = ""
    """The grant that a partner's node named."""
    overseer: bool = False
    """A person who watches over it was named."""
    tools: tuple[str, ...] = ()
    """The tools that may be called, where it is an agent."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that policies can decide by. Unknown is always the value that opens least."""

    # who
    home: str
    """The node that knows the principal."""
    here: bool
    """The principal is this node's own."""
    principal_type: str
    active: bool
    """The principal is known and has not left."""
    organisation: str
    country: str
    """Of the organisation; empty where unknown."""
    roles: tuple[str, ...]
    identity_level: int
    """0 unknown, 1 low, 2 substantial, 3 high; of a verification that has not ended."""
    project: str
    project_known: bool
    # what
    model: str
    tier: int
    """0 to 3; 3 where nobody rated the model."""
    tier_known: bool
    evidence_limit_days: int
    """What the node asks for at this tier, here and in the next four."""
    approvals_needed: int
    countries_needed: int
    identity_needed: int
    stays_offline: bool
    """A lease that has ended closes nothing."""
    delegated: bool
    """The node lets the other side grant at this tier by itself."""
    surface: str
    purpose: str
    purpose_listed: bool
    use_class: str
    language: str
    hour: int
    """Of the day, UTC."""
    # the grant
    grant: str
    """none, in_force, ended, not_yet, or other_model (only one for another digest)."""
    grant_tier: int
    """-1 without a grant."""
    grant_language: bool
    """The grant covers the language."""
    grant_approvals: int
    grant_countries: int
    """How many countries' approvers agreed, those of countersignatures included."""
    countersigned: bool
    """The other node's word on the same bytes is there, where one is needed from it."""
    countersign_refused: bool
    issuer_may_grant: bool
    """The grant's issuer may grant this: the model is its own, or the principal is."""
    lease: str
    """own (issued here), held, behind (its revocations are not all known here) or ended."""
    review_overdue_days: int
    within_hours: bool
    within_quota: bool
    needs_human: bool
    overseer: bool
    tools_granted: bool
    checks_tools: bool
    # the evidence
    evidence: str
    """none, withdrawn, other_language or in_force."""
    evidence_days: int
    """Age of the newest in the language."""
    # what is closed
    closed: tuple[str, ...]
    """The scopes of the revocations and suspensions in force that concern it."""


Act = Literal["drill.start", "drill.watch", "drill.abort"]
"""What a person may be permitted to do on a service, beside using it."""


@dataclass(frozen=True, slots=True)
class ActFacts:
    """All that policies can decide by where a person does something with a service."""

    organisation: str
    roles: tuple[str, ...]
    identity_level: int
    """0 unknown, 1 low, 2 substantial, 3 high; of a verification that has not ended."""
    critical: bool
    """The node keeps drills from the live traffic of the service."""
    share_percent: int
    """Of its live requests, rounded up, the largest stage of the drill concerns so many."""
    hour: int
    """Of the day, UTC."""


@dataclass(frozen=True, slots=True)
class Permit:
    """That a person may do something, by which policies; kept in the audit log."""

    by: str
    """The person's name, which stays on this node."""
    pseudonym: str
    """Who it is in records that leave the node."""
    policies: tuple[str, ...]
    policy_version: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, on what, and until when it can be said again without looking."""

    outcome: Outcome
    reasons: tuple[str, ...]
    """Codes: of what forbade it, or `no_grant`, or `granted`."""
    policies: tuple[str, ...]
    """The policies that decided."""
    facts: Facts
    policy_version: str
    grant_id: str = ""
    evidence_ids: tuple[str, ...] = ()
    revocation_ids: tuple[str, ...] = ()
    conditions: Mapping[str, object] = field(default_factory=dict[str, object])
    """What the door has to keep to: retention, tools, checking of tool calls."""
    good_from: float = 0.0
    """When it was made, in seconds since the epoch: a clock can be set back behind it."""
    good_until: float = 0.0
    """Seconds since the epoch; facts that depend on the time may change then."""

    @property
    def allowed(self) -> bool:
        """Whether it may go on."""
        return self.outcome == "allow"
