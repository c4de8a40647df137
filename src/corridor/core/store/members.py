"""The members of a group that commits as one, and the group: a transaction that they share.

A member takes the turn when it first asks for the group's work or connection. What it did is taken
back if its body raises: by a SAVEPOINT, which is begun only when it touches SQL and is not the
group's first.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Literal, Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import NestedTransaction
from sqlalchemy.exc import DBAPIError

from corridor.core.store.errors import State, StoreUnavailable

MOST_MEMBERS = 256


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


Wait = Literal["asleep", "watching", "done"]
"""For the end of a group: woken then; woken now and then to look whether to end it; not at all."""

P = TypeVar("P", bound=Pending)


class Turns(Protocol[P]):
    """Where a member gets its turn."""

    def group_in_turn(self) -> "Group[P]":
        """Wait for the turn; return the group that is open then."""
        ...


class Member(Generic[P]):
    """One writer's part in a group, from the beginning of its block to the end."""

    def __init__(self, turns: "Turns[P]") -> None:
        self.turns = turns
        self.thread = threading.get_ident()
        self.active = True
        self.group: Group[P] | None = None
        """The group, from when this member has first taken the turn."""
        self._mark: object = None
        self._savepoint: NestedTransaction | None = None

    @property
    def pending(self) -> P:
        """The group's work in memory; touches no SQL. The first to ask waits for the turn."""
        return self._in_turn().pending

    @property
    def connection(self) -> Connection:
        """The connection, with everything written that members did in memory."""
        group = self._in_turn()
        if group.members and self._savepoint is None:
            self._savepoint = group.connection.begin_nested()
        group.pending.flush()
        return group.connection

    def keep(self) -> None:
        """Join the group's commit, where there is anything to commit.

        Raises:
            RuntimeError: if a statement failed and the body went on as if it had not.
        """
        group = self.group
        if group is not None:
            state = group.state()
            if state == "gone":
                group.failure = ended_by_itself()
                raise group.failure
            if state == "failed":
                raise RuntimeError("A statement failed inside a transaction that went on after it.")
            if self._savepoint is not None:
                self._savepoint.commit()
            group.members += 1
        self.active = False

    def drop(self) -> None:
        """Take back whatever this member did, and nothing else.

        Raises:
            StoreUnavailable: if what the other members did is lost with it.
        """
        self.active = False
        if self.group is None or self.group.members == 0:
            return  # there is nothing, or the whole group is rolled back
        if self._savepoint is not None:
            self._savepoint.rollback()
        self.group.pending.rewind(self._mark)
        if self.group.state() != "open":
            raise ended_by_itself()

    def _in_turn(self) -> "Group[P]":
        if not self.active:
            raise RuntimeError("This transaction has ended.")
        if self.group is None:
            group = self.turns.group_in_turn()
            self._mark = group.pending.mark() if group.members else None
            self.group = group
        return self.group


@dataclass
class Group(Generic[P]):
    """A database transaction that its members share."""

    connection: Connection
    pending: P
    state_of: Callable[[Connection], State]
    members: int = 0
    """How many have ended well and wait for the commit."""
    began: float = field(default_factory=time.monotonic)
    asleep: deque[threading.Lock] = field(default_factory=deque[threading.Lock])
    """The bells of the members that wait for the end, each of whom wakes the next."""
    watched: bool = False
    """One of them looks whether the group is to end because nobody else comes."""
    ending: bool = False
    ended: bool = False
    failure: Exception | None = None
    """Why nothing of this group is kept."""

    def state(self) -> State:
        """Say whether the database transaction can still be used."""
        return self.state_of(self.connection)

    def has_room(self, seconds: float) -> bool:
        """Say whether one more member may come in, so long after the beginning at most."""
        in_time = time.monotonic() - self.began < seconds
        return 0 < self.members < MOST_MEMBERS and in_time and self.failure is None

    def lay_down(self, bell: "threading.Lock | None", *, watch: bool = False) -> Wait:
        """Let a member, where there is one, wait for the end; it watches if nobody does yet."""
        if bell is not None:
            self.asleep.append(bell)
        watch = watch and not self.watched
        self.watched = self.watched or watch
        return "watching" if watch else "asleep"

    def end(self) -> None:
        """Commit, or roll back where nothing is to be kept."""
        try:
            if self.failure is None and self.members:
                self.pending.flush()
                if self.state() != "open":
                    raise ended_by_itself()
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
            self.ended = True
            self.connection.close()

    def _roll_back(self) -> None:
        try:
            self.connection.rollback()
        except DBAPIError:  # the server is gone, and the transaction with it
            self.connection.invalidate()


def ended_by_itself() -> StoreUnavailable:
    """Return what to say when the database took a transaction back."""
    return StoreUnavailable("The database ended the transaction by itself.")
