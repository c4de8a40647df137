"""`corridor gateway`: what the gateway itself offers, and to serve it by several processes."""

import asyncio
import os
import signal
import socket
import time
from pathlib import Path
from typing import Annotated

import typer

from corridor.app.home import Home
from corridor.app.locks import Taken, held
from corridor.app.logs import configure_logs
from corridor.app.serve import bound_socket
from corridor.app.settings import settings_at
from corridor.app.workers.beats import CrewStatus
from corridor.app.workers.desk import asked, desk
from corridor.app.workers.supervisor import Supervisor
from corridor.core.clock import wall_clock
from corridor.core.errors import Conflict, Invalid, Unavailable
from corridor.edge.terminal import AsJson, out, show_json, show_table
from corridor.gateway import commands as gateway

commands = typer.Typer(help=gateway.commands.info.help, no_args_is_help=True)
commands.add_typer(gateway.commands)

LOCK = "gateway.lock"
"""In the node's folder; holds the supervisor's process id."""
BACKLOG = 2048
RETRY_SECONDS = 2.0
"""How long the port may still be held by workers whose supervisor was killed."""


class GatewayRuns(Conflict):
    """Another process serves workers for this node already."""

    advice = "`corridor gateway workers` shows it; `corridor gateway reload` exchanges its workers."


@commands.command("serve")
def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where callers reach the workers.")],
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="How many; without it, one a processor.")
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="The address to listen on; without it, the node's.")
    ] = None,
) -> None:
    """Answer callers of the node at one address by several processes, until Ctrl-C or SIGTERM.

    They serve /v1 alone, beside `node start` or without it. A worker that ends is replaced. SIGHUP,
    or `corridor gateway reload`, exchanges all of them without losing a request. Stop it before
    `node upgrade` and before a restore.

    Example: corridor --home var/in gateway serve --port 8810 --workers 4
    """
    configure_logs(verbose=True, as_json=True)
    home = _home_of(context)
    Home(home).require()
    settings = settings_at(home)
    try:
        with held(home / LOCK), _listening(host or settings.node.host, port) as listener:
            count = workers or len(os.sched_getaffinity(0))
            drain = settings.gateway.drain_seconds
            asyncio.run(_served(Supervisor(home, listener, count, drain, wall_clock)))
    except Taken as error:
        raise GatewayRuns(f"Process {error.pid or 'unknown'} serves workers already.") from error


@commands.command("workers")
def show_workers(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the processes that answer callers. Example: corridor --home var/in gateway workers."""
    crew = CrewStatus.model_validate_json(asked(_home_of(context), "status"))
    if as_json:
        show_json(crew.model_dump(mode="json"))
        return
    out.print(f"Process {crew.pid} serves {crew.address} by {crew.wanted} workers.")
    columns = ("pid", "since (UTC)", "state", "version", "head", "age, s", "in flight", "connected")
    rows = [
        (
            worker.pid,
            f"{worker.since:%Y-%m-%d %H:%M:%S}",
            worker.state,
            *(
                (beat.version, beat.head, beat.age_seconds, beat.in_flight, beat.connections)
                if (beat := worker.beat)
                else (None,) * 5
            ),
        )
        for worker in crew.workers
    ]
    show_table("Workers", columns, rows)
    if crew.restarts or crew.reloads:
        last = f", the last: {crew.last_reload}" if crew.last_reload else ""
        out.print(f"{crew.restarts} restarts, {crew.reloads} reloads{last}.")


@commands.command("reload")
def reload(context: typer.Context) -> None:
    """Exchange all workers for new ones, which read program and settings anew; no request is lost.

    Example: corridor --home var/in gateway reload
    """
    result = asked(_home_of(context), "reload")
    if result != "done":
        raise Unavailable(f"The workers were not exchanged: {result}.")
    out.print("New workers answer. The old ones finish what they began, and end.")


async def _served(supervisor: Supervisor) -> None:
    """Serve until a signal ends it."""
    loop, since = asyncio.get_running_loop(), supervisor.clock()
    reloading: set[asyncio.Task[str]] = set()

    def begin_reload() -> None:
        task = asyncio.create_task(supervisor.reload())
        reloading.add(task)
        task.add_done_callback(reloading.discard)

    async def answer(question: str) -> str:
        if question == "reload":
            return await supervisor.reload()
        if question == "metrics":
            return (await supervisor.metrics()).model_dump_json()
        return supervisor.status(since).model_dump_json()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, supervisor.stop.set)
    loop.add_signal_handler(signal.SIGHUP, begin_reload)
    async with desk(supervisor.home, answer):
        await supervisor.run()


def _listening(host: str, port: int) -> socket.socket:
    """Take the port and listen; callers who come before the workers are ready wait."""
    deadline = time.monotonic() + RETRY_SECONDS
    while True:
        try:
            listener = bound_socket(host, port)
            listener.listen(BACKLOG)
        except Conflict:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        except OSError as error:
            raise Invalid(
                f"Nothing can listen at {host}, port {port}: {error.strerror}."
            ) from error
        else:
            return listener


def _home_of(context: typer.Context) -> Path:
    return Path(str(context.find_root().params["home"]))
