"""Group commit: threads that write take turns inside one database transaction, and commit as one.

Each writer is a member. Its body runs alone; when it ends and others wait, the open transaction is
handed on to the next of them in the order of arrival, and the last one commits for all. No member
leaves its block before its work is durable. What a member did is taken back if its body raises:
by a SAVEPOINT, which is begun only when a member touches SQL and is not the group's first.

What members do in memory only is in the group's `Pending`, which the layer above defines. No
member waits for ever: neither for its turn nor, should another's body not end, for the commit.
Between processes the database itself decides whose turn it is.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import NestedTransaction
from sqlalchemy.exc import DBAPIError

from corridor.core.store.errors import State, StoreUnavailable

MOST_MEMBERS = 256
GROUP_SECONDS = 0.05
"""A group that has been open for so long takes no further member."""
COMPANY_SECONDS = 0.001
"""How long the last member waits for others to come, where the last group had more members."""
PATIENCE_SECONDS = 10.0
"""The longest wait for one's turn, and then for the commit."""


class Pending(Protocol):
    """What the members of a group have done in memory only; made when a group begins."""

    def mark(self) -> object:
        """Return the state now, for `rewind`."""
        ...

    def rewind(self, mark: object) -> None:
        """Be again as at the mark, unwritten work included: SQL since then was rolled back."""
        ...

    def flush(self) -> None:
        """Write what is only in memory. Called before a member's SQL and before the commit."""
        ...

    def committed(self) -> None:
        """Take note that all of it is durable."""
        ...


P = TypeVar("P", bound=Pending)
_inside: ContextVar[tuple["Member[Any]", ...]] = ContextVar("corridor_members", default=())


class Member(Generic[P]):
    """One writer's part in a group, from the beginning of its block to the end."""

    def __init__(self, group: "Group[P]") -> None:
        self.group = group
        self.thread = threading.get_ident()
        self.active = True
        self._mark = group.pending.mark() if group.members else None
        self._savepoint: NestedTransaction | None = None

    @property
    def pending(self) -> P:
        """The group's work in memory; touches no SQL."""
        if not self.active:
            raise RuntimeError("This transaction has ended.")
        return self.group.pending

    @property
    def connection(self) -> Connection:
        """The connection, with everything written that members did in memory."""
        pending = self.pending
        if self.group.members and self._savepoint is None:
            self._savepoint = self.group.connection.begin_nested()
        pending.flush()
        return self.group.connection

    def keep(self) -> None:
        """Join the group's commit.

        Raises:
            RuntimeError: if a statement failed and the body went on as if it had not.
        """
        state = self.group.state()
        if state == "gone":
            self.group.failure = _ended_by_itself()
            raise self.group.failure
        if state == "failed":
            raise RuntimeError("A statement failed inside a transaction that went on after it.")
        if self._savepoint is not None:
            self._savepoint.commit()
        self.active = False
        self.group.members += 1

    def drop(self) -> None:
        """Take back whatever this member did, and nothing else.

        Raises:
            StoreUnavailable: if what the other members did is lost with it.
        """
        self.active = False
        if self.group.members == 0:
            return  # the whole group is rolled back
        if self._savepoint is not None:
            self._savepoint.rollback()
        self.group.pending.rewind(self._mark)
        if self.group.state() != "open":
            raise _ended_by_itself()


@dataclass
class Group(Generic[P]):
    """A database transaction that its members share."""

    connection: Connection
    pending: P
    state_of: Callable[[Connection], State]
    members: int = 0
    """How many have ended well and wait for the commit."""
    began: float = field(default_factory=time.monotonic)
    ended: threading.Event = field(default_factory=threading.Event)
    ending: bool = False
    failure: Exception | None = None
    """Why nothing of this group is kept."""

    def state(self) -> State:
        """Say whether the database transaction can still be used."""
        return self.state_of(self.connection)

    def has_room(self, seconds: float) -> bool:
        """Say whether one more member may come in, so long after the beginning at most."""
        in_time = time.monotonic() - self.began < seconds
        return 0 < self.members < MOST_MEMBERS and in_time and self.failure is None

    def end(self) -> None:
        """Commit, or roll back where nothing is to be kept; then every member knows."""
        try:
            if self.failure is None and self.members:
                self.pending.flush()
                if self.state() != "open":
                    raise _ended_by_itself()
                self.connection.commit()
                self.pending.committed()
            else:
                self._roll_back()
        except BaseException as error:
            lost = StoreUnavailable("The process was interrupted while it wrote.")
            self.failure = error if isinstance(error, Exception) else lost
            self._roll_back()
            if not isinstance(error, Exception):
                raise
        finally:
            self.ended.set()
            self.connection.close()

    def _roll_back(self) -> None:
        try:
            self.connection.rollback()
        except DBAPIError:  # the server is gone, and the transaction with it
            self.connection.invalidate()


class Writers(Generic[P]):
    """The writers of one store, of whom one at a time has the turn."""

    def __init__(
        self,
        begin: Callable[[], Connection],
        pending: Callable[[Connection], P],
        state_of: Callable[[Connection], State],
    ) -> None:
        self._begin, self._pending, self._state_of = begin, pending, state_of
        self.patience_seconds = PATIENCE_SECONDS
        self.group_seconds = GROUP_SECONDS
        self._mutex = threading.Lock()
        self._arrived = threading.Condition(self._mutex)
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False
        """Somebody has the turn."""
        self._group: Group[P] | None = None
        self._company = 0
        """How many members the last group had."""

    @property
    def waiting(self) -> int:
        """How many writers wait for their turn at this moment."""
        return len(self._waiting)

    @contextmanager
    def turn(self) -> Generator[Member[P]]:
        """Be a member of a group; what was done is durable when the block ends.

        Raises:
            StoreUnavailable: if the turn does not come, or the commit fails.
            RuntimeError: if this thread has the turn already.
        """
        outer = _inside.get()
        self._refuse_nesting(outer)
        self._wait_for_turn()
        try:
            group = self._group = self._group or self._begun()
            member = Member(group)
        except BaseException:
            self._hand_on()
            raise
        _inside.set((*outer, member))
        try:
            yield member
            member.keep()
        except BaseException:
            self._drop(member)
            self._hand_on()
            raise
        finally:
            _inside.set(outer)
        self._hand_on()
        self._await_commit(group)

    def _refuse_nesting(self, outer: tuple[Member[Any], ...]) -> None:
        # The variable alone would also hold in a task or thread that a body started and left
        # behind; the thread alone would also hold where a pool runs begin and end by turns.
        me = threading.get_ident()
        if any(m.active and m.thread == me and m.group is self._group for m in outer):
            raise RuntimeError("A transaction was begun inside another one of the same store.")

    def _begun(self) -> Group[P]:
        connection = self._begin()
        try:
            return Group(connection, self._pending(connection), self._state_of)
        except BaseException:
            connection.close()
            raise

    def _wait_for_turn(self) -> None:
        with self._mutex:
            if not self._taken:
                self._taken = True
                return
            ticket = threading.Lock()
            ticket.acquire()
            self._waiting.append(ticket)
            self._arrived.notify()
        try:
            called = ticket.acquire(timeout=self.patience_seconds)
        except BaseException:
            if not self._withdrawn(ticket):
                self._hand_on()
            raise
        if not called and self._withdrawn(ticket):
            raise StoreUnavailable(
                f"Other writers have held the store for {self.patience_seconds:g} seconds.",
                hint="Try again; if it goes on, look for a transaction that does not end.",
            )

    def _withdrawn(self, ticket: threading.Lock) -> bool:
        """Give up waiting; False if the turn has just come."""
        with self._mutex:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                return True
            return False

    def _drop(self, member: Member[P]) -> None:
        try:
            member.drop()
        except Exception as error:  # noqa: BLE001  told to every member by _await_commit
            member.group.failure = error

    def _hand_on(self) -> None:
        """Give the turn to the next writer, after ending the group unless that one joins it."""
        group = self._group
        if group is not None:
            with self._mutex:
                if group.has_room(self.group_seconds):
                    self._wait_for_company(group)
                if group.has_room(self.group_seconds) and self._called():
                    return
                group.ending = True
                self._company = group.members
            try:
                group.end()
            finally:
                with self._mutex:
                    self._group = None
                    self._taken = self._called()
        else:
            with self._mutex:
                self._taken = self._called()

    def _wait_for_company(self, group: Group[P]) -> None:
        # Threads that leave a commit together come back one by one. Without this the first of
        # them would commit alone each time, at the price of a whole group.
        if not self._waiting and group.members < self._company:
            self._arrived.wait(COMPANY_SECONDS)

    def _called(self) -> bool:
        if self._waiting:
            self._waiting.popleft().release()
            return True
        return False

    def _await_commit(self, group: Group[P]) -> None:
        if not group.ended.wait(self.patience_seconds):
            with self._mutex:
                if not group.ending:  # a later member's body does not end: nothing is kept
                    group.failure = group.failure or StoreUnavailable(
                        "Another writer in the same group did not end."
                    )
            if not group.ending:
                raise _again(group.failure)
            group.ended.wait()  # the commit itself; the database bounds it
        if group.failure is not None:
            raise _again(group.failure)


def _ended_by_itself() -> StoreUnavailable:
    return StoreUnavailable("The database ended the transaction by itself.")


def _again(failure: Exception | None) -> Exception:
    if isinstance(failure, StoreUnavailable):  # each thread gets its own, with its own traceback
        return StoreUnavailable(failure.message, hint=failure.hint)
    return failure or RuntimeError("A group failed without a reason.")
