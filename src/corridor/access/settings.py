"""What an operator can set about access."""

from pydantic import BaseModel, ConfigDict, Field


class TierTerms(BaseModel):
    """What this node asks for before a model of one tier may be used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    evidence_days: int = Field(ge=1)
    """The evidence in the language of use may be so old."""
    approvals: int = Field(ge=1)
    """So many different persons must have approved."""
    countries: int = Field(ge=1)
    """From so many countries."""
    identity: int = Field(ge=0, le=3)
    """How strongly the user's identity must be verified: 0 not at all, 1 low to 3 high."""
    lease_seconds: int = Field(ge=5)
    """How long another node may go on without hearing from the one that granted."""
    stays_offline: bool = False
    """Whether use may go on when that time is over."""
    review_days: int = Field(ge=1)
    """A grant is looked at again after so many days."""
    max_days: int = Field(ge=1, le=731)
    """The longest grant."""


def _tiers() -> tuple[TierTerms, TierTerms, TierTerms, TierTerms]:
    return (
        TierTerms(
            evidence_days=730,
            approvals=1,
            countries=1,
            identity=0,
            lease_seconds=86_400,
            stays_offline=True,
            review_days=365,
            max_days=731,
        ),
        TierTerms(
            evidence_days=365,
            approvals=1,
            countries=1,
            identity=1,
            lease_seconds=3_600,
            stays_offline=True,
            review_days=180,
            max_days=365,
        ),
        TierTerms(
            evidence_days=180,
            approvals=2,
            countries=1,
            identity=2,
            lease_seconds=600,
            review_days=90,
            max_days=180,
        ),
        TierTerms(
            evidence_days=90,
            approvals=2,
            countries=2,
            identity=3,
            lease_seconds=60,
            review_days=30,
            max_days=90,
        ),
    )


class IssuerSettings(BaseModel):
    """An OpenID provider whose users may sign in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str = Field(pattern=r"^https?://[^\s?#]+$")
    """Its issuer identifier; configuration is found below /.well-known/openid-configuration."""
    client_id: str
    client_secret: str | None = Field(default=None, pattern=r"^(env:[A-Z][A-Z0-9_]*|file:[^\s]+)$")
    """Where the secret is, `env:NAME` or `file:PATH` below the node's folder; never the secret."""
    level: int = Field(default=1, ge=0, le=3)
    """How strongly this provider verifies identities."""
    organisation: str | None = None
    """Of those who sign in, where no claim tells."""
    organisations: dict[str, str] = {}
    """Value of the organisation claim -> organisation of the catalogue."""
    organisation_claim: str = "org"
    groups_claim: str = "groups"
    roles: dict[str, str] = {}
    """Value among the groups -> role."""
    person_claim: str | None = None
    """The claim that is the same for all accounts of one person, where there is one."""
    single_use: bool = False
    """Whether a token of it opens one request at the gateway and no second: its `jti` is used up."""


class AccessSettings(BaseModel):
    """The `[access]` section of corridor.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tiers: tuple[TierTerms, TierTerms, TierTerms, TierTerms] = Field(default_factory=_tiers)
    """What each tier asks for, from 0 (minimal) to 3 (critical)."""
    delegated_up_to: int = Field(default=1, ge=-1, le=2)
    """Up to this tier a partner's grant for a model here needs no further word; -1: always."""
    lease_refresh_seconds: float = Field(default=15.0, gt=0)
    """How often this node vouches for its grants before partners."""
    strict_audit: bool = False
    """Whether a decision is durable in the audit log before its caller sees a result."""
    audit_seconds: float = Field(default=0.05, gt=0, le=1)
    """Else it is durable within this time."""
    wrong_keys_per_minute: int = Field(default=30, ge=1)
    """After so many wrong keys from one address that address waits."""
    session_minutes: int = Field(default=60, ge=1, le=1440)
    """How long a sign-in lasts."""
    rotation_overlap_hours: float = Field(default=24.0, ge=0)
    """How long a key still works after another was made in its place."""
    tool_call_seconds: float = Field(default=300.0, ge=1, le=86_400)
    """How long a tool call of an agent waits for a person, and how long an allowed one may begin."""
    issuers: tuple[IssuerSettings, ...] = ()
    """The OpenID providers whose users may sign in."""
