"""Whom an operator means by a name, an address and a fingerprint."""

import base64
import binascii
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from corridor.core.canonical import canonical
from corridor.core.errors import Invalid
from corridor.core.notes import from_base64
from corridor.core.signing import BadSignature, PublicKey, Signer
from corridor.federation.errors import (
    AddressMismatch,
    FingerprintMismatch,
    InvitationOver,
    NotAnInvitation,
    NotUnderstood,
)
from corridor.federation.ports import INVITATION, PROTOCOL, Acceptance, Card, Invitation
from corridor.federation.records import Partner

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_INVITATION = 4_096
STATEMENTS: dict[type[BaseModel], bytes] = {
    Invitation: b"corridor invitation v1\n",
    Acceptance: b"corridor acceptance v1\n",
}
"""What a signature of each begins with, so that none can be shown as one of the other kind."""
SignedT = TypeVar("SignedT", Invitation, Acceptance)


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


def signed(draft: SignedT, signer: Signer) -> SignedT:
    """Return an invitation or an acceptance with its signature."""
    signature = base64.b64encode(signer.sign(_statement(draft))).decode()
    return draft.model_copy(update={"signature": signature})


def check_signed(shown: Invitation | Acceptance) -> None:
    """Check that the node whose key is in it signed an invitation or an acceptance.

    Raises:
        NotAnInvitation: if not.
    """
    try:
        signature = from_base64(shown.signature, "The signature")
        PublicKey.from_hex(shown.public_key).verify(signature, _statement(shown))
    except (Invalid, BadSignature) as error:
        raise NotAnInvitation(f"It is not signed by {shown.name}: {error.message}") from error


def as_text(invitation: Invitation) -> str:
    """Return an invitation as one line that can be mailed."""
    packed = canonical(invitation.model_dump(mode="json"))
    return INVITATION + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def invitation_of(text: str) -> Invitation:
    """Read an invitation that somebody mailed; white space in it is passed over.

    Raises:
        NotAnInvitation: if it is none, or its signature does not fit the key in it.
    """
    line = "".join(text.split())
    if not line.startswith(INVITATION) or len(line) > MAX_INVITATION:
        raise NotAnInvitation(f"An invitation begins with {INVITATION} and is one line.")
    packed = line.removeprefix(INVITATION)
    try:
        data = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        invitation = Invitation.model_validate_json(data)
    except (ValueError, binascii.Error, ValidationError) as error:
        raise NotAnInvitation("The invitation cannot be read: part of it is missing.") from error
    check_signed(invitation)
    return invitation


def check_invitation(invitation: Invitation, fingerprint: str, now: datetime) -> None:
    """Check that an invitation is of the node whose operator read out a fingerprint, and in time.

    Raises:
        FingerprintMismatch: if another key signed it.
        InvitationOver: if it has expired.
    """
    key = PublicKey.from_hex(invitation.public_key)
    if not is_same(fingerprint, key):
        raise FingerprintMismatch(
            f"The invitation of {invitation.name} is signed by the key {key.fingerprint}, not by "
            "the one given."
        )
    if invitation.expires <= now:
        raise InvitationOver(
            f"The invitation of {invitation.name} was good until "
            f"{invitation.expires:%Y-%m-%d %H:%M} UTC."
        )


def is_same(fingerprint: str, key: PublicKey) -> bool:
    """Say whether a fingerprint, as a person typed it, is that of a key."""
    return _plain(fingerprint) == _plain(key.fingerprint)


def check_card(card: Card, partner: Partner, fingerprint: str) -> None:
    """Check that the node which showed this card is the one that the operator means.

    Raises:
        FingerprintMismatch: if its key has another fingerprint than the one read out.
        Invalid: if it has another name or speaks another version of the exchange.
        AddressMismatch: if it does not know itself by this address, so that requests signed for
            the address would be refused.
    """
    if not is_same(fingerprint, partner.key):
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


def _plain(fingerprint: str) -> str:
    return "".join(fingerprint.split()).replace(":", "").lower()


def _statement(shown: Invitation | Acceptance) -> bytes:
    fields = shown.model_dump(mode="json", exclude={"signature"})
    return STATEMENTS[type(shown)] + canonical(fields)
