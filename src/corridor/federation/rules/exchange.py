"""What is shown to whom, and what is believed of a partner's log.

An entry is believed when it is in the tree that the partner signed, and its commitment, its
issuer's signature and its fields fit. That the tree is the same for everybody is not decided here.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from corridor.core.checkpoints import Checkpoint, checkpoint_of, verified_note
from corridor.core.commitments import commitment_of
from corridor.core.errors import Invalid
from corridor.core.merkle import leaf_hash
from corridor.core.notes import note_of
from corridor.core.records import Record
from corridor.core.signing import BadSignature, opened
from corridor.core.statements import Claim, claim_of, interpreted
from corridor.core.store import Leaf
from corridor.federation.errors import (
    LogForked,
    LogRolledBack,
    NotSigned,
    Refused,
)
from corridor.federation.ports import LogEntry
from corridor.federation.records import Content, Evidence, Partner, Verified

KIND = re.compile(r"[a-z][a-z0-9_.-]{0,127}")
LARGEST_VERSION = 2**31 - 1


class Common(BaseModel):
    """The fields that every record has, those of unknown kinds included."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(pattern=r"^[0-9a-f]{32}$")
    made_at: AwareDatetime
    visibility: Literal["partners", "public"]


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the receiving side knows when it verifies."""

    kinds: Mapping[str, type[Record]]
    """Every kind of record understood here."""
    latest: datetime
    """No record may be dated later."""


def shown(leaf: Leaf, to_partner: bool) -> LogEntry:
    """Return what an asker may see of an entry of a log."""
    commitment = leaf.commitment.hex()
    if leaf.visibility == "public" or (to_partner and leaf.visibility == "partners"):
        envelope = base64.b64encode(leaf.envelope).decode()
        return LogEntry(
            position=leaf.position, commitment=commitment, salt=leaf.salt.hex(), envelope=envelope
        )
    return LogEntry(position=leaf.position, commitment=commitment)


def verified_checkpoint(note: str, partner: Partner) -> Checkpoint:
    """Return the checkpoint in a partner's note.

    Raises:
        NotSigned: if it is not signed by the partner's key.
        Refused: if it is malformed or of another log.
    """
    try:
        return verified_note(note, partner.name, partner.key)
    except Invalid as error:
        kind = NotSigned if isinstance(error, BadSignature) else Refused
        raise kind(
            f"{partner.name}'s checkpoint does not hold: {error.message}", partner=partner.name
        ) from error


def checkpoint_in(note: str) -> Checkpoint:
    """Return the checkpoint in a note that was verified before."""
    return checkpoint_of(note_of(note))


def says_the_same(note: str, other: str | None) -> bool:
    """Say whether two notes have one text, whoever signed them."""
    return other is not None and note.partition("\n\n")[0] == other.partition("\n\n")[0]


def rolled_back(checkpoint: Checkpoint, held: int) -> LogRolledBack:
    """Return that a log has become shorter, or an old state of it is shown."""
    name, size = checkpoint.origin, checkpoint.size
    return LogRolledBack(
        f"{name} signed a log of {size} entries; its log had {held} before.",
        partner=name,
        position=size,
    )


def forked(checkpoint: Checkpoint, held: int, evidence: Evidence | None = None) -> LogForked:
    """Return that a log is not the one of which `held` entries are known."""
    return LogForked(
        f"{checkpoint.origin} signed a log of {checkpoint.size} entries that is not the log of "
        f"which {held} entries were known before.",
        evidence=evidence,
        partner=checkpoint.origin,
        position=min(held, checkpoint.size),
    )


def evidence_of(smaller: str, larger: str, root: bytes, proof: Sequence[bytes]) -> Evidence:
    """Return that two signed notes exclude each other."""
    return Evidence(
        smaller=smaller,
        larger=larger,
        root=root.hex(),
        proof=tuple(each.hex() for each in proof),
    )


def wait_seconds(failures: int, usual: float, longest: float, chance: float) -> float:
    """Return how long to wait before asking again: doubled by each failure, and spread by chance.

    Half of the wait is fixed and half is `chance` (0 to 1), so that nodes do not ask in step.
    """
    wait = min(max(longest, usual), usual * 2 ** min(failures, 32))
    return wait * (0.5 + chance / 2)


def verified(
    entries: Sequence[LogEntry],
    start: int,
    leaves: Sequence[bytes],
    partner: Partner,
    expected: Expectations,
) -> tuple[Verified, ...]:
    """Verify a stretch of a partner's log against the leaf hashes of its tree there.

    Raises:
        Refused: at the first entry that does not hold, with partner and position.
    """
    return tuple(
        _verified(entry, position, leaf, partner, expected)
        for position, (entry, leaf) in enumerate(zip(entries, leaves, strict=True), start)
    )


def _verified(
    entry: LogEntry, position: int, leaf: bytes, partner: Partner, expected: Expectations
) -> Verified:
    try:
        commitment = _commitment(entry, position, leaf)
        content = _content(entry, position, partner, expected)
    except (Invalid, UnicodeError) as error:  # UnicodeError: a lone surrogate in a field's name
        reason = (
            error.message if isinstance(error, Invalid) else "it holds text that is no Unicode."
        )
        raise Refused(
            f"{partner.name}, position {position}: {reason}",
            partner=partner.name,
            position=position,
        ) from error
    return Verified(position, commitment, content)


def _commitment(entry: LogEntry, position: int, leaf: bytes) -> bytes:
    if entry.position != position:
        raise Invalid(f"the entry there says it is number {entry.position}: there is a gap.")
    commitment = bytes.fromhex(entry.commitment)
    if leaf_hash(commitment) != leaf:
        raise Invalid("the entry is not the one in the tree that the partner signed.")
    return commitment


def _content(
    entry: LogEntry, position: int, partner: Partner, expected: Expectations
) -> Content | None:
    if entry.salt is None and entry.envelope is None:
        return None
    if entry.salt is None or entry.envelope is None:
        raise Invalid("salt and envelope come together or not at all.")
    try:
        envelope = base64.b64decode(entry.envelope, validate=True)
    except (ValueError, binascii.Error) as error:
        raise Invalid("the envelope is not base64.") from error
    salt = bytes.fromhex(entry.salt)
    if commitment_of(salt, envelope).hex() != entry.commitment:
        raise Invalid("the envelope does not fit its commitment.")
    claim = claim_of(opened(envelope, partner.key_at(position)))
    if claim.issuer != partner.name:
        raise Invalid(f"the record claims to be issued by {claim.issuer}.")
    _check_common(claim, expected.latest)
    known = interpreted(claim, expected.kinds) is not None
    return Content(salt, envelope, claim, known)


def _check_common(claim: Claim, latest: datetime) -> None:
    try:
        common = Common.model_validate(claim.body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"the record is malformed at {place}: {first['msg']}.") from error
    numbers = (claim.version, claim.minor)
    if not KIND.fullmatch(claim.kind) or not all(0 <= each <= LARGEST_VERSION for each in numbers):
        raise Invalid("the record has a kind or version that no program could have given it.")
    if common.made_at > latest:
        raise Invalid(f"the record is dated {common.made_at:%Y-%m-%d %H:%M} UTC, in the future.")
