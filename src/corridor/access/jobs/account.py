"""Write decisions into the account: one thread, many at once, and none that is promised is lost.

A strict decision is durable before `note` returns. Any other is durable a moment later, and a
process that is killed loses at most that moment; while the store is down it is kept in
memory. Where the writer does not keep up, callers are held until it has. What cannot be accounted for is not allowed: when nothing more can be kept, `note` raises,
and the door stays shut.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from corridor.access.errors import NotAccounted
from corridor.access.records.account import Answered, Decided
from corridor.access.service.account import Account
from corridor.access.settings import AccessSettings
from corridor.core.errors import Unavailable
from corridor.core.store import Store

MOST_WAITING = 20_000
CROWDED = 2_000
"""So many waiting, and who brings more is held until half of them are written: a busy loop would else take
the processor from the writer until nothing more can be kept."""
MOST_AT_ONCE = 256
"""More would hold up what else is to be written."""
REST_SECONDS = 0.001
"""So long the writer rests between some items of a batch and the next where nobody waits for it."""
GATHERING = 0.4
"""The part of the time until an item has to be durable in which others may join it."""
RETRY_SECONDS = 0.25
PATIENCE_SECONDS = 15.0
"""Longer than the store's own patience."""

log = structlog.get_logger()
Item = Decided | Answered


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An item, and who is to be told when it is durable."""

    item: Item
    told: "asyncio.Future[None] | None" = None


@dataclass(slots=True)
class Accountant:
    """Puts decisions into the account for one event loop."""

    store: Store
    account: Account
    settings: AccessSettings
    most_waiting: int = MOST_WAITING
    crowded: int = CROWDED
    _queue: deque[_Waiting] = field(default_factory=deque[_Waiting])
    _wake: threading.Event = field(default_factory=threading.Event)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _called: bool = False
    """The writer is to be woken in this turn of the loop."""
    _urgent: threading.Event = field(default_factory=threading.Event)
    """Somebody waits: the writer gathers nothing more."""
    _hurried: bool = False
    """Somebody of this turn of the loop waits."""
    _loop: asyncio.AbstractEventLoop | None = None
    _eased: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while nobody has to be held."""

    @property
    def waiting(self) -> int:
        """How many items are not durable yet."""
        return len(self._queue)

    @asynccontextmanager
    async def at_work(self) -> AsyncGenerator["Accountant"]:
        """Write while the block runs; at its end, write what is left."""
        self._loop, self._eased = asyncio.get_running_loop(), asyncio.Event()
        self._stopping.clear()
        writer = threading.Thread(target=self._write, name="accountant", daemon=True)
        writer.start()
        try:
            yield self
        finally:
            self._stopping.set()
            self._urgent.set()
            self._wake.set()
            await asyncio.to_thread(writer.join)
            self._eased.set()
            self._loop = None
            if self._queue:  # the store is down; or answers came after the writer's last look
                log.error("access.account.lost", items=len(self._queue))

    async def run(self, stop: asyncio.Event) -> None:
        """Write until told to stop; then write what is left."""
        async with self.at_work():
            await stop.wait()

    def answered(self, item: Answered) -> None:
        """Put the hash of an answer into the account.

        It is always taken, for the decision that allowed it was, and never waited for.
        """
        if self._loop is None:
            log.error("access.account.lost", items=1)
            return
        self._put(self._loop, _Waiting(item))

    async def note(self, item: Decided, *, strict: bool | None = None) -> None:
        """Put a decision into the account; `strict` is as the settings say where it is not given.

        Raises:
            NotAccounted: if it cannot be done; then the decision does not hold.
        """
        loop = self._loop
        if loop is None or self._stopping.is_set():
            raise NotAccounted("The account is not being written.")
        if len(self._queue) >= self.most_waiting:
            raise NotAccounted(f"{len(self._queue)} decisions wait to be put into the account.")
        if not (self.settings.strict_audit if strict is None else strict):
            self._put(loop, _Waiting(item))
            if len(self._queue) >= self.crowded:
                await self._held()
            return
        told: asyncio.Future[None] = loop.create_future()
        self._put(loop, _Waiting(item, told))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await told
        except TimeoutError as error:
            raise NotAccounted("The store does not answer.") from error

    async def _held(self) -> None:
        """Wait until the writer has caught up, or the store does not answer: then items are kept in memory."""
        self._eased.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._eased.wait()

    def _put(self, loop: asyncio.AbstractEventLoop, waiting: _Waiting) -> None:
        self._queue.append(waiting)
        self._hurried |= waiting.told is not None
        if not self._called and (self._hurried or not self._wake.is_set()):
            # After those that go on in the same turn of the loop: one commit is for all of them.
            self._called = True
            loop.call_soon(self._call)

    def _call(self) -> None:
        self._called = False
        if self._hurried:
            self._hurried = False
            self._urgent.set()
        self._wake.set()

    def _write(self) -> None:
        """Write until told to stop and nothing is left, or the store is down then."""
        # In this order: once it is stopping, nothing more comes.
        while not (self._stopping.is_set() and not self._queue):
            self._wake.wait()
            self._wake.clear()
            if not self._stopping.is_set():
                self._urgent.wait(self.settings.audit_seconds * GATHERING)
            self._urgent.clear()
            if not self._write_all() and self._stopping.is_set():
                return

    def _write_all(self) -> bool:
        """Write what there is now, as long as the store takes it."""
        for _ in range(0, len(self._queue), MOST_AT_ONCE):
            written = self._write_some()
            if not written or len(self._queue) < self.crowded / 2:
                self._ease()
            if not written:
                self._stopping.wait(RETRY_SECONDS)
                return False
        if self._stopping.is_set():
            self._wake.set()
        return True

    def _write_some(self) -> bool:
        """Write the oldest items; False if the store is down, and they wait."""
        count = min(len(self._queue), MOST_AT_ONCE)
        batch = [self._queue.popleft() for _ in range(count)]
        try:
            self._commit(batch)
        except Unavailable as error:
            log.warning("access.account.store_unavailable", reason=error.message, items=count)
            self._put_back([each for each in batch if each.told is None])
            self._tell(batch, NotAccounted(error.message, hint=error.hint))
            return False
        except Exception as error:  # noqa: BLE001  a defect; the items beside it are written
            log.error("access.account.defect", items=count, error=type(error).__name__)
            self._one_by_one(batch)
            return True
        self._tell(batch, None)
        return True

    def _ease(self) -> None:
        """Let those go on who are held."""
        if self._loop is not None and not self._eased.is_set():
            self._loop.call_soon_threadsafe(self._eased.set)

    def _commit(self, batch: Sequence[_Waiting]) -> None:
        """Write a batch in one transaction; a full one comes from a node that is busy."""
        hurries = len(batch) >= MOST_AT_ONCE or any(each.told is not None for each in batch)
        with self.store.transaction("access") as tx:
            self.account.write(tx, [each.item for each in batch], None if hurries else self._rest)

    def _rest(self) -> None:
        """Leave callers room, unless somebody waits for a decision by now."""
        self._urgent.wait(REST_SECONDS)

    def _one_by_one(self, batch: Sequence[_Waiting]) -> None:
        """Write what can be of items that cannot be written together."""
        for each in batch:
            try:
                self._commit([each])
            except Unavailable as error:
                if each.told is None:
                    self._put_back([each])
                self._tell([each], NotAccounted(error.message, hint=error.hint))
            except Exception as error:  # noqa: BLE001  told to whoever waits
                # Without its text and traceback, which hold what was to be kept.
                name, request = type(error).__name__, each.item.request_id
                log.error("access.account.defect", request=request, error=name)
                self._tell([each], NotAccounted(f"It cannot be kept: {name}."))
            else:
                self._tell([each], None)

    def _put_back(self, items: Sequence[_Waiting]) -> None:
        """Let items that nobody waits for be tried again."""
        self._queue.extendleft(reversed(items))
        self._wake.set()

    def _tell(self, batch: Sequence[_Waiting], error: NotAccounted | None) -> None:
        told = [each.told for each in batch if each.told is not None]
        if told and self._loop is not None:
            self._loop.call_soon_threadsafe(_settle, told, error)


def _settle(told: Sequence["asyncio.Future[None]"], error: NotAccounted | None) -> None:
    for future in told:
        if future.done():
            continue  # its caller left
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(NotAccounted(error.message, hint=error.hint))
