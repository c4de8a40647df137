"""What a request has to leave when it is over; most whole answers have nothing left by then."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol


class Leaving(Protocol):
    """Takes what has to be left later, the last one first."""

    def push_async_exit(self, way: AbstractAsyncContextManager[object], /) -> object:
        """Leave a way to a provider later, which was entered."""
        ...

    def callback(self, call: Callable[..., object], /, *given: object) -> object:
        """Call something later."""
        ...


@dataclass(slots=True)
class Behind:
    """A stack that is made when something is put on it."""

    _stack: AsyncExitStack | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to leave."""
        return self._stack is None

    def push_async_exit(self, way: AbstractAsyncContextManager[object], /) -> None:
        """Leave a way to a provider later, which was entered."""
        self._made().push_async_exit(way)

    def callback(self, call: Callable[..., object], /, *given: object) -> None:
        """Call something later."""
        self._made().callback(call, *given)

    async def leave(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave all of it, as the stack that holds it would be left."""
        if self._stack is not None:
            await self._stack.__aexit__(kind, error, trace)

    def _made(self) -> AsyncExitStack:
        if self._stack is None:
            self._stack = AsyncExitStack()
        return self._stack
