"""Texts of attacks and of what came of them: on the node only, each sealed under its own digest."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import orjson

from corridor.assurance.ports import Sealing
from corridor.core.errors import NotFound, Unavailable

SUFFIX = ".sealed"


class NotHere(NotFound):
    """The text is not on this node, or not any more."""

    advice = "It never leaves the node on which it was written. Ask its writers."


def digest_of(value: object) -> str:
    """Return the digest under which a value is kept, whether or not it is."""
    return hashlib.sha256(orjson.dumps(value)).hexdigest()


@dataclass(frozen=True, slots=True)
class SealedTexts:
    """A folder of sealed values, which are JSON."""

    folder: Path
    vault: Sealing

    def keep(self, value: object) -> str:
        """Seal a value; return its digest, under which it is found again.

        Raises:
            Unavailable: if the folder cannot be written.
        """
        data, digest = orjson.dumps(value), digest_of(value)
        sealed = self.vault.sealer().seal(data, digest.encode())
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            partial = self.folder / f".{secrets.token_hex(8)}"
            with partial.open("xb") as file:
                file.write(sealed)
                os.fsync(file.fileno())
            partial.rename(self.folder / f"{digest}{SUFFIX}")
        except OSError as error:
            raise Unavailable(f"{self.folder} cannot be written: {error.strerror}.") from error
        return digest

    def read(self, digest: str) -> object:
        """Return a value.

        Raises:
            NotHere: if there is none of this digest.
            CannotOpen: if it was sealed with another key, or changed.
        """
        try:
            sealed = (self.folder / f"{digest}{SUFFIX}").read_bytes()
        except FileNotFoundError as error:
            raise NotHere(f"There is no text {digest[:12]}… here.") from error
        return cast("object", orjson.loads(self.vault.sealer().open(sealed, digest.encode())))
