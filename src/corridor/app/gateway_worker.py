"""`corridor node worker`: one more process that answers callers of the same node.

It serves `/v1` alone, on a port of its own behind whatever balances: no exchange with partners, no
jobs, no control API. It decides by the same log and writes into the same account as the node's own
process, whose lock on the folder it leaves alone; it goes on while that process is restarted. What
it learned of providers that fail is its own.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog
import uvicorn
from fastapi import FastAPI

from corridor.access import Account, Decider
from corridor.access.jobs import Accountant
from corridor.app.background import kept_going
from corridor.app.http import NodeApp, show_health
from corridor.app.keys import KeyChanges, check_unchanged
from corridor.app.serve import bound_socket
from corridor.catalogue import Catalogue
from corridor.core.errors import CorridorError
from corridor.edge.runtime import Runtime
from corridor.gateway import Gateway, Proxy
from corridor.gateway.jobs import Follower, LimitKeeper
from corridor.gateway.routes import OpenAIDoor

KEY_SECONDS = 0.5
"""How often it looks whether it still has the node's key."""

log = structlog.get_logger()


def serve_worker(runtime: Runtime, host: str, port: int) -> None:
    """Serve `/v1` until told to end (SIGINT, SIGTERM), or until the node's key is another one.

    Raises:
        KeyChanges: if the node's key was changed since the runtime was assembled, or is while it serves.
        PortInUse: if the port is taken.
    """
    with bound_socket(host, port) as listener:
        check_unchanged(runtime)
        app = FastAPI(lifespan=_answering, docs_url=None, redoc_url=None, openapi_url=None)
        app.get("/health")(show_health)
        config = uvicorn.Config(
            NodeApp(app, OpenAIDoor(runtime.service(Proxy))),  # pyright: ignore[reportArgumentType]
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=5,
        )
        server = uvicorn.Server(config)
        app.state.runtime, app.state.server = runtime, server
        server.run(sockets=[listener])  # on uvloop, where there is one
    check_unchanged(runtime)


@asynccontextmanager
async def _answering(app: FastAPI) -> AsyncGenerator[None]:
    """Follow the log and write the account while the worker is served."""
    runtime: Runtime = app.state.runtime
    proxy, stop = runtime.service(Proxy), asyncio.Event()
    follower = Follower(runtime.store, runtime.service(Gateway), runtime.service(Catalogue), proxy)
    await follower.follow()
    own = runtime.service(Decider).settings
    accountant = Accountant(runtime.store, runtime.service(Account), own)
    async with accountant.at_work(), asyncio.TaskGroup() as tasks:
        proxy.admission.recorder = accountant
        tasks.create_task(kept_going("gateway", lambda: follower.run(stop), stop))
        keeper = LimitKeeper(runtime.store, proxy.limits)
        tasks.create_task(kept_going("limits", lambda: keeper.run(stop), stop))
        tasks.create_task(_ends_with_key(runtime, app.state.server, stop))
        try:
            yield
        finally:
            stop.set()


async def _ends_with_key(runtime: Runtime, server: uvicorn.Server, stop: asyncio.Event) -> None:
    """End the serving when the node's key is another one; what this one signs is refused then."""
    while not stop.is_set():
        try:
            check_unchanged(runtime)
        except KeyChanges as error:
            log.warning("worker.key_changed", reason=error.message)
            server.should_exit = True
            return
        except (CorridorError, OSError) as error:
            log.warning("worker.key_unreadable", error=type(error).__name__)
        try:
            await asyncio.wait_for(stop.wait(), KEY_SECONDS)
        except TimeoutError:
            continue
