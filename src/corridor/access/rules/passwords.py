"""How passwords of local accounts are kept: by scrypt (RFC 7914), with a salt for each.

They are for one machine, and the only factor there; so they are long, as NIST SP 800-63B asks
(https://pages.nist.gov/800-63-4/sp800-63b.html).
"""

import hashlib
import unicodedata

from corridor.core.errors import Invalid

SALT_BYTES = 16
MIN_CHARACTERS = 15
MAX_CHARACTERS = 256
COST, BLOCK, PARALLEL = 2**15, 8, 3
"""scrypt's N, r and p: 32 MiB at a time, three times."""
_MEMORY_BYTES = 128 * COST * BLOCK + 1024 * 1024


def check_password(password: str, name: str) -> None:
    """Check that a new password can be taken.

    Raises:
        Invalid: if it is too short or too long, or made of one character or the name.
    """
    text = unicodedata.normalize("NFC", password)
    if not MIN_CHARACTERS <= len(text) <= MAX_CHARACTERS:
        raise Invalid(
            f"A password has {MIN_CHARACTERS} to {MAX_CHARACTERS} characters.",
            hint="Several words that have nothing to do with each other are easy to remember.",
        )
    if len(set(text)) < 5 or text.lower().replace(name, "") == "":
        raise Invalid("This password is too easy to guess.", hint="Take several words.")


def password_digest(password: str, salt: bytes) -> bytes:
    """Return what is kept of a password, 32 bytes."""
    text = unicodedata.normalize("NFC", password[: MAX_CHARACTERS + 1]).encode(
        "utf-8", "surrogatepass"
    )
    return hashlib.scrypt(
        text, salt=salt, n=COST, r=BLOCK, p=PARALLEL, maxmem=_MEMORY_BYTES, dklen=32
    )
