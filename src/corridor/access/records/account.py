"""The account: what was decided and answered, and what a month's report tells of it in counts."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field

from corridor.access.records.decisions import Facts
from corridor.catalogue import Sha256
from corridor.core.records import Part, Record

Side = Literal["allowed", "denied"]
Dimension = Literal["reason", "tier", "purpose", "language", "day"]


class Decided(Part):
    """One decision as the account keeps it; nothing of what was asked or answered is in it."""

    request_id: str = Field(min_length=1, max_length=64)
    at: float
    """When it was decided, in seconds since the epoch."""
    who: str = Field(max_length=64)
    """A pseudonym: of an own principal before this node, or the one that a partner's node gave."""
    home: str = Field(max_length=64)
    """The node that knows who it is."""
    organisation: str = Field(max_length=64)
    project: str = Field(max_length=64)
    model: str = Field(max_length=64)
    model_sha256: str = Field(max_length=64)
    purpose: str = Field(max_length=64)
    language: str = Field(max_length=64)
    surface: str = Field(max_length=64)
    grant_id: str = Field(max_length=64)
    allowed: bool
    reasons: tuple[str, ...]
    """Codes; the first is the one that counts in reports."""
    policies: tuple[str, ...]
    policy_version: str = Field(max_length=64)
    evidence_ids: tuple[str, ...]
    revocation_ids: tuple[str, ...]
    facts: Facts
    """What the policies saw."""
    request_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """Of the request's body, where there is one."""
    order: str = Field(default="", max_length=1000)
    """In which order a route's providers were to be asked, and why; empty where there is no route."""


class Answered(Part):
    """That a request which was allowed has been answered."""

    request_id: str = Field(min_length=1, max_length=64)
    at: float
    who: str = Field(max_length=64)
    answer_sha256: Sha256
    """Of the bytes that were sent."""
    complete: bool = True
    """False where the caller left, or it broke, before the end."""
    grant_id: str = Field(default="", max_length=64)
    """The grant by which it was allowed."""
    tokens: int | None = Field(default=None, ge=0, le=10**12)
    """What went in and came out, as the provider counts it; None where nobody said."""


class Accounted(Part):
    """A decision, where it is in the audit log, and its answer's hash where there was one."""

    log: str
    position: int
    decided: Decided
    answer_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What a report needs of one decision."""

    home: str
    who: str
    at: float
    allowed: bool
    reason: str
    tier: int
    purpose: str
    language: str
    policy_version: str


class Fault(Part):
    """Where the index and the audit log do not say the same, or the log is not whole."""

    position: int
    message: str


class Checked(Part):
    """What checking one audit log found."""

    log: str
    size: int
    root: str
    """In hex: what partners cosign."""
    decisions: int
    """How many of its entries are decisions that the index has."""
    faults: tuple[Fault, ...]


class Cell(Part):
    """How many decisions had something in common."""

    label: str
    count: int = Field(ge=1)


class Breakdown(Part):
    """The decisions of one side by one thing, each counted once."""

    by: Dimension
    side: Side
    cells: tuple[Cell, ...]
    """Those that may be told; what is not named here may be hidden, or may not have happened."""
    rest: int = Field(ge=0)
    """How many decisions are in the hidden ones together."""


class Asking(Part):
    """The requests for access that were decided upon in the month; None is hidden."""

    decided: int | None
    granted: int | None
    refused: int | None
    median_hours: float | None = None
    p90_hours: float | None = None


class Section(Part):
    """What concerns one node: its people's use here, and requests for access to its models.

    None is hidden: the group is small.
    """

    home: str
    decisions: int | None
    """Shown only where both parts of it are."""
    allowed: int | None
    denied: int | None
    breakdowns: tuple[Breakdown, ...]
    asking: Asking


class Report(Record):
    """A month of access decisions in counts that hide small groups; told to partners.

    It names size and root of the audit log when it was made. A partner that cosigned the log can
    show that the account was there, and has not been changed since.
    """

    kind: ClassVar[str] = "access.report"

    month: str = Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")
    """UTC."""
    hidden_below: int = Field(ge=5)
    """Of people, and of decisions, in any group that can be told apart."""
    sections: tuple[Section, ...]
    policy_versions: tuple[str, ...]
    audit_log: str
    audit_size: int = Field(ge=0)
    audit_root: Sha256


class Vouch(Part):
    """What this node can say of the audit log that a partner's report names."""

    state: Literal["covered", "behind", "not_proved"]
    """covered: this node cosigned a tree that begins with that very log. behind: it cosigned
    nothing so large yet. not_proved: the trees are not one log, as far as the partner showed."""
    cosigned_size: int | None
    """Of the tree that this node cosigned last; None where there is none."""
