"""How tokens of OpenID providers are judged: whose key signed them, for whom, until when.

Only asymmetric algorithms count, and only keys that the provider publishes for signing; nothing in
a token's header chooses a key but by its name. Checks as in OpenID Connect Core 1.0, section
3.1.3.7 (https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation).
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import orjson

from corridor.access.errors import NotTrusted
from corridor.core.doors import late

if TYPE_CHECKING:
    from authlib.oidc import core as openid
    from joserfc import errors, jwk, jws, jwt

    SigningKey = jwk.RSAKey | jwk.ECKey | jwk.OKPKey
else:  # only a node that trusts an issuer takes them in
    openid = late("authlib.oidc.core")
    errors = late("joserfc.errors")
    jwk, jws, jwt = late("joserfc.jwk"), late("joserfc.jws"), late("joserfc.jwt")

KEY_TYPES: Mapping[str, str] = {
    **{f"{family}{size}": "RSA" for family in ("RS", "PS") for size in (256, 384, 512)},
    **{f"ES{size}": "EC" for size in (256, 384, 512)},
    "Ed25519": "OKP",
}
"""The algorithms that are taken, with the type of key that each needs."""
MAX_TOKEN_BYTES = 16 * 1024
MAX_SUBJECT = 255
LEEWAY_SECONDS = 60
"""So far a provider's clock may differ."""
MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192
MAX_KEYS = 100


@dataclass(frozen=True, slots=True)
class Header:
    """What a token says of itself, of which nothing is proved yet."""

    algorithm: str
    key_id: str | None
    issuer: str


def header_of(token: str) -> Header:
    """Read whose a token claims to be, only to find the keys to check it with.

    Raises:
        NotTrusted: if it is none, or names an algorithm that is not taken.
    """
    parts = token.split(".") if len(token) <= MAX_TOKEN_BYTES else []
    if len(parts) != 3 or not token.isascii():
        raise NotTrusted("This is no signed token of an OpenID provider.")
    header, claims = (_object(part) for part in parts[:2])
    algorithm, key_id, issuer = header.get("alg"), header.get("kid"), claims.get("iss")
    if not isinstance(algorithm, str) or algorithm not in KEY_TYPES:
        raise NotTrusted(f"The token is signed by {str(algorithm)[:20]!r}, which is not taken.")
    if "crit" in header or "b64" in header:
        raise NotTrusted("The token's header asks for what is not done here.")
    if not isinstance(issuer, str) or not isinstance(key_id, str | None):
        raise NotTrusted("The token does not say who issued it.")
    return Header(algorithm, key_id, issuer)


def signing_keys(published: object) -> "tuple[SigningKey, ...]":
    """Return the keys that may sign tokens, of a provider's JWK set (RFC 7517).

    Symmetric keys, short ones, those for encryption and those that are not understood are left out.
    """
    listed = cast("dict[str, object]", published).get("keys") if isinstance(published, dict) else ()
    found: list[SigningKey] = []
    for each in cast("list[object]", listed)[:MAX_KEYS] if isinstance(listed, list) else ():
        if isinstance(each, dict) and (key := _key(cast("dict[str, Any]", each))):
            found.append(key)
    return tuple(found)


def fitting(keys: "tuple[SigningKey, ...]", header: Header) -> "SigningKey | None":
    """Return the key that a token says it is signed with; without a name, the only one that fits."""
    fit = [
        key
        for key in keys
        if key.key_type == KEY_TYPES[header.algorithm]
        and key.get("alg", header.algorithm) == header.algorithm
        and (header.key_id is None or key.kid == header.key_id)
    ]
    return fit[0] if len(fit) == 1 else None


def checked(
    token: str,
    header: Header,
    key: "SigningKey",
    *,
    client_id: str,
    now: float,
    nonce: str | None = None,
    access_token: str | None = None,
) -> dict[str, object]:
    """Return the claims of a token after checking all that it must fulfil.

    The nonce is checked where one was sent, the hash of the access token where the token has one.

    Raises:
        NotTrusted: if it does not hold; which claim is wrong is said, and nothing of its content.
    """
    algorithms = [header.algorithm]
    registry = jws.JWSRegistry(algorithms=algorithms, strict_check_header=False)
    try:
        found = jwt.decode(token, key, algorithms, registry)
        claims = openid.CodeIDToken(
            found.claims,
            found.header,
            {
                "iss": {"essential": True, "value": header.issuer},
                "aud": {"essential": True, "value": client_id},
                "sub": {"essential": True},
                "exp": {"essential": True},
                "iat": {"essential": True},
            },
            {"nonce": nonce, "client_id": client_id, "access_token": access_token},
        )
        claims.validate(int(now), LEEWAY_SECONDS)  # pyright: ignore[reportUnknownMemberType]  Authlib has no types of its own
    except errors.JoseError as error:
        raise NotTrusted(f"The provider's token does not hold: {error.error}.") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise NotTrusted("The provider's token cannot be read.") from error
    held = cast("dict[str, object]", found.claims)
    if not 0 < len(str(held["sub"])) <= MAX_SUBJECT:
        raise NotTrusted("The provider's token names no subject that can be kept.")
    return held


def _object(part: str) -> dict[str, object]:
    try:
        value = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, orjson.JSONDecodeError) as error:
        raise NotTrusted("This is no signed token of an OpenID provider.") from error
    if not isinstance(value, dict):
        raise NotTrusted("This is no signed token of an OpenID provider.")
    return cast("dict[str, object]", value)


def _key(fields: dict[str, Any]) -> "SigningKey | None":
    if fields.get("use", "sig") != "sig" or not _long_enough(fields):
        return None
    try:
        match fields.get("kty"):
            case "RSA":
                return jwk.RSAKey.import_key(fields)
            case "EC":
                return jwk.ECKey.import_key(fields)
            case "OKP" if fields.get("crv") == "Ed25519":
                return jwk.OKPKey.import_key(fields)
            case _:
                return None
    except (errors.JoseError, ValueError, TypeError):
        return None


def _long_enough(fields: dict[str, Any]) -> bool:
    """Tell whether an RSA key has a length that is safe, and no more than can be worked with."""
    if fields.get("kty") != "RSA":
        return True
    bits = len(str(fields.get("n", ""))) * 6
    return MIN_RSA_BITS <= bits <= MAX_RSA_BITS + 8
