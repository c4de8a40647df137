"""The node's access secret: 32 random bytes in a file that only its owner can read.

Whoever has it can confirm guesses of pseudonyms; whoever loses it has to issue every key anew.
"""

import secrets
from pathlib import Path

from corridor.access.rules.secrets import SECRET_BYTES, Secrets
from corridor.core.errors import Conflict, Unavailable
from corridor.core.signing import write_secret

FILE_NAME = "access.secret"
"""In the node's folder."""


def secrets_at(home: Path) -> Secrets:
    """Return the keys of a node's access secret, which is made at first use.

    Raises:
        Unavailable: if it cannot be read or written.
        Conflict: if the file is damaged.
    """
    path = home / FILE_NAME
    try:
        content = _read(path) or _made(path)
    except OSError as error:
        raise Unavailable(f"{path} cannot be used: {error.strerror}.") from error
    if len(content) != SECRET_BYTES:
        raise Conflict(
            f"{path} is damaged: it has {len(content)} bytes, not {SECRET_BYTES}.",
            hint="Restore it from a backup. With a new one, no key that was issued opens anything.",
        )
    return Secrets.of(content)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _made(path: Path) -> bytes:
    """Make the secret, or return the one that another process has made meanwhile."""
    content = secrets.token_bytes(SECRET_BYTES)
    try:
        write_secret(path, content)
    except FileExistsError:
        return path.read_bytes()
    return content
