"""Passing a stream on, and what it looks like when it breaks: an error event, never silence.

No event is made up that looks like the provider's: no `[DONE]`, no `finish_reason`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson
import structlog

from corridor.catalogue import Answer, Provider, ProviderFailed, Taker
from corridor.gateway.errors import Refusal
from corridor.gateway.rules.answers import usage_in
from corridor.gateway.rules.events import Alike, Progress, read
from corridor.gateway.service.answers import ENDED, AttemptFailed, Events, broken_event
from corridor.gateway.service.deadlines import Lateness
from corridor.gateway.service.handling import Handling
from corridor.gateway.service.judging import AnswerJudge

log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Passing:
    """One stream on its way to its caller."""

    handling: Handling
    provider: Provider
    answer: Answer
    events: Events
    settle: Callable[["Passing", str], None]
    """Called with how it ended: `answered`, `broken`, or `cut` by this node."""
    lateness: Lateness
    held_up: bool = False
    """Whether it broke by silence while this process was held up: that says nothing of anybody."""
    _progress: Progress = field(default_factory=Progress)
    _alike: Alike = field(default_factory=Alike)
    _cut: tuple[str, str] | None = None
    """Why it was cut here, and the code that says so."""
    _refusal: Refusal | None = None
    """Of a guard that lets no more of it through."""
    _ended: bool = False
    _events: list[bytes] | None = None
    """Those that are here and were not looked at."""
    _wrong: str = ""
    """What is wrong behind what went on last."""
    _timer: asyncio.TimerHandle | None = None
    _held_before: float = 0.0
    """For how long the process had been held up when this began."""
    _is_waiting: bool = False
    """Whether all that came has gone on."""
    _write: Taker | None = None
    """Writes to the caller at once, where it can."""

    def begin(self, events: list[bytes], seconds: float) -> "Passing":
        """Pass on some events, and all that follow, for so many seconds at most."""
        loop = asyncio.get_running_loop()
        self._events, self._held_before = events, self.lateness.held(loop.time())
        self._timer = loop.call_later(seconds, self.cut, "stream too long", "stream_too_long")
        return self

    def ends(self) -> bool:
        """Tell whether what it gave last is all of it."""
        return self._ended

    def cut(self, reason: str, code: str) -> None:
        """Break the stream off at once; the caller is told why."""
        self._cut = (reason, code)
        if self.answer.cut is not None:
            self.answer.cut()

    def go_straight(self, write: Taker) -> None:
        """Let events that nobody looks into go to the caller in the turn in which they come.

        To wake a task for each would cost as much again; any other event does wake it.
        """
        if self.answer.hand is not None and self._is_unseen():
            self._write = write
            self.answer.hand(self._takes)

    def close(self) -> None:
        """Pass no more on."""
        self._write = None
        if self._timer is not None:
            self._timer.cancel()
        self.events.close()

    def __aiter__(self) -> "Passing":
        return self

    async def __anext__(self) -> bytes:
        """Return what goes to the caller next."""
        try:
            while not self._ended:
                if self._wrong:
                    raise AttemptFailed(self._wrong)
                events, self._events = self._events, None
                if events is None:
                    chunk = await self._chunk()
                    if chunk is not None and self._goes_as_it_is(chunk):
                        return self._sent(chunk)
                    events = None if chunk is None else self.events.split(chunk)
                if data := await self._going(events):
                    return self._sent(data)
        except (AttemptFailed, ProviderFailed) as failure:
            self._ended = True
            held = self.lateness.held(asyncio.get_running_loop().time())
            self.held_up = failure.reason == "timeout" and held > self._held_before
            return self._sent(self._rest() + self._broken(failure.reason))
        raise StopAsyncIteration

    async def _chunk(self) -> bytes | None:
        """Return what comes next; None where the stream has ended and all is there but a [DONE]."""
        self._is_waiting = True
        try:
            chunk = await self.events.chunk()
        except AttemptFailed as failure:
            if failure.reason == ENDED and self._cut is None and self._progress.whole:
                return None  # a [DONE] is not ours to add
            raise
        finally:
            self._is_waiting = False
        if self._cut is not None:
            raise AttemptFailed(self._cut[0])
        return chunk

    def _takes(self, chunk: bytes) -> bool:
        """Pass a chunk on, if it goes as it is and nothing is before it."""
        write = self._write
        if write is None or not self._is_waiting or self._cut is not None:
            return False
        if not self._goes_as_it_is(chunk) or not write(chunk):
            return False
        self._sent(chunk)
        return True

    def _goes_as_it_is(self, chunk: bytes) -> bool:
        """Tell whether a chunk is one event like the one that was read last, and nobody looks into it."""
        return self._alike.fits(chunk) and self.events.begins_with(chunk) and self._is_unseen()

    def _is_unseen(self) -> bool:
        """Tell whether no guard and no judge looks at what goes on."""
        return self.handling.after is None and self.handling.judge is None

    async def _going(self, events: list[bytes] | None) -> bytes:
        """Return what of some events goes on now; with None the stream has ended."""
        going, done, self._wrong = self._taken(events) if events is not None else ([], True, "")
        if self.handling.judge is not None:
            going = await self._judged(self.handling.judge, going, ends=done)
        if done:  # settled first: a caller may leave as soon as it has this
            self.settle(self, "answered")
            self._ended = True
        return going[0] if len(going) == 1 else b"".join(going)

    def _taken(self, events: list[bytes]) -> tuple[list[bytes], bool, str]:
        """Return what of some events goes on, whether that is the end, and what is wrong behind it."""
        for count, event in enumerate(events):
            if self._alike.fits(event):
                continue
            kind, fields = read(event)
            if kind == "content":
                self._progress.note(fields)
                self._alike.learn(event, fields)
                if self._note_usage(fields) and self.handling.hides_usage:
                    events[count] = event if fields.get("choices") else b""
            elif kind == "done":
                self._note_usage(fields)
                return self._guarded(events[: count + 1]), True, ""
            elif kind != "aside":
                return self._guarded(events[:count]), False, kind
        return self._guarded(events), False, ""

    def _guarded(self, events: list[bytes]) -> list[bytes]:
        """Return what of some events may go on now."""
        if self.handling.after is None:
            return events
        try:
            return self.handling.after.events(events)
        except Refusal as refusal:
            raise self._refused(refusal) from refusal

    async def _judged(self, judge: AnswerJudge, events: list[bytes], *, ends: bool) -> list[bytes]:
        """Return what of some events, and of those held back, may go on now that it is judged."""
        try:
            going = await judge.events(events, ends=ends)
        except Refusal as refusal:
            raise self._refused(refusal) from refusal
        if self._cut is not None:  # while it was judged
            raise AttemptFailed(self._cut[0])
        return going

    def _refused(self, refusal: Refusal) -> AttemptFailed:
        """Return what ends a stream of which a guard lets no more through."""
        self._cut, self._refusal = (refusal.message, refusal.code), refusal
        self.handling.note_guard(refusal)
        return AttemptFailed(refusal.message)

    def _rest(self) -> bytes:
        """Return what a guard holds back of a stream that broke.

        Nothing if it was a guard's doing, or the rest would have to be judged.
        """
        after = self.handling.after
        if after is None or self.handling.judge is not None or self._cut is not None:
            return b""
        try:
            return b"".join(after.rest())
        except Refusal as refusal:
            self.handling.note_guard(refusal)
            return b""  # it would have been refused: it does not go out, and the stream ends anyway

    def _note_usage(self, fields: dict[str, object]) -> bool:
        if "usage" not in fields and "response" not in fields:  # as in nearly all events
            return False
        usage = usage_in(fields) or usage_in(fields.get("response"))  # so the Responses API has it
        if usage is not None:
            self.handling.usage = usage
        return usage is not None

    def _sent(self, data: bytes) -> bytes:
        if self.handling.trail is not None:
            self.handling.trail.digest.update(data)
        if self.handling.keeping is not None:
            self.handling.keeping.sent(data)
        return data

    def _broken(self, reason: str) -> bytes:
        told, code = self._cut or (reason, "stream_broken")
        log.warning("gateway.stream.broken", request=self.handling.request_id, reason=told)
        self.settle(self, "cut" if self._cut else "broken")
        if self._refusal is not None:
            return b"data: " + orjson.dumps(self._refusal.body()) + b"\n\n"
        return broken_event(told, code)
