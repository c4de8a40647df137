"""The exchange in the background: look at every partner's log, each at its own pace.

A partner that is slow or fails delays no other; it is asked less and less often until it answers.
A look that finds nothing new writes nothing and says nothing.
"""

import asyncio
import random
from collections.abc import Coroutine
from secrets import SystemRandom
from typing import Any, TypeVar

import structlog

from corridor.core.errors import CorridorError, Unavailable
from corridor.edge.runtime import Runtime
from corridor.federation.records import Partner, Pulled, Round
from corridor.federation.rules import wait_seconds
from corridor.federation.service import Federation

ACTOR = "federation"
ResultT = TypeVar("ResultT")

log = structlog.get_logger()


class Stopped(Exception):
    """The program ends; whatever was asked of a partner is dropped."""


async def keep_synced(
    runtime: Runtime, stop: asyncio.Event, chance: random.Random | None = None
) -> None:
    """Keep every partner's log in step until told to stop; new partners are picked up."""
    spread = chance or SystemRandom()
    settings = runtime.service(Federation).settings
    followed: set[str] = set()
    async with asyncio.TaskGroup() as tasks:
        while not stop.is_set():
            try:
                partners = await asyncio.to_thread(_partners, runtime)
            except Unavailable as error:  # the store; it may come back
                log.warning("federation.store_unavailable", reason=error.message)
                partners = []
            for partner in partners:
                if partner.name not in followed:
                    followed.add(partner.name)
                    tasks.create_task(_follow(runtime, partner.name, stop, spread))
            await _pause(stop, settings.sync_seconds)


async def _follow(runtime: Runtime, name: str, stop: asyncio.Event, chance: random.Random) -> None:
    settings = runtime.service(Federation).settings
    failures, told = 0, ""
    while not stop.is_set():
        try:
            pulled = await _pull(runtime, name, stop)
        except Stopped:
            return
        except CorridorError as error:
            failures += 1
            if error.message != told:
                told = error.message
                log.warning("federation.pull_failed", partner=name, reason=told)
        else:
            if pulled.entries or failures:
                log.info("federation.pulled", **pulled.model_dump())
            failures, told = 0, ""
        wait = wait_seconds(
            failures, settings.sync_seconds, settings.backoff_seconds, chance.random()
        )
        await _pause(stop, wait)


async def _pull(runtime: Runtime, name: str, stop: asyncio.Event) -> Pulled:
    partner, start = await asyncio.to_thread(_place, runtime, name)
    try:
        found = await _unless(stop, runtime.service(Federation).fetch(partner, start))
        return await asyncio.to_thread(_index, runtime, partner, found)
    except CorridorError as error:
        await asyncio.to_thread(_note_failure, runtime, partner, error)
        raise


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Do some work, or drop it as soon as told to stop; a transaction is never dropped half way."""
    doing, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise Stopped
        return doing.result()
    finally:
        for task in (doing, stopping):
            task.cancel()
        await asyncio.gather(doing, stopping, return_exceptions=True)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


def _partners(runtime: Runtime) -> list[Partner]:
    with runtime.store.view() as view:
        return runtime.service(Federation).known(view)


def _place(runtime: Runtime, name: str) -> tuple[Partner, int]:
    with runtime.store.view() as view:
        return runtime.service(Federation).partner(view, name), view.log_size(name)


def _index(runtime: Runtime, partner: Partner, found: Round) -> Pulled:
    federation = runtime.service(Federation)
    with runtime.store.view() as view:
        if not federation.is_news(view, partner, found):
            return Pulled(partner=partner.name)
    with runtime.store.transaction(ACTOR) as tx:
        return federation.index(tx, partner, found)


def _note_failure(runtime: Runtime, partner: Partner, error: CorridorError) -> None:
    with runtime.store.transaction(ACTOR) as tx:
        runtime.service(Federation).note_failure(tx, partner, error)
