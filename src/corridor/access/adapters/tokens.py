"""Tokens between gateways: a JWS in its compact form (RFC 7515), of one kind and no other.

Signed with Ed25519 under its fully specified name (RFC 9864). The header is compared byte for
byte, so there is no algorithm to choose, no key to name and nothing to fetch; the payload is
canonical JSON, so what was signed is what is read.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from corridor.access.errors import NotTrusted
from corridor.access.records.borders import Presented
from corridor.core.canonical import canonical, parsed
from corridor.core.doors import late
from corridor.core.errors import Invalid
from corridor.core.signing import PublicKey, Signer

if TYPE_CHECKING:
    from joserfc import errors, jwk, jws
else:  # only a node with grants across a border takes them in
    errors, jwk, jws = late("joserfc.errors"), late("joserfc.jwk"), late("joserfc.jws")

ALGORITHM = "Ed25519"
TYPE = "corridor-grant+jwt"
HEADER = {"alg": ALGORITHM, "typ": TYPE}
MOST_BYTES = 4096


def is_ours(token: str) -> bool:
    """Tell whether a token says of itself that it is one between gateways; nothing is checked."""
    return token.partition(".")[0] == _FIRST


def signed(presented: Presented, signer: Signer) -> str:
    """Return the token that says something of a request."""
    payload = canonical(presented.model_dump(mode="json"))
    key = jwk.OKPKey.import_key(signer.private)
    return jws.serialize_compact(HEADER, payload, key, algorithms=[ALGORITHM])


def verified(token: str, keys: Mapping[str, PublicKey]) -> Presented:
    """Return what a token says, after checking that its issuer, one of these, signed it.

    Raises:
        NotTrusted: if it is no token of ours, or not signed by the node that it names.
    """
    if len(token) > MOST_BYTES or not token.isascii():
        raise NotTrusted("The token is too long, or not of plain letters.")
    header, _, rest = token.partition(".")
    if header != _FIRST:
        raise NotTrusted(f"The token is not of type {TYPE}, signed with {ALGORITHM}.")
    presented = _claims(rest.partition(".")[0])
    key = keys.get(presented.iss)
    if key is None:
        raise NotTrusted(f"The token is of {presented.iss}, which is no active partner.")
    try:
        jws.deserialize_compact(token, _key(key), algorithms=[ALGORITHM])
    except (errors.JoseError, ValueError) as error:
        raise NotTrusted(f"{presented.iss} did not sign this token.") from error
    return presented


def _claims(part: str) -> Presented:
    try:
        padding = "=" * (-len(part) % 4)
        payload = base64.b64decode(part + padding, altchars=b"-_", validate=True)
        return Presented.model_validate(parsed(payload))
    except (binascii.Error, Invalid, ValidationError) as error:
        raise NotTrusted("The token does not say what such a token says.") from error


def _key(key: PublicKey) -> "jwk.OKPKey":
    return jwk.OKPKey.import_key(Ed25519PublicKey.from_public_bytes(key.raw))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


_FIRST = _encoded(canonical(HEADER))
