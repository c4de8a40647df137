"""Where the key lies that prompts and answers of safety suites are sealed with: apart from them."""

from dataclasses import dataclass
from pathlib import Path

from corridor.core.sealing import Sealer, secret_at

FILE_NAME = "safety.secret"
"""In the node's folder. What it seals is in the folder of evaluation."""


@dataclass(frozen=True, slots=True)
class Vault:
    """The key of one node, read when it is first needed."""

    home: Path

    def sealer(self) -> Sealer:
        """Return what seals and opens.

        Raises:
            Unavailable: if the file cannot be read or written.
            Conflict: if it is damaged.
        """
        return Sealer.of(secret_at(self.home / FILE_NAME), "safety texts")
