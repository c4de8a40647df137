"""What was seen of logs, who cosigned them, and what shows that one forked."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from corridor.core.records import Part, Record
from corridor.federation.ports import HEX_32


class Evidence(Part):
    """That a log was shown in two ways that exclude each other, both signed by its node.

    It holds if both notes are signed by the log's key, `proof` leads from `root` at the size of
    the smaller note to the root of the larger one, and the smaller note has another root.
    """

    smaller: str
    """A checkpoint, as a signed note."""
    larger: str
    """Another one of the same log, of the same size or a larger one."""
    root: str = Field(pattern=HEX_32)
    """The root that the larger tree has at the smaller one's size, in hex."""
    proof: tuple[str, ...] = Field(default=(), max_length=64)
    """RFC 6962 consistency proof from there to the larger root: hashes in hex."""


class Fork(Record):
    """A partner's log forked; anybody who knows its key can check that.

    It is for partners, so that all of them learn of it: those that know the accused node check the
    evidence themselves, and believe it or not.
    """

    kind: ClassVar[str] = "federation.fork"

    log: str
    """The origin of the log: the node's name, or NAME/audit."""
    public_key: str = Field(pattern=HEX_32)
    """The key that signed both notes."""
    evidence: Evidence


class Witnessed(Part):
    """What this node last cosigned of a log."""

    origin: str
    size: int
    root: bytes
    note: str
    """The checkpoint with the log's signature and this node's cosignature."""
    cosigned_at: int
    """Seconds since 1970, as in the cosignature."""


class Claimed(Part):
    """A checkpoint of a partner's log that somebody showed and that could not be compared yet."""

    origin: str
    size: int
    root: bytes
    note: str
    told_by: str
    told_at: datetime


class Taken(Part):
    """A checkpoint of one of this node's logs that was handed to witnesses."""

    log: str
    size: int
    note: str
    """With the cosignatures that came so far."""
    cosignatures: int = 0
    """Of different witnesses, verified when they came."""
    taken_at: datetime


class Cosigned(Part):
    """What a witness last cosigned of one of this node's logs."""

    log: str
    witness: str
    """Its vkey."""
    size: int | None = None
    """None if it has not cosigned yet."""
    cosigned_at: datetime | None = None
    """By the witness's clock."""
    error: str | None = None
    """Why it did not the last time."""


class WitnessState(Part):
    """How it stands with one witness."""

    name: str
    url: str
    partner: bool
    """Whether it is a partner's node; else it is one of federation.witnesses."""
    size: int | None
    """Of the last checkpoint of this node's log that it cosigned."""
    cosigned_at: datetime | None
    error: str | None


class WitnessStatus(Part):
    """How far this node's log is cosigned."""

    quorum: int
    """How many witnesses must cosign for a checkpoint to be settled."""
    settled_size: int | None
    """Of the newest settled checkpoint of the log; None if there is none."""
    settled_audit_size: int | None
    """The same of the account of this node's acts."""
    witnesses: tuple[WitnessState, ...]


class ForkStated(Part):
    """A fork that this node or a partner states."""

    stated_by: str
    believed: bool
    """Whether the evidence holds for this node, which knows the accused one's keys or does not."""
    fork: Fork


class Behind(Part):
    """A partner's log does not reach here what somebody else was shown of it."""

    log: str
    size: int
    """As it was shown to somebody else."""
    held: int
    """As it is known here."""
    shown_to: str
    since: datetime


class Unproved(Part):
    """A partner has not shown that a checkpoint of the account of its acts is of the one known here."""

    log: str
    size: int
    """How many acts it had by that checkpoint."""
    shown_to: str
    since: datetime
    reason: str
    """What it answered, or that it did not."""


class AuditChecked(Part):
    """What is known of the account of a partner's acts; never what they say."""

    log: str
    size: int
    """How many acts it has now."""
    checked: int | None
    """How many it had when this node last cosigned it: of these, nothing was removed or changed."""
    since: datetime | None
    """When that was."""
