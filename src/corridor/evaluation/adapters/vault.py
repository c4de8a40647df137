"""Where the key lies that prompts and answers of safety suites are sealed with: apart from them."""

from dataclasses import dataclass
from pathlib import Path

from corridor.core.sealing import CannotOpen, Sealer, secret_at

FILE_NAME = "safety.secret"
"""In the node's folder. What it seals is in the folder of evaluation, and in that of assurance."""
SEALED = "*.sealed"


@dataclass(frozen=True, slots=True)
class Vault:
    """The key of one node, read when it is first needed."""

    home: Path
    sealed: tuple[Path, ...] = ()
    """Folders with what it seals: while something is there, a key that is lost is not made anew."""

    def sealer(self) -> Sealer:
        """Return what seals and opens.

        Raises:
            CannotOpen: if the key is lost and what it sealed is there.
            Unavailable: if the file cannot be read or written.
            Conflict: if it is damaged.
        """
        path = self.home / FILE_NAME
        if not path.exists() and self._sealed_something() and not path.exists():
            raise CannotOpen(
                f"{path} is missing, and without it nobody can read what was sealed.",
                hint="Put its copy back. If there is none, move the sealed files away: "
                "a new one is made then, and opens nothing that was sealed before.",
            )
        return Sealer.of(secret_at(path), "safety texts")

    def _sealed_something(self) -> bool:
        return any(next(folder.glob(SEALED), None) is not None for folder in self.sealed)
