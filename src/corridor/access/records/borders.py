"""Between nodes: that another node keeps vouching for its grants, and who a pseudonym is."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from corridor.access.records.decisions import Query
from corridor.access.records.people import PrincipalType
from corridor.access.records.requests import Surface
from corridor.catalogue import Name, Sha256
from corridor.core.records import Part, Record, RecordId

NODE = r"^[a-z0-9][a-z0-9.-]{0,62}$"
PSEUDONYM = r"^[0-9a-f]{32}$"
ID = r"^[0-9a-f]{32}$"

ResolutionStage = Literal["waits", "answered", "refused"]


class Lease(Part):
    """A node's word, to one other node, that its grants stand as its log says; never a record."""

    issuer: str = Field(max_length=63)
    audience: str = Field(max_length=63)
    made_at: AwareDatetime
    log_size: int = Field(ge=0)
    """The issuer's log then: whoever has not read so far does not know of all revocations."""


class LeaseStanding(Part):
    """How it stands with the word of one other node."""

    issuer: str
    made_at: AwareDatetime | None
    """By the issuer's clock; None where it was never heard."""
    heard_at: AwareDatetime | None
    log_size: int | None
    log_known: int
    """How far the issuer's log is known here."""
    behind: bool
    """Revocations may be missing here: nothing is opened by this node's grants until it is read."""
    grants: int
    """How many of its grants for models of this node have not ended."""
    ends_at: tuple[AwareDatetime | None, ...] = ()
    """When the word ends for grants of each tier, from 0 on; None where use may go on after it."""


class Presented(Part):
    """What a partner's gateway says of one request that it passes on, in the claims of a JWT.

    It holds for this body, once, and for a minute at most. It names nobody.
    """

    model_config = ConfigDict(strict=True)

    iss: str = Field(pattern=NODE)
    """The node that knows the caller."""
    aud: str = Field(pattern=NODE)
    """The node whose model is asked for."""
    sub: str = Field(pattern=PSEUDONYM)
    """The caller, as the node that is asked knows it."""
    grant: str = Field(pattern=ID)
    """The grant's id in the log of the node that issued it."""
    project: Name
    purpose: Name
    surface: Surface
    language: str = Field(pattern=r"^[A-Za-z0-9-]{2,35}$")
    overseer: bool
    """A person who watches over it was named to the node that issued this."""
    iat: int = Field(ge=0, lt=2**53)
    """Seconds since 1970."""
    exp: int = Field(ge=0, lt=2**53)
    jti: str = Field(pattern=ID)
    """Its own id, by which it is used once."""
    body: Sha256
    """Of the request's body."""

    def query(self, model: str, model_sha256: str, tools: tuple[str, ...] = ()) -> Query:
        """Return what is to be decided, for the model that the request turned out to ask for."""
        return Query(
            principal=self.sub,
            project=self.project,
            model=model,
            model_sha256=model_sha256,
            surface=self.surface,
            purpose=self.purpose,
            language=self.language,
            issuer=self.iss,
            grant_id=self.grant,
            overseer=self.overseer,
            tools=tools,
        )


class Resolution(Record):
    """A partner asked who a pseudonym is, and what was answered; kept by both sides.

    All partners can read it, so it names nobody: who it is, is told to the one that asked, alone.
    """

    kind: ClassVar[str] = "access.resolution"

    asked_by: str = Field(max_length=63)
    """The node that asks."""
    asked_of: str = Field(max_length=63)
    """The node that can know."""
    pseudonym: str = Field(pattern=PSEUDONYM)
    grant_id: RecordId
    reason: str = Field(min_length=10, max_length=2_000)
    """Why it is asked, or answered so. It names nobody."""
    outcome: Literal["asked", "answered", "refused"]
    answers: RecordId | None = None
    """The question's id; None for a question."""


class ResolutionStanding(Part):
    """A question who a pseudonym is, and what became of it."""

    id: RecordId
    asked_by: str
    asked_of: str
    pseudonym: str
    grant_id: RecordId
    reason: str
    asked_at: AwareDatetime
    stage: ResolutionStage
    answer: str = ""
    """Why it was answered so."""
    answered_at: AwareDatetime | None = None


class Told(Part):
    """Who a pseudonym is: shown to the node that asked, and kept by nobody."""

    model_config = ConfigDict(extra="ignore")

    resolution_id: str = Field(pattern=ID)
    pseudonym: str = Field(pattern=PSEUDONYM)
    name: Name
    """What the node that knows calls the principal."""
    type: PrincipalType
    organisation: Name
    responsible: Name | None = None
    """The person who answers for a service or an agent."""
