"""Group commit: threads that write take turns inside one database transaction, and commit as one.

Each writer is a member. It takes the turn when it first asks for the group's work or connection:
what it does before that, such as to sign, runs beside others. From there its body runs alone. When
it ends and others wait, the open transaction is handed on to the next of them in the order of
arrival, and the last one commits for all. No member leaves its block before its work is durable.
What a member did is taken back if its body raises: by a SAVEPOINT, which is begun only when a
member touches SQL and is not the group's first.

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
from typing import Any, Generic

from sqlalchemy import Connection

from corridor.core.store.errors import State, StoreUnavailable
from corridor.core.store.members import Group, Member, P, Wait

GROUP_SECONDS = 0.05
"""A group that has been open for so long takes no further member."""
COMPANY_SECONDS = 0.001
"""How long a group waits for the next to come, where the last group had more members."""
PATIENCE_SECONDS = 10.0
"""The longest wait for one's turn, and then for the commit."""


_inside: ContextVar[tuple["Member[Any]", ...]] = ContextVar("corridor_members", default=())


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
        self.company_seconds = COMPANY_SECONDS
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        """The bells of those that wait for their turn."""
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
            RuntimeError: if this thread is a member already.
        """
        outer = _inside.get()
        self._refuse_nesting(outer)
        member = Member(self)
        _inside.set((*outer, member))
        try:
            yield member
            member.keep()
        except BaseException:
            self._drop(member)
            if member.group is not None:
                self._hand_on(None)
            raise
        finally:
            _inside.set(outer)
        if member.group is not None:
            self._await_commit(member.group)

    def group_in_turn(self) -> Group[P]:
        """Wait for the turn and return the open group, a new one where there is none."""
        self._wait_for_turn()
        try:
            if self._group is not None and not self._group.has_room(self.group_seconds):
                self._end_group()
            self._group = self._group or self._begun()
        except BaseException:
            self._hand_on(None)
            raise
        return self._group

    def _refuse_nesting(self, outer: tuple[Member[Any], ...]) -> None:
        # The variable alone would also hold in a task or thread that a body started and left
        # behind; the thread alone would also hold where a pool runs begin and end by turns.
        me = threading.get_ident()
        if any(m.active and m.thread == me and m.turns is self for m in outer):
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
            bell = _bell()
            self._waiting.append(bell)
        try:
            called = bell.acquire(timeout=self.patience_seconds)
        except BaseException:
            if not self._withdrawn(bell):
                self._hand_on(None)
            raise
        if not called and self._withdrawn(bell):
            raise StoreUnavailable(
                f"Other writers have held the store for {self.patience_seconds:g} seconds.",
                hint="Try again; if it goes on, look for a transaction that does not end.",
            )

    def _withdrawn(self, bell: threading.Lock) -> bool:
        """Give up waiting; False if the turn has just come."""
        with self._mutex:
            if bell in self._waiting:
                self._waiting.remove(bell)
                return True
            return False

    def _drop(self, member: Member[P]) -> None:
        try:
            member.drop()
        except Exception as error:  # noqa: BLE001  told to every member by _await_commit
            if member.group is not None:
                member.group.failure = error

    def _hand_on(self, bell: "threading.Lock | None") -> Wait:
        """Give the turn away, after ending the group unless others join it.

        The bell is that of a member who is to be woken when the group has ended. Say whether it
        has to wait for that, and to watch meanwhile whether anybody else comes.
        """
        group = self._group
        if group is not None:
            with self._mutex:
                if group.has_room(self.group_seconds):
                    if self._called():
                        return group.lay_down(bell)
                    # Threads that leave a commit together come back one by one. If nobody waited
                    # for them, the first would commit alone, at the price of a whole group.
                    if group.members < self._company and (bell or group.watched):
                        self._taken = False
                        return group.lay_down(bell, watch=True)
        self._end()
        return "done"

    def _end(self) -> None:
        """End the open group, if there is one, and give the turn away."""
        try:
            self._end_group()
        finally:
            with self._mutex:
                self._taken = self._called()

    def _end_group(self) -> None:
        group = self._group
        if group is None:
            return
        with self._mutex:
            group.ending = True
            self._company = group.members
        try:
            group.end()
        finally:
            self._group = None
            self._wake(group)

    def _called(self) -> bool:
        if self._waiting:
            self._waiting.popleft().release()
            return True
        return False

    def _await_commit(self, group: Group[P]) -> None:
        bell = _bell()
        wait = self._hand_on(bell)
        if wait != "done":
            try:
                self._sleep(group, bell, watch=wait == "watching")
            finally:
                self._wake(group, bell)
        if group.failure is not None:
            raise _again(group.failure)

    def _sleep(self, group: Group[P], bell: threading.Lock, *, watch: bool) -> None:
        """Wait for the end of the group, or make sure that nothing of it is kept."""
        rung = self._watch(group, bell) if watch else bell.acquire(timeout=self.patience_seconds)
        if rung:
            return
        with self._mutex:
            if not group.ending:  # a later member's body does not end: nothing is kept
                group.failure = group.failure or StoreUnavailable(
                    "Another writer in the same group did not end."
                )
                return
        bell.acquire()  # the commit itself; the database bounds it

    def _watch(self, group: Group[P], bell: threading.Lock) -> bool:
        """Wait as any member, and end the group once nobody comes for a while."""
        deadline = time.monotonic() + self.patience_seconds
        seen = group.members
        try:
            while not bell.acquire(timeout=self.company_seconds):
                if group.members == seen and self._took_turn_of(group):
                    self._end()
                elif time.monotonic() > deadline:
                    return False
                seen = group.members
        except BaseException:
            group.watched = False
            if self._took_turn_of(group):
                self._end()
            raise
        return True

    def _took_turn_of(self, group: Group[P]) -> bool:
        """Take the turn if the group is open and nobody has it."""
        with self._mutex:
            if self._taken or self._group is not group:
                return False
            self._taken = True
            return True

    def _wake(self, group: Group[P], own: "threading.Lock | None" = None) -> None:
        """Ring the next bell of a group; with one's own bell, leave the sleepers first."""
        # One by one: if all woke at once, they would only wait again, for the interpreter's lock.
        with self._mutex:
            if own is not None and own in group.asleep:
                group.asleep.remove(own)  # it was never rung
            elif group.asleep:
                group.asleep.popleft().release()


def _bell() -> threading.Lock:
    bell = threading.Lock()
    bell.acquire()
    return bell


def _again(failure: Exception | None) -> Exception:
    if isinstance(failure, StoreUnavailable):  # each thread gets its own, with its own traceback
        return StoreUnavailable(failure.message, hint=failure.hint)
    return failure or RuntimeError("A group failed without a reason.")
