"""How fast a provider is asked, by all processes of the node together.

A small file for each provider holds the moment from which the next request may be sent; who asks takes
that moment and moves it on by one interval, with the file locked. A provider that says it is asked too
often moves it on for everybody.
"""

import fcntl
import os
import struct
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from corridor.core.clock import Clock
from corridor.core.errors import Unavailable

MOMENT = struct.Struct("<d")
LONGEST = 3600.0
"""A moment that lies further ahead is a slip of somebody's clock, and is not waited for."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The pace of one provider."""

    path: Path
    clock: Clock
    per_second: float | None
    """None: as fast as it answers, until it says that it is too fast."""

    def turn(self) -> float:
        """Take the next turn; return for how many seconds to wait for it.

        Raises:
            Unavailable: if the file cannot be written.
        """
        now = self.clock().timestamp()
        with self._moment() as held:
            at = max(now, _believable(held.at, now))
            if self.per_second is not None:
                held.at = at + 1 / self.per_second
        return at - now

    def pause(self, seconds: float) -> None:
        """Let nobody ask for so long.

        Raises:
            Unavailable: if the file cannot be written.
        """
        now = self.clock().timestamp()
        with self._moment() as held:
            held.at = max(_believable(held.at, now), now + min(seconds, LONGEST))

    @contextmanager
    def _moment(self) -> Generator["_Moment"]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Unavailable(f"{self.path} cannot be written: {error.strerror}.") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            data = os.pread(file, MOMENT.size, 0)
            held = _Moment(MOMENT.unpack(data)[0] if len(data) == MOMENT.size else 0.0)
            yield held
            os.pwrite(file, MOMENT.pack(held.at), 0)
        finally:
            os.close(file)


@dataclass(slots=True)
class _Moment:
    at: float


def _believable(at: float, now: float) -> float:
    return at if at <= now + LONGEST else 0.0
