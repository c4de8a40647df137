"""Asking a second provider while the first is slow to begin; whoever begins first answers."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from corridor.gateway.service.answers import AttemptFailed
from corridor.gateway.service.behind import Leaving

AnswerT = TypeVar("AnswerT")
Attempt = Callable[[Leaving], Awaitable[AnswerT]]
"""Asks one provider; what has to be left afterwards is put on the stack."""


@dataclass(slots=True, eq=False)
class _Runner(Generic[AnswerT]):
    """One attempt of a race, with what it has to leave."""

    task: "asyncio.Task[AnswerT]"
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)


async def raced(
    stack: Leaving,
    attempts: tuple[Attempt[AnswerT], Attempt[AnswerT]],
    seconds: float,
    allowed: Callable[[], bool],
) -> AnswerT:
    """Return what the first attempt gives, or the second, begun if the first takes too long.

    `allowed` is asked whether the second may be begun at all. The one that loses is told to stop at once. If the first fails in time, the second is left to
    the caller.

    Raises:
        AttemptFailed: of the first, if all that were begun failed.
    """
    runners = [_begun(attempts[0])]
    try:
        done, _ = await asyncio.wait({runners[0].task}, timeout=seconds)
        if not done and allowed():
            runners.append(_begun(attempts[1]))
        winner = await _winner(runners)
    except BaseException:
        await _left(runners)
        raise
    await _left([runner for runner in runners if runner is not winner])
    stack.push_async_exit(winner.stack)
    return winner.task.result()


def _begun(attempt: Attempt[AnswerT]) -> _Runner[AnswerT]:
    stack = AsyncExitStack()

    async def run() -> AnswerT:
        return await attempt(stack)

    return _Runner(asyncio.create_task(run()), stack)


async def _winner(runners: list[_Runner[AnswerT]]) -> _Runner[AnswerT]:
    running = {runner.task for runner in runners}
    while running:
        done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for runner in runners:
            if runner.task in done and runner.task.exception() is None:
                return runner
        defect = next((e for task in done if (e := task.exception()) and not _expected(e)), None)
        if defect is not None:
            raise defect
    raise runners[0].task.exception() or AttemptFailed("cancelled")


def _expected(error: BaseException) -> bool:
    return isinstance(error, AttemptFailed)


async def _left(runners: list[_Runner[AnswerT]]) -> None:
    for runner in runners:
        runner.task.cancel()
    await asyncio.gather(*(runner.task for runner in runners), return_exceptions=True)
    for runner in runners:
        await runner.stack.aclose()
