"""Asking: what a request for access says, and what people decide on it."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field, JsonValue

from corridor.catalogue import Language, Name, Sha256
from corridor.core.records import Part, Record, RecordId

Surface = Literal["api", "chat", "batch", "agent", "evaluation", "weights"]
UseClass = Literal["general", "defensive", "dual_use", "offensive"]
Sensitivity = Literal["public", "internal", "personal", "secret"]
TargetBasis = Literal["none", "own", "operate", "authorised"]
Verdict = Literal["approve", "refuse"]


class Target(Part):
    """By which right systems or people are the object of the use (security testing)."""

    basis: TargetBasis = "none"
    reference: str = Field(default="", max_length=500)
    """Where the authorisation is kept; not the document."""


class Quota(Part):
    """How much may be used in a day; None is no limit."""

    requests: int | None = Field(default=None, ge=1)
    tokens: int | None = Field(default=None, ge=1)


class Hours(Part):
    """A part of the day, UTC; it may go over midnight."""

    start: int = Field(ge=0, le=23)
    end: int = Field(ge=0, le=23)
    """The first hour that is outside; the same as `start` is the whole day."""


class Conditions(Part):
    """Under which conditions something may be used."""

    hours: Hours | None = None
    quota: Quota = Quota()
    human_in_the_loop: bool = False
    """A request must name the person who watches over it."""
    retention_days: int | None = Field(default=None, ge=0)
    """How long answers may be kept; None where nothing was asked for or granted."""
    tools: tuple[str, ...] = ()
    """The tools that an agent may call; none otherwise."""
    check_tool_calls: bool = False
    """Each tool call is checked before it runs."""
    ask_for: tuple[str, ...] = ()
    """Those of the tools whose every call waits for a person."""


class Wanted(Part):
    """What a request says of the use, whichever model it is for."""

    requester: Name
    project: Name
    surface: Surface
    purpose: Name
    """One of the listed purposes."""
    purpose_text: str = Field(min_length=10, max_length=4_000)
    use_class: UseClass
    target: Target = Target()
    sensitivity: Sensitivity
    languages: tuple[Language, ...] = Field(min_length=1)
    affected: str = Field(default="", max_length=2_000)
    """Who is affected by the use."""
    oversight: str = Field(min_length=1, max_length=2_000)
    """Which person watches over it, and how."""
    days: int = Field(ge=1, le=731)
    conditions: Conditions = Conditions()


class Form(Wanted):
    """What a complete request for access says (every field of it is decided upon)."""

    model: Name
    model_sha256: Sha256
    node: str = Field(max_length=63)
    """The node whose model it is."""


class TierForm(Wanted):
    """What a complete request for a tier says: any model of this node that is not above it."""

    tier: int = Field(ge=0, le=3)


class AccessRequest(Record):
    """A request that was handed in; from then on it does not change."""

    kind: ClassVar[str] = "access.request"
    minor: ClassVar[int] = 1

    form: Form
    asked_by: Name
    """Who handed it in: the requester, or the person responsible for it."""
    tier_request_id: RecordId | None = None
    """The request for a tier that it came of, when an approver named this model."""


class TierRequest(Record):
    """A request for any model up to a tier; it opens nothing before an approver names exact ones."""

    kind: ClassVar[str] = "access.tier_request"

    form: TierForm
    asked_by: Name
    """Who handed it in: the requester, or the person responsible for it."""


class Approval(Record):
    """One approver's decision on a request, or on a partner's grant that waits for this node."""

    kind: ClassVar[str] = "access.approval"

    request_id: RecordId
    """Of the request, or of the partner's grant."""
    request_sha256: Sha256
    """Of the signed request or grant that the approver saw."""
    approver: Name
    verdict: Verdict
    reason: str = Field(min_length=3, max_length=4_000)
    conditions: Conditions | None = None
    """Stricter ones than were asked for."""
    languages: tuple[Language, ...] | None = None
    """Fewer than were asked for."""
    days: int | None = Field(default=None, ge=1, le=731)
    """A shorter time than was asked for."""
    appeal_id: RecordId | None = None
    """Set when it decides an appeal."""


class Appeal(Record):
    """Somebody asks that a refusal be looked at by others."""

    kind: ClassVar[str] = "access.appeal"

    request_id: RecordId
    by: Name
    text: str = Field(min_length=10, max_length=4_000)


class Draft(Part):
    """A request that is not handed in yet; any field may be missing or wrong."""

    id: str
    owner: Name
    changed_at: AwareDatetime
    fields: dict[str, JsonValue]
    """By dotted names: `conditions.quota.requests`."""
    request_id: RecordId | None = None
    """The request that it became; then it does not change any more."""


class Gap(Part):
    """What a draft still needs, or what its owner should know."""

    field: str
    why: str
    how: str
    """What to do about it."""
    blocks: bool = True
    """False for what may stay so."""


Stage = Literal["draft", "waiting", "granted", "named", "refused", "appealed", "withdrawn", "ended"]
"""named: exact models were named for a tier, and each is a request of its own."""
WaitsFor = Literal[
    "fields",
    "models",
    "approvals",
    "countries",
    "evidence",
    "hours",
    "standing",
    "countersignature",
]


class Wait(Part):
    """One thing that a request waits for."""

    waits_for: WaitsFor
    words: str
    missing: int = Field(default=0, ge=0)
    """How many more, where it is counted."""
    names: tuple[str, ...] = ()
    """Fields, countries, languages or nodes."""


class RequestState(Part):
    """How a request or a draft stands, and what it waits for."""

    id: str
    stage: Stage
    form: Form | None = None
    """None while it is a draft, or where it is for a tier."""
    tier_form: TierForm | None = None
    """Of a request for a tier."""
    asked_by: Name
    asked_at: AwareDatetime
    sha256: str = ""
    """Of the signed request: what an approver decides on."""
    tier: int | None = None
    """Of the model now, 3 where nobody rated it; or the tier that was asked for."""
    approved_by: tuple[Name, ...] = ()
    """Whose approvals count now."""
    refused_because: str = ""
    appeal_id: RecordId | None = None
    """The appeal that is to be decided, or was decided last."""
    grant_id: RecordId | None = None
    tier_request_id: RecordId | None = None
    """The request for a tier that it came of."""
    became: tuple[RecordId, ...] = ()
    """The requests for exact models that came of a request for a tier."""
    waits: tuple[Wait, ...] = ()
