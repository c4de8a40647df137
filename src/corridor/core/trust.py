"""Whom a verifier trusts: the keys of logs and witnesses, as they came from elsewhere.

A trust file has one key a line: `log VKEY`, `witness VKEY`, or the vkey alone, whose type tells
which it is. `quorum N` asks for cosignatures of N of the witnesses. Empty lines and lines that
begin with # are passed over.
"""

from dataclasses import dataclass, replace

from corridor.core.errors import Invalid
from corridor.core.notes import COSIGNATURE, ED25519, VerifierKey
from corridor.core.signing import PublicKey

MAX_TRUST_BYTES = 1024 * 1024
TYPES = {"log": ED25519, "witness": COSIGNATURE}


@dataclass(frozen=True, slots=True)
class Trust:
    """The keys a verifier trusts, and how many witnesses it asks for."""

    logs: tuple[VerifierKey, ...]
    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0

    def keys_of(self, log: str) -> tuple[PublicKey, ...]:
        """Return the keys that are trusted to speak for a log."""
        return tuple(key.key for key in self.logs if key.name == log)

    def asking(self, quorum: int | None) -> "Trust":
        """Return the same trust with another quorum, or as it is for None.

        Raises:
            Invalid: if there are not so many witnesses.
        """
        asked = replace(self, quorum=self.quorum if quorum is None else quorum)
        names = {witness.name for witness in asked.witnesses}
        if not 0 <= asked.quorum <= len(names):
            raise Invalid(
                f"A quorum of {asked.quorum} can never be met by {len(names)} trusted witnesses.",
                hint="Add `witness` lines to the trust file, or ask for fewer.",
            )
        return asked


def trust_of(text: str) -> Trust:
    """Read a trust file.

    Raises:
        Invalid: if a line of it cannot be read, with its number.
    """
    if len(text) > MAX_TRUST_BYTES:
        raise Invalid("The trust file is larger than a trust file may be.")
    keys: list[VerifierKey] = []
    quorum = 0
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            if words[0] == "quorum":
                quorum = _quorum(words[1:])
            else:
                keys.append(_key(words))
        except Invalid as error:
            raise Invalid(
                f"Line {number} of the trust file cannot be read: {error.message}",
                hint="A line is `log VKEY`, `witness VKEY`, a vkey alone, or `quorum N`.",
            ) from error
    logs = tuple(dict.fromkeys(key for key in keys if key.algorithm == ED25519))
    witnesses = tuple(dict.fromkeys(key for key in keys if key.algorithm == COSIGNATURE))
    return Trust(logs, witnesses, quorum).asking(None)


def _key(words: list[str]) -> VerifierKey:
    if len(words) > 2 or (len(words) == 2 and words[0] not in TYPES):
        raise Invalid(f"{words[0][:40]!r} is neither `log` nor `witness`.")
    key = VerifierKey.from_text(words[-1])
    if len(words) == 2 and key.algorithm != TYPES[words[0]]:
        raise Invalid(
            f"A {words[0]}'s key has type {TYPES[words[0]]:#04x}, this one {key.algorithm:#04x}."
        )
    return key


def _quorum(words: list[str]) -> int:
    if len(words) != 1 or not words[0].isascii() or not words[0].isdecimal() or len(words[0]) > 6:
        raise Invalid("The quorum is not a number.")
    return int(words[0])
