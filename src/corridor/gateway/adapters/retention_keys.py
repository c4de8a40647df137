"""The keys of what is retained: one for each day on which something expires, none for days gone by.

The file holds one secret, and the day that it is of. Each day's secret is derived from that of the
day before (HKDF-SHA-256, RFC 5869), and a day's key from its secret; neither can be derived
backwards. When a day is over, the file is written anew with the next day's secret: what expired on
the day before can then be read by nobody, wherever a copy of it lies, unless they have an older
copy of this file.
"""

import os
import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from corridor.core.errors import Conflict, Unavailable
from corridor.core.sealing import read_or_made
from corridor.core.signing import write_secret

FILE_NAME = "retention.secret"
"""In the node's folder."""
SECRET_BYTES, DAY_BYTES = 32, 4


@dataclass(slots=True)
class DayKeys:
    """The keys of one node."""

    path: Path
    _day: int = -1
    """The first day whose secret is known here; -1 before the file was read."""
    _secrets: dict[int, bytes] = field(default_factory=dict[int, bytes], repr=False)
    _turn: threading.RLock = field(default_factory=threading.RLock)

    def key(self, day: int, today: int) -> bytes | None:
        """Return the key of a day, in days since the epoch; None if the day is gone.

        Raises:
            Unavailable: if the file cannot be read or written.
            Conflict: if it is damaged.
        """
        with self._turn:
            self._read(today)
            if day < self._day:
                return None
            secret, at = self._nearest(day)
            while at < day:
                secret, at = _derived(secret, "next"), at + 1
                self._secrets[at] = secret
            return _derived(secret, "key")

    def advance(self, today: int) -> bool:
        """Forget the secrets of days that are over; return whether there were any.

        Raises:
            Unavailable: if the file cannot be written.
        """
        with self._turn:
            if not self.path.exists():
                return False
            self._day = -1  # another process may have moved on
            self._read(today)
            if today <= self._day:
                return False
            self.key(today, today)
            self._write(today, self._secrets[today])
            self._secrets = {day: each for day, each in self._secrets.items() if day >= today}
            self._day = today
            return True

    def _nearest(self, day: int) -> tuple[bytes, int]:
        at = max(each for each in self._secrets if each <= day)
        return self._secrets[at], at

    def _read(self, today: int) -> None:
        if self._day >= 0:
            return
        try:
            content = self._content(today)
        except OSError as error:
            raise Unavailable(f"{self.path} cannot be used: {error.strerror}.") from error
        if len(content) != SECRET_BYTES + DAY_BYTES:
            raise Conflict(
                f"{self.path} is damaged.",
                hint="Move it away: a new one is made, and what was retained is lost.",
            )
        self._day = int.from_bytes(content[:DAY_BYTES], "big")
        self._secrets = {self._day: content[DAY_BYTES:]}

    def _content(self, today: int) -> bytes:
        first = today.to_bytes(DAY_BYTES, "big")
        return read_or_made(self.path, lambda: first + secrets.token_bytes(SECRET_BYTES))

    def _write(self, day: int, secret: bytes) -> None:
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        try:
            write_secret(draft, day.to_bytes(DAY_BYTES, "big") + secret)
            draft.replace(self.path)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise Unavailable(f"{self.path} cannot be written: {error.strerror}.") from error


def _derived(secret: bytes, use: str) -> bytes:
    info = f"corridor retention {use} v1".encode()
    return HKDF(SHA256(), length=SECRET_BYTES, salt=None, info=info).derive(secret)
