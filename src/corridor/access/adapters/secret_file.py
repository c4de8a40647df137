"""The node's access secret: 32 random bytes in a file that only its owner can read.

Whoever has it can confirm guesses of pseudonyms; whoever loses it has to issue every key anew.
"""

from pathlib import Path

from corridor.access.rules.secrets import Secrets
from corridor.core.sealing import secret_at

FILE_NAME = "access.secret"
"""In the node's folder."""
LOST = "With a new one, no key that was issued opens anything."


def secrets_at(home: Path) -> Secrets:
    """Return the keys of a node's access secret, which is made at first use.

    Raises:
        Unavailable: if it cannot be read or written.
        Conflict: if the file is damaged.
    """
    return Secrets.of(secret_at(home / FILE_NAME, LOST))
