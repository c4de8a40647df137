"""The salted commitment: what a log holds of an envelope, so that no guess can confirm it."""

import hashlib

from corridor.core.errors import Invalid

SALT_BYTES = 32


def commitment_of(salt: bytes, content: bytes) -> bytes:
    """Return SHA-256(salt || content), the log's entry for an envelope or an audited act.

    Raises:
        Invalid: if the salt has not 32 bytes.
    """
    if len(salt) != SALT_BYTES:
        raise Invalid(f"A salt has {SALT_BYTES} bytes.")
    return hashlib.sha256(salt + content).digest()
