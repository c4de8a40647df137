"""Who there is: people, services and agents of organisations, and what was verified about them.

All of it is internal: no name of a person leaves the node. Partners learn pseudonyms.
"""

from datetime import UTC, datetime
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from corridor.catalogue import Name
from corridor.core.records import Record, RecordId

PrincipalType = Literal["person", "service", "agent"]
Role = Literal["operator", "approver", "evaluator", "member", "auditor"]
Level = Literal["low", "substantial", "high"]
"""How strongly something was verified, in the words of eIDAS."""
ClaimName = Literal["identity", "affiliation", "nationality", "residence", "target", "training"]
LEVELS: dict[Level, int] = {"low": 1, "substantial": 2, "high": 3}

EVER = datetime.min.replace(tzinfo=UTC)
LOCAL = "local"
"""The issuer of accounts of this machine."""


class Principal(Record):
    """Somebody or something that may ask: the newest record of a name counts."""

    kind: ClassVar[str] = "access.principal"

    name: Name
    type: PrincipalType
    organisation: Name
    """An organisation of the catalogue; its country is the principal's side in an approval."""
    roles: tuple[Role, ...] = ()
    responsible: Name | None = None
    """The person who answers for a service or an agent."""
    active: bool = True
    """False for one who has left."""
    reason: str = ""
    """Why it changed, where it did."""


class Account(Record):
    """By which account a principal is recognised: issuer and subject."""

    kind: ClassVar[str] = "access.account"

    principal: Name
    issuer: str = Field(min_length=1, max_length=500)
    """`local`, or the issuer of an OpenID provider, an https address."""
    subject: str = Field(min_length=1, max_length=255)


class VerifiedClaim(Record):
    """The result of a verification, never the document."""

    kind: ClassVar[str] = "access.claim"

    principal: Name
    claim: ClaimName
    value: str = Field(max_length=200)
    """The result: `JP`, `employee`, `owns 192.0.2.0/24`."""
    level: Level
    verified_by: str = Field(max_length=500)
    """Who verified it: an issuer that this node trusts, a person of this node, or `operator`."""
    method: str = Field(max_length=200)
    """How: `oidc`, `in person`, `registry`."""
    until: AwareDatetime
    """After this it is not known any more."""
    same_person: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """A keyed hash of what tells one natural person from another, equal for all their accounts."""


class Project(Record):
    """What a key and a grant are for: work of one organisation."""

    kind: ClassVar[str] = "access.project"

    name: Name
    title: str = Field(max_length=200)
    organisation: Name
    purpose: Name | None = None
    """Assumed for requests that declare none."""


class ApiKey(Record):
    """A key, as far as the node knows it: by a keyed hash of it."""

    kind: ClassVar[str] = "access.key"
    minor: ClassVar[int] = 1

    principal: Name
    project: Name | None = None
    """None for a personal key, which opens the control side and no model."""
    label: str = Field(max_length=100)
    prefix: str = Field(max_length=20)
    """The beginning of the key, by which people name it."""
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    """HMAC-SHA-256 of the key under the node's own secret."""
    models: tuple[str, ...] = ()
    """The services and providers it may be used for; `*` is all."""
    expires_at: AwareDatetime | None = None
    replaces: RecordId | None = None
    """The key in whose place it was made."""
    by_holder: bool = False
    """Made by whoever showed the key that it replaces, not by the operator."""


class KeyRevoked(Record):
    """A key that opens nothing any more, from a moment on."""

    kind: ClassVar[str] = "access.key_revoked"

    key_id: RecordId
    effective: AwareDatetime
    """Later than `made_at` where a rotation lets both keys work for a while."""
    reason: str = Field(max_length=2_000)

    @property
    def closes(self) -> datetime:
        """From when on the key opens nothing; ever, if it was closed at once: no clock opens it again."""
        return self.effective if self.effective > self.made_at else EVER
