"""Ed25519 keys, and the DSSE envelope in which every record is signed.

The envelope is DSSE v1 as in-toto uses it (https://github.com/secure-systems-lab/dsse): the
signature is over the pre-authentication encoding of payload type and payload. It proves who
signed which bytes; it says nothing of when, and nothing of whether they are true.
"""

import base64
import binascii
import hashlib
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import orjson
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from corridor.core.errors import Conflict, Invalid, NotFound

PAYLOAD_TYPE = "application/vnd.in-toto+json"
ENVELOPE = b'{"payload":"%b","payloadType":"%b","signatures":[{"keyid":"%b","sig":"%b"}]}'
"""In canonical JSON, for nothing that it takes has to be escaped."""
HEX_KEY = re.compile(r"[0-9a-fA-F]{64}")


class BadSignature(Invalid):
    """The signature does not fit the bytes and the key."""

    advice = "Do not use this record. Ask its issuer to serve its log again."


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A partner's public key."""

    raw: bytes
    """32 bytes, RFC 8032."""

    @classmethod
    def from_hex(cls, text: str) -> "PublicKey":
        """Read a public key written as 64 hex digits.

        Raises:
            Invalid: if it is anything else.
        """
        if not HEX_KEY.fullmatch(text):
            raise Invalid("A public key is 64 hex digits.")
        return cls(bytes.fromhex(text))

    @property
    def hex(self) -> str:
        """The key as 64 hex digits."""
        return self.raw.hex()

    @property
    def fingerprint(self) -> str:
        """What two people compare: the SHA-256 of the key, in groups of four hex digits."""
        digest = hashlib.sha256(self.raw).hexdigest()
        return ":".join(digest[i : i + 4] for i in range(0, 64, 4))

    def verify(self, signature: bytes, message: bytes) -> None:
        """Check a signature.

        Raises:
            BadSignature: if it does not fit.
        """
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature as error:
            raise BadSignature("The signature does not fit the key.") from error


@dataclass(frozen=True, slots=True)
class Signer:
    """A node's private key; it never leaves its file and this object."""

    _key: Ed25519PrivateKey
    public: "PublicKey" = field(init=False, repr=False)
    """The public half."""
    key_id: str = field(init=False, repr=False)
    """The SHA-256 of the public half, which names the key in an envelope."""

    def __post_init__(self) -> None:
        raw = self._key.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        object.__setattr__(self, "public", PublicKey(raw))  # the dataclass is frozen
        object.__setattr__(self, "key_id", hashlib.sha256(raw).hexdigest())

    @classmethod
    def generate(cls) -> "Signer":
        """Make a new key from the system's source of randomness."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: Path) -> "Signer":
        """Read a key from its PEM file.

        Raises:
            NotFound: if there is no such file.
            Invalid: if the file holds no Ed25519 key.
        """
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise NotFound(
                f"There is no key at {path}.", hint="Run `corridor node init` first."
            ) from error
        try:
            key = serialization.load_pem_private_key(data, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # TypeError: a password
            raise Invalid(f"{path} holds no open private key in PEM form.") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise Invalid(f"{path} holds a key of another kind; Corridor uses Ed25519.")
        return cls(key)

    def save(self, path: Path) -> None:
        """Write the key to a new file that only its owner can read (0600).

        Raises:
            Conflict: if the file exists: a key is never written over.
        """
        pem = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        try:
            write_secret(path, pem)
        except FileExistsError as error:
            raise Conflict(f"There is a key at {path} already.") from error

    @property
    def private(self) -> Ed25519PrivateKey:
        """The private half, for libraries that sign by themselves (HTTP message signatures)."""
        return self._key

    def sign(self, message: bytes) -> bytes:
        """Sign some bytes (64 bytes, RFC 8032)."""
        return self._key.sign(message)


def write_secret(path: Path, content: bytes) -> None:
    """Write a new file that only its owner can read (0600); it is there whole or not at all.

    Raises:
        FileExistsError: if there is one: a secret is never written over.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)  # unlike a rename, it never replaces
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that a DSSE signature covers (DSSE v1, section Signature Definition)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def sealed(payload: bytes, signer: Signer, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """Return the DSSE envelope of a payload, itself canonical JSON.

    The type is a media type of plain letters, so that what was signed as one thing is no other.
    """
    signature = signer.sign(pre_authentication_encoding(payload_type, payload))
    return ENVELOPE % (
        base64.b64encode(payload),
        payload_type.encode(),
        signer.key_id.encode(),
        base64.b64encode(signature),
    )


def opened(envelope: bytes, key: PublicKey, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """Return the payload of an envelope after checking that this key signed it, as of this type.

    Raises:
        Invalid: if the bytes are no DSSE envelope of ours, or of a payload of another type.
        BadSignature: if no signature in it fits the key.
    """
    try:
        value = cast("dict[str, object]", orjson.loads(envelope))
        payload = base64.b64decode(cast("str", value["payload"]), validate=True)
        kind = cast("str", value["payloadType"])
        signatures = [
            base64.b64decode(item["sig"], validate=True)
            for item in cast("list[dict[str, str]]", value["signatures"])
        ]
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError) as error:
        raise Invalid("This is not a DSSE envelope.") from error
    if kind != payload_type:
        raise Invalid(f"The envelope holds {kind!r}, not {payload_type!r}.")
    message = pre_authentication_encoding(kind, payload)
    if not any(_fits(key, signature, message) for signature in signatures[:8]):
        raise BadSignature(
            "No signature in the envelope fits the key.", fingerprint=key.fingerprint
        )
    return payload


def _fits(key: PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except BadSignature:
        return False
    return True
