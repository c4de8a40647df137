"""What one node can recompute and nobody else: digests of keys, pseudonyms, marks of persons.

All of it is HMAC-SHA-256 (RFC 2104) under keys that are derived from the node's access secret by
HKDF (RFC 5869), one for each use. Without the secret a digest can be confirmed by no guess.
"""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_BYTES = 32
PSEUDONYM_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Secrets:
    """The keys of one node's access secret, one for each use."""

    keys: bytes = field(repr=False)
    pseudonyms: bytes = field(repr=False)
    persons: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: bytes) -> "Secrets":
        """Derive the keys from the node's access secret, 32 bytes."""
        if len(secret) != SECRET_BYTES:
            raise ValueError("The access secret must have 32 bytes.")
        return cls(
            _derived(secret, "keys"), _derived(secret, "pseudonyms"), _derived(secret, "persons")
        )

    def key_digest(self, key: str) -> str:
        """Return what is kept of an API key, 64 hex digits."""
        return hmac.digest(self.keys, key.encode(), sha256).hex()

    def pseudonym(self, principal: str, audience: str) -> str:
        """Return who a principal is before one node, 32 hex digits; before each another."""
        text = f"{audience}\0{principal}".encode()
        return hmac.digest(self.pseudonyms, text, sha256).hex()[:PSEUDONYM_DIGITS]

    def person_mark(self, value: str) -> str:
        """Return what tells that two accounts are one natural person's, 64 hex digits."""
        return hmac.digest(self.persons, value.encode(), sha256).hex()


def _derived(secret: bytes, use: str) -> bytes:
    info = f"corridor access {use} v1".encode()
    return HKDF(SHA256(), length=SECRET_BYTES, salt=None, info=info).derive(secret)
