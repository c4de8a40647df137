"""One worker as its supervisor sees it: a process, the line to it, and what it said last."""

import asyncio
import signal
import socket
import sys
import time
from asyncio.subprocess import Process
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog
from pydantic import ValidationError

from corridor.app.health import Health
from corridor.app.workers.beats import (
    METRICS,
    METRICS_SECONDS,
    SILENCE_SECONDS,
    Metered,
    State,
    WorkerStatus,
)
from corridor.core.clock import Clock

PROGRAM = "corridor.app.workers"
MOST_SAID = 16 * 1024 * 1024
"""Bytes of one line of a worker."""

log = structlog.get_logger()


@dataclass(slots=True)
class Hand:
    """A worker that was started."""

    process: Process
    line: socket.socket
    since: datetime
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    ready_at: float | None = None
    beat: Health | None = None
    draining: bool = False
    code: int | None = None
    """Its exit code, once it has ended."""
    _to: asyncio.StreamWriter | None = None
    """Over which it is asked."""
    _metered: "asyncio.Future[str | None] | None" = None
    """What it is about to say of what it counted."""

    @property
    def status(self) -> WorkerStatus:
        """How it is."""
        return WorkerStatus(
            pid=self.process.pid, since=self.since, state=self._state, beat=self.beat
        )

    @property
    def _state(self) -> State:
        if self.draining:
            return "draining"
        if self.beat is None:
            return "starting"
        return "ready" if self.beat.fresh else "stale"

    async def watched(self) -> int:
        """Hear what it says until it ends; return its exit code. One that hangs is ended."""
        hearing = asyncio.create_task(self._hear())
        try:
            self.code = await self.process.wait()
        finally:
            hearing.cancel()
            self._told_metrics(None)
            self.line.close()
            self.ended.set()
        return self.code

    async def metrics(self) -> str | None:
        """Ask what it counted; None if it does not say so in time."""
        if self._to is None or self.beat is None or self.ended.is_set():
            return None
        if self._metered is None or self._metered.done():
            self._metered = asyncio.get_running_loop().create_future()
            self._to.write(METRICS)
        with suppress(TimeoutError):
            async with asyncio.timeout(METRICS_SECONDS):
                return await asyncio.shield(self._metered)
        return None

    def drain(self) -> None:
        """Let it finish what is under way, and end."""
        self.draining = True
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            self.process.kill()

    async def _hear(self) -> None:
        reader, writer = await asyncio.open_connection(sock=self.line, limit=MOST_SAID)
        self._to = writer
        try:
            while True:
                async with asyncio.timeout(SILENCE_SECONDS):
                    said = await reader.readline()
                if not said:
                    return
                self._heard(said)
        except TimeoutError:
            log.error("gateway.worker.hangs", pid=self.process.pid)
            self.kill()
        finally:
            self._to = None
            writer.close()

    def _heard(self, said: bytes) -> None:
        try:
            if said.startswith(b'{"metrics"'):
                self._told_metrics(Metered.model_validate_json(said).metrics)
                return
            self.beat = Health.model_validate_json(said)
        except ValidationError:  # of another version of the program
            log.warning("gateway.worker.unintelligible", pid=self.process.pid)
        if self.ready_at is None:
            self.ready_at = time.monotonic()
            self.ready.set()

    def _told_metrics(self, text: str | None) -> None:
        if self._metered is not None and not self._metered.done():
            self._metered.set_result(text)


async def started(home: Path, listener: socket.socket, clock: Clock) -> Hand:
    """Start a worker: a new process with the program as it is on the disk now."""
    ours, its = socket.socketpair()
    with its:
        words = ("--home", str(home), "--listener", str(listener.fileno()))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *(f"-W{option}" for option in sys.warnoptions),
            "-m",
            PROGRAM,
            *words,
            "--line",
            str(its.fileno()),
            stdin=asyncio.subprocess.DEVNULL,
            pass_fds=(listener.fileno(), its.fileno()),
            start_new_session=True,  # Ctrl-C is for the supervisor, who drains it
        )
    ours.setblocking(False)
    return Hand(process, ours, clock())
