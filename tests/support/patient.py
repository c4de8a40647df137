"""Waiting with patience: how long an answer takes says nothing on a busy machine.

Where a promise names a time, it is held to by `OwnTime`: a second of it is a second of a machine that
has nothing else to do, and lasts longer where others take the processor.
"""

import math
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

import httpx2

PATIENCE_SECONDS = 60
get = partial(httpx2.get, timeout=PATIENCE_SECONDS)
post = partial(httpx2.post, timeout=PATIENCE_SECONDS)
put = partial(httpx2.put, timeout=PATIENCE_SECONDS)

LAP_SECONDS, LAP_STEPS = 0.008, 20_000
"""A lap sleeps and works, as what is measured does: both last longer beside others."""


@dataclass
class OwnTime:
    """The seconds that a quiet machine would have needed: laps, each as long as the shortest was."""

    shortest: ClassVar[float] = math.inf
    laps: int = 0
    _stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def seconds(self) -> float:
        """How long it was since the beginning."""
        return self.since(0)

    def since(self, lap: int) -> float:
        """Return how long it was since a lap."""
        return (self.laps - lap) * OwnTime.shortest if self.laps > lap else 0.0

    def run(self) -> None:
        """Run laps until stopped."""
        while not self._stopped.is_set():
            began = time.monotonic()
            time.sleep(LAP_SECONDS)
            for _ in range(LAP_STEPS):
                pass
            OwnTime.shortest = min(OwnTime.shortest, time.monotonic() - began)
            self.laps += 1

    def stop(self) -> None:
        """Let it stand still."""
        self._stopped.set()


@contextmanager
def own_time() -> Generator[OwnTime]:
    """Measure from the beginning of the block."""
    clock = OwnTime()
    thread = threading.Thread(target=clock.run, name="own time")
    thread.start()
    try:
        yield clock
    finally:
        clock.stop()
        thread.join()
