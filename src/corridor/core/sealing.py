"""Bytes at rest that only the holder of a node's secret can read: AES-256-GCM, each under its own nonce.

A secret is a file of random bytes that its owner alone can read, made when it is first needed. Who has a
copy of what is sealed and not of the secret has nothing; who loses the secret has lost what is sealed.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from corridor.core.errors import Conflict, Unavailable
from corridor.core.signing import write_secret

SECRET_BYTES, NONCE_BYTES = 32, 12


class CannotOpen(Conflict):
    """What was sealed cannot be read: its secret is another one, or it was changed."""

    advice = "Restore the secret's file from a backup; without it nobody can read what was sealed."


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seal and open bytes under one key."""

    key: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: bytes, use: str) -> "Sealer":
        """Derive the key of one use from a secret (HKDF-SHA-256, RFC 5869)."""
        info = f"corridor {use} v1".encode()
        return cls(HKDF(SHA256(), length=SECRET_BYTES, salt=None, info=info).derive(secret))

    def seal(self, data: bytes, bound: bytes) -> bytes:
        """Return sealed bytes, which open only together with what they are bound to."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, data, bound)

    def open(self, sealed: bytes, bound: bytes) -> bytes:
        """Return what was sealed.

        Raises:
            CannotOpen: if the key is another one, or the bytes or what they are bound to changed.
        """
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return AESGCM(self.key).decrypt(nonce, rest, bound)
        except (InvalidTag, ValueError) as error:
            raise CannotOpen("What was sealed cannot be opened.") from error


def secret_at(path: Path, lost: str = "A new one opens nothing that was sealed before.") -> bytes:
    """Return the secret in a file, which is made at first use; `lost` says what a new one would mean.

    Raises:
        Unavailable: if it cannot be read or written.
        Conflict: if the file is damaged.
    """
    try:
        content = read_or_made(path, lambda: secrets.token_bytes(SECRET_BYTES))
    except OSError as error:
        raise Unavailable(f"{path} cannot be used: {error.strerror}.") from error
    if len(content) != SECRET_BYTES:
        raise Conflict(
            f"{path} is damaged: it has {len(content)} bytes, not {SECRET_BYTES}.",
            hint=f"Restore it from a backup. {lost}",
        )
    return content


def read_or_made(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return what is in a secret's file; make it if there is none, unless another process just did.

    Raises:
        OSError: if it cannot be read or written.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        content = make()
    try:
        write_secret(path, content)
    except FileExistsError:
        return path.read_bytes()
    return content
