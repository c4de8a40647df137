"""The program of one worker: it answers callers of a node, and does nothing else.

It serves `/v1`, `/health` and `/metrics` alone: no exchange with partners, no jobs, no control API. It decides
by the same log and writes into the same account as the node's own process, whose lock on the folder
it leaves alone; it goes on while that process is restarted. It ends when the node's key is another
one, so that its successor takes that, and when its supervisor is gone. What it learned of providers
that fail is its own.
"""

import argparse
import asyncio
import socket
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import structlog
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from corridor.access import Account, Decider
from corridor.access.jobs import Accountant
from corridor.app.answers import Receive, Send, health_answer, lived
from corridor.app.assembly import open_node
from corridor.app.health import Health, health_of
from corridor.app.keeping import kept_going
from corridor.app.keys import KeyChanges, check_unchanged
from corridor.app.logs import configure_logs
from corridor.app.serve import limits_of
from corridor.app.workers.beats import BEAT_SECONDS, METRICS, CrewMetrics, Metered
from corridor.app.workers.desk import asked
from corridor.catalogue import Catalogue
from corridor.core.errors import CorridorError, Unavailable
from corridor.edge.problems import NotTheOperator, problem
from corridor.edge.runtime import Runtime
from corridor.edge.serving import Server, server_of, settle_memory, share_one_heap
from corridor.edge.terminal import report_error
from corridor.gateway import Gateway, Proxy
from corridor.gateway.adapters.metrics import together
from corridor.gateway.jobs import Follower, LimitKeeper, keep_retained
from corridor.gateway.routes import OpenAIDoor, as_metrics, check_reader, metrics_of

KEY_SECONDS = 0.5
"""How often it looks whether it still has the node's key."""
SAYING_SECONDS = 5.0
"""How long the supervisor may take to hear a line."""

log = structlog.get_logger()


@dataclass(slots=True)
class Worker:
    """One worker: the application, and what it does by itself while it is served."""

    runtime: Runtime
    line: socket.socket
    door: OpenAIDoor
    server: Server | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Whoever has it may say something to the supervisor."""
    _saying: "set[asyncio.Task[None]]" = field(default_factory=set["asyncio.Task[None]"])

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Handle one request, or the start and end of the server."""
        if scope["type"] == "lifespan":
            await lived(receive, send, self._at_work())
        elif str(scope["path"]).startswith("/v1/"):
            await self.door(scope, receive, send)
        elif scope["path"] == "/health":
            answer: Response = health_answer(self.health())
            await answer(dict(scope), receive, send)  # pyright: ignore[reportArgumentType]  as NodeApp
        elif scope["path"] == "/metrics":
            request = Request(dict(scope))
            answer = await self._metrics(request)
            await answer(dict(scope), receive, send)  # pyright: ignore[reportArgumentType]  as NodeApp
        else:
            hint = (
                "A worker serves /v1, /health and /metrics; the control API is at the node's own "
                "address."
            )
            await _send(send, 404, {"title": "There is no such address here.", "hint": hint})

    def health(self) -> Health:
        """Say how it is."""
        return health_of(self.runtime, self._server)

    async def _metrics(self, request: Request) -> Response:
        """Return what all workers counted: any of them may be the one that is asked."""
        try:
            check_reader(request, self.runtime)
            told = await asyncio.to_thread(asked, self.runtime.home, "metrics")
            return as_metrics(together(CrewMetrics.model_validate_json(told).workers))
        except (CorridorError, ValidationError) as error:
            if isinstance(error, NotTheOperator):
                return problem(request, error)
            away = Unavailable("The supervisor of the workers does not say what they counted.")
            return problem(request, away)

    @property
    def _server(self) -> Server:
        if self.server is None:
            raise RuntimeError("The worker is not served yet.")
        return self.server

    @asynccontextmanager
    async def _at_work(self) -> AsyncGenerator[None]:
        """Follow the log and write the account; the first snapshot is there when the block begins."""
        runtime, stop = self.runtime, asyncio.Event()
        proxy = runtime.service(Proxy)
        follower = Follower(
            runtime.store, runtime.service(Gateway), runtime.service(Catalogue), proxy
        )
        await follower.follow()
        own = runtime.service(Decider).settings
        accountant = Accountant(runtime.store, runtime.service(Account), own)
        async with accountant.at_work(), asyncio.TaskGroup() as tasks:
            proxy.admission.recorder = accountant
            tasks.create_task(kept_going("gateway", lambda: follower.run(stop), stop))
            tasks.create_task(kept_going("retention", lambda: keep_retained(runtime, stop), stop))
            keeper = LimitKeeper(runtime.store, proxy.limits)
            tasks.create_task(kept_going("limits", lambda: keeper.run(stop), stop))
            tasks.create_task(kept_going("key", lambda: self._ends_with_key(stop), stop))
            tasks.create_task(kept_going("line", lambda: self._ends_with_line(stop), stop))
            tasks.create_task(kept_going("beats", lambda: self._beats(stop), stop))
            try:
                yield
            finally:
                stop.set()

    async def _ends_with_key(self, stop: asyncio.Event) -> None:
        """End the serving when the node's key is another one; what this one signs is refused then."""
        while not await _over(stop, KEY_SECONDS):
            try:
                check_unchanged(self.runtime)
            except KeyChanges as error:
                log.warning("worker.key_changed", reason=error.message)
                self._server.should_exit = True
                return
            except (CorridorError, OSError) as error:
                log.warning("worker.key_unreadable", error=type(error).__name__)

    async def _ends_with_line(self, stop: asyncio.Event) -> None:
        """End the serving when the supervisor is gone: another one would want the port."""
        loop, gone = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.line, self._hear, gone)
        try:
            while not await _over(stop, BEAT_SECONDS):
                if gone.is_set():
                    log.warning("worker.alone")
                    self._server.should_exit = True
                    return
        finally:
            loop.remove_reader(self.line)

    def _hear(self, gone: asyncio.Event) -> None:
        """Hear what the supervisor asks, or that it is gone."""
        try:
            said = self.line.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        if not said:
            asyncio.get_running_loop().remove_reader(self.line)
            gone.set()
        elif METRICS in said:
            counted = Metered(metrics=metrics_of(self.runtime).decode())
            task = asyncio.create_task(self._say(counted))
            self._saying.add(task)
            task.add_done_callback(self._saying.discard)

    async def _say(self, what: BaseModel) -> None:
        """Say something to the supervisor, one line after the other."""
        line = what.model_dump_json().encode() + b"\n"
        with suppress(OSError, TimeoutError):  # it is gone, or does not listen
            async with self._turn, asyncio.timeout(SAYING_SECONDS):
                await asyncio.get_running_loop().sock_sendall(self.line, line)

    async def _beats(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if self._server.started:
                await self._say(self.health())
            await _over(stop, BEAT_SECONDS if self._server.started else 0.01)


async def _over(stop: asyncio.Event, seconds: float) -> bool:
    """Wait a while; say whether it is over meanwhile."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
    return stop.is_set()


async def _send(send: Send, status: int, value: object) -> None:
    body = orjson.dumps(value)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def work(home: Path, listener: socket.socket, line: socket.socket) -> None:
    """Serve until told to end, until the node's key is another one, or the supervisor is gone.

    Raises:
        KeyChanges: if the node's key was changed since the runtime was assembled.
    """
    share_one_heap()
    runtime = open_node(home)
    with closing(runtime.store), closing(line):
        check_unchanged(runtime)
        proxy = runtime.service(Proxy)
        worker = Worker(runtime, line, OpenAIDoor(proxy))
        worker.server = server_of(worker, limits_of(proxy.settings))
        worker.server.on_started = settle_memory
        worker.server.run(sockets=[listener])


def main() -> None:
    """Read what the supervisor handed over, and serve."""
    words = argparse.ArgumentParser(prog="corridor gateway worker")
    words.add_argument("--home", type=Path, required=True)
    words.add_argument("--listener", type=int, required=True)
    words.add_argument("--line", type=int, required=True)
    given = words.parse_args()
    configure_logs(verbose=True, as_json=True)
    line = socket.socket(fileno=given.line)
    line.setblocking(False)
    try:
        work(given.home, socket.socket(fileno=given.listener), line)
    except CorridorError as error:
        sys.exit(report_error(error))
