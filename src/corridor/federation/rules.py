"""What is shown to whom, and what is believed of a partner. Pure: the same input, the same answer.

An entry is believed when its commitment, its issuer's signature and its fields fit. That the log
is the same for everybody and only grows is not decided here but by the root over all entries.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from corridor.core.checkpoints import Checkpoint, verified_note
from corridor.core.errors import Invalid
from corridor.core.records import Record
from corridor.core.signing import opened
from corridor.core.statements import Claim, claim_of, interpreted
from corridor.core.store import Leaf, commitment_of
from corridor.federation.errors import (
    AddressMismatch,
    FingerprintMismatch,
    LogForked,
    LogRolledBack,
    NotUnderstood,
    Refused,
)
from corridor.federation.ports import PROTOCOL, Card, LogEntry
from corridor.federation.records import Content, Partner, Verified

DEFAULT_PORTS = {"http": 80, "https": 443}


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


def node_url(text: str) -> str:
    """Return a node's address in its one spelling: lower case, no default port, no slash at the end.

    Raises:
        Invalid: if it is not an http or https address, or has a query, a fragment or a user.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError as error:
        raise Invalid(f"{text!r} is not an address: {error}.") from error
    extra = parts.query or parts.fragment or parts.username is not None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or extra:
        raise Invalid(
            f"{text!r} is not a node's address.", hint="It looks like https://corridor.example.org."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    shown_port = "" if port in {None, DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{host}{shown_port}{parts.path.rstrip('/')}"


def check_card(card: Card, partner: Partner, fingerprint: str) -> None:
    """Check that the node which showed this card is the one that the operator means.

    Raises:
        FingerprintMismatch: if its key has another fingerprint than the one read out.
        Invalid: if it has another name or speaks another version of the exchange.
        AddressMismatch: if it does not know itself by this address, so that requests signed for
            the address would be refused.
    """
    if _plain(fingerprint) != _plain(partner.key.fingerprint):
        raise FingerprintMismatch(
            f"The key of {partner.name} at {partner.url} has the fingerprint "
            f"{partner.key.fingerprint}, not the one given."
        )
    if card.name != partner.name:
        raise Invalid(f"The node at {partner.url} is {card.name}, not {partner.name}.")
    if card.protocol != PROTOCOL:
        raise NotUnderstood(f"{card.name} speaks version {card.protocol} of the exchange, not 1.")
    if node_url(card.url) != partner.url:
        raise AddressMismatch(
            f"{card.name} answers at {partner.url}, and is reached at {card.url}."
        )


def shown(leaf: Leaf, to_partner: bool) -> LogEntry:
    """Return what an asker may see of an entry of our own log."""
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
        Refused: if it is malformed, of another log, or not signed by the partner.
    """
    try:
        return verified_note(note, partner.name, partner.key)
    except Invalid as error:
        raise Refused(
            f"{partner.name}'s checkpoint does not hold: {error.message}", partner=partner.name
        ) from error


def check_growth(checkpoint: Checkpoint, held: int) -> None:
    """Check that a log of which `held` entries are known has not become shorter.

    Raises:
        LogRolledBack: if it has.
    """
    name, size = checkpoint.origin, checkpoint.size
    if size < held:
        raise LogRolledBack(
            f"{name} signed a log of {size} entries; its log had {held} before.",
            partner=name,
            position=size,
        )


def check_root(checkpoint: Checkpoint, size: int, root: bytes, held: int) -> None:
    """Check that what a partner showed, now and before, is the log that it signed.

    Raises:
        LogForked: if size or root differ.
    """
    if (size, root) != (checkpoint.size, checkpoint.root):
        raise LogForked(
            f"{checkpoint.origin} signed a log of {checkpoint.size} entries whose root is not the "
            f"one over the {size} entries that it showed, of which {held} were known before.",
            partner=checkpoint.origin,
            position=held,
        )


def verified(
    entries: Sequence[LogEntry], start: int, partner: Partner, expected: Expectations
) -> tuple[Verified, ...]:
    """Verify a stretch of a partner's log, each entry by itself.

    Raises:
        Refused: at the first entry that does not hold, with partner and position.
    """
    return tuple(
        _verified(entry, position, partner, expected)
        for position, entry in enumerate(entries, start)
    )


def wait_seconds(failures: int, usual: float, longest: float, chance: float) -> float:
    """Return how long to wait before asking again: doubled by each failure, and spread by chance.

    Half of the wait is fixed and half is `chance` (0 to 1), so that nodes do not ask in step.
    """
    if failures == 0:
        return usual
    wait = min(longest, usual * 2 ** min(failures, 32))
    return wait * (0.5 + chance / 2)


def _plain(fingerprint: str) -> str:
    return "".join(fingerprint.split()).replace(":", "").lower()


def _verified(entry: LogEntry, position: int, partner: Partner, expected: Expectations) -> Verified:
    try:
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
    return Verified(position, bytes.fromhex(entry.commitment), content)


def _content(
    entry: LogEntry, position: int, partner: Partner, expected: Expectations
) -> Content | None:
    if entry.position != position:
        raise Invalid(f"the entry there says it is number {entry.position}: there is a gap.")
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
    claim = claim_of(opened(envelope, partner.key))
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
    if common.made_at > latest:
        raise Invalid(f"the record is dated {common.made_at:%Y-%m-%d %H:%M} UTC, in the future.")
