"""Answers before a moderation endpoint: nothing goes on to the caller that was not judged.

Of a stream, text is held back until at least so many characters of it are there, or its end. They are
judged together with as many before them, and go on if nothing is objected to. What was held back when a
stream broke is not judged, and does not go out.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import orjson

from corridor.gateway.rules.events import read
from corridor.gateway.rules.guards.pieces import Key, pieces_in, place_of, wholes_in
from corridor.gateway.rules.guards.texts import answer_texts, named

MOST_HELD = 1_000_000
"""Characters of a stream that are held back at most; then they are judged."""

Judging = Callable[[Sequence[tuple[str, str]]], Awaitable[None]]
"""Judges texts, each with its place; raises a Refusal if one of them may not go on."""


@dataclass(slots=True)
class AnswerJudge:
    """Have one answer judged on its way."""

    judge: Judging
    window: int
    """How many characters of a stream are judged at a time."""
    _held: list[bytes] = field(default_factory=list[bytes])
    """Events that wait for what is in them, or before them, to be judged."""
    _size: int = 0
    """Characters that are not judged."""
    _fresh: dict[Key, list[str]] = field(default_factory=dict[Key, list[str]])
    """The pieces that are not judged."""
    _judged: dict[Key, str] = field(default_factory=dict[Key, str])
    """The end of what is judged."""
    _pieces: dict[Key, list[str]] = field(default_factory=dict[Key, list[str]])
    """All pieces of texts that are repeated as a whole at their end."""
    _wholes: list[str] = field(default_factory=list[str])
    """Texts that came whole, were not there in pieces, and are not judged."""

    async def whole(self, data: bytes) -> None:
        """Have a whole answer judged.

        Raises:
            Refusal: if it may not go on.
        """
        body = cast("dict[str, object]", orjson.loads(data))
        texts = answer_texts(body, tool_arguments=True)
        await self.judge([(named(path), text) for path, text in texts if text])

    async def events(self, events: Sequence[bytes], *, ends: bool) -> list[bytes]:
        """Return what can go on after some more events.

        Raises:
            Refusal: if something may not go on.
        """
        for event in events:
            self._take(read(event)[1])
        self._held += events
        if self._size and not ends and self._size < self.window:
            return []
        if self._size:
            await self.judge(self._texts())
            self._size = 0
            self._fresh.clear()
            self._wholes.clear()
        going, self._held = self._held, []
        return going

    def _take(self, fields: dict[str, object]) -> None:
        for key, text in pieces_in(fields):
            self._fresh.setdefault(key, []).append(text)
            self._size += len(text)
            if key[0] is None:
                self._pieces.setdefault(key, []).append(text)
        known: set[str] | None = None
        for text in wholes_in(fields):
            if known is None:
                known = {"".join(pieces) for pieces in self._pieces.values()}
            if text not in known:
                known.add(text)
                self._wholes.append(text)
                self._size += len(text)

    def _texts(self) -> list[tuple[str, str]]:
        """Return what is to be judged now, and remember its end."""
        texts = [("output", text) for text in self._wholes]
        for key, pieces in self._fresh.items():
            text = self._judged.get(key, "") + "".join(pieces)
            texts.append((place_of(key), text))
            self._judged[key] = text[-self.window :]
        return texts
