"""Finding out from partners whether this node lost the end of its log, and taking it back.

Before a node serves, it asks its partners for a few seconds what they have seen: a store that was
put back to an earlier state does not know it by itself. A log that is held stays held until every
active partner has answered and nothing is missing, or the operator releases it.
"""

import asyncio
from itertools import islice

import structlog

from corridor.core.checkpoints import Checkpoint
from corridor.core.errors import CorridorError, Unavailable
from corridor.core.merkle import Edge
from corridor.core.rotations import Span
from corridor.edge.runtime import Runtime
from corridor.federation.records import LostRecords, Partner
from corridor.federation.rules.recovery import Answer, Found, Judgement, why_waiting
from corridor.federation.service import LogRecovery
from corridor.federation.service.recovery import Asked

ACTOR = "recovery"
FIRST_SECONDS = 3.0
"""How long a start waits for partners at most."""
EXPECTED = 4096
"""How many entries are asked for, with their records, at a time."""

log = structlog.get_logger()


async def first_look(runtime: Runtime, seconds: float = FIRST_SECONDS) -> None:
    """Ask the partners, before anything is signed, whether they have seen more than there is here.

    Whoever does not answer in time is not waited for: a node must be able to start alone.
    """
    recovery = runtime.service(LogRecovery)
    try:
        partners, keys, held = await asyncio.to_thread(_whom, runtime)
        if held is not None or not partners:
            return
        asked = await recovery.ask(partners, keys, seconds)
        missing = await asyncio.to_thread(_missing, runtime, asked.answers)
        if missing is not None:
            await asyncio.to_thread(_hold, runtime, missing)
    except Unavailable as error:  # the store; whatever comes next will say so too
        log.warning("federation.recovery.store_unavailable", reason=error.message)


async def keep_recovering(runtime: Runtime, stop: asyncio.Event) -> None:
    """While the log is held, ask partners and take back what is missing, until told to stop."""
    pause = runtime.service(LogRecovery).settings.sync_seconds
    while not stop.is_set():
        try:
            await recover(runtime)
        except CorridorError as error:
            log.warning("federation.recovery.failed", reason=error.message)
        try:
            async with asyncio.timeout(pause):
                await stop.wait()
        except TimeoutError:
            continue


async def recover(runtime: Runtime) -> bool:
    """Take back what is missing, if the log is held; return whether it may grow again.

    Raises:
        CorridorError: if a partner shows what does not hold, or the store cannot be used.
    """
    recovery = runtime.service(LogRecovery)
    if await asyncio.to_thread(_held, runtime) is None:
        return True
    partners, keys, _ = await asyncio.to_thread(_whom, runtime)
    asked = await recovery.ask(partners, keys)
    found = await asyncio.to_thread(_judged, runtime, asked.answers)
    if found.outcome == "behind" and found.target is not None:
        await asyncio.to_thread(_hold, runtime, found.words)
        sources = [each for each in partners if each.name in found.sources]
        await _take_back(runtime, sources, keys, found.target, asked.answers)
        found = await asyncio.to_thread(_judged, runtime, asked.answers)
    if found.outcome != "whole":
        await asyncio.to_thread(_hold, runtime, found.words)
        return False
    if asked.silent or not partners:
        await asyncio.to_thread(_wait, runtime, asked)
        return False
    declared = await asyncio.to_thread(_finish, runtime, asked.answers)
    lost = sum(len(record.entries) for record in declared)
    log.warning("federation.recovery.done", lost=lost, asked=[a.partner for a in asked.answers])
    return True


async def _take_back(
    runtime: Runtime,
    sources: list[Partner],
    keys: tuple[Span, ...],
    target: Checkpoint,
    answers: tuple[Answer, ...],
) -> None:
    """Take the missing end from the first partner that gives it whole."""
    for number, source in enumerate(sources, 1):
        try:
            await _take_back_from(runtime, source, keys, target, answers)
        except CorridorError as error:
            if number == len(sources):
                raise
            log.warning("federation.recovery.failed", partner=source.name, reason=error.message)
        else:
            return


async def _take_back_from(
    runtime: Runtime,
    source: Partner,
    keys: tuple[Span, ...],
    target: Checkpoint,
    answers: tuple[Answer, ...],
) -> None:
    recovery = runtime.service(LogRecovery)
    edge = await asyncio.to_thread(_edge, runtime)
    tail = await recovery.tail(source, edge, target, answers)
    missing = iter(enumerate(tail, edge.size))
    expected = dict(islice(missing, EXPECTED))
    while expected:
        piece = await recovery.piece(source, expected, keys)
        await asyncio.to_thread(_index, runtime, piece)
        for each in piece:
            del expected[each.position]
        expected |= dict(islice(missing, EXPECTED - len(expected)))


def _whom(runtime: Runtime) -> tuple[list[Partner], tuple[Span, ...], str | None]:
    recovery = runtime.service(LogRecovery)
    with runtime.store.view() as view:
        return recovery.askable(view), recovery.own_keys(view), view.held()


def _held(runtime: Runtime) -> str | None:
    with runtime.store.view() as view:
        return view.held()


def _judged(runtime: Runtime, answers: tuple[Answer, ...]) -> Judgement:
    with runtime.store.view() as view:
        return runtime.service(LogRecovery).judged(view, answers)


def _missing(runtime: Runtime, answers: tuple[Answer, ...]) -> str | None:
    """Return what partners saw of this node's logs that is not here, in words."""
    recovery = runtime.service(LogRecovery)
    with runtime.store.view() as view:
        found = recovery.judged(view, answers)
        if found.outcome != "whole":
            return found.words
        if (seen := recovery.lost_audit(view, answers)) is not None:
            return f"partners cosigned {seen.origin} with {seen.size} acts, which are not all here"
    return None


def _edge(runtime: Runtime) -> Edge:
    with runtime.store.view() as view:
        return view.log_edge()


def _index(runtime: Runtime, piece: tuple[Found, ...]) -> None:
    with runtime.store.transaction(ACTOR) as tx:
        runtime.service(LogRecovery).take_back(tx, piece)


def _hold(runtime: Runtime, reason: str) -> None:
    with runtime.store.transaction(ACTOR) as tx:
        news = runtime.service(LogRecovery).hold(tx, reason)
    if news:
        log.error("federation.log_held", reason=reason)


def _wait(runtime: Runtime, asked: Asked) -> None:
    since = _held(runtime)
    if since is not None:
        _hold(runtime, why_waiting(since, asked.silent))


def _finish(runtime: Runtime, answers: tuple[Answer, ...]) -> tuple[LostRecords, ...]:
    with runtime.store.transaction(ACTOR) as tx:
        return runtime.service(LogRecovery).finish(tx, answers)
