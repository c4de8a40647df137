"""A whole answer or a stream of events, searched on its way to the caller.

Events without text, and those whose text goes on as it came, pass byte for byte; so do the reason
why a choice finished, the usage, and the end. What is held back goes on before the event that ends
its choice. Where a text does not go on as it came, its `logprobs` would tell it: they become null.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import orjson

from corridor.gateway.rules.events import read
from corridor.gateway.rules.guards.pieces import WHOLE_TEXTS, Key
from corridor.gateway.rules.guards.plans import Search
from corridor.gateway.rules.guards.searching import (
    Flag,
    arguments_searched,
    searched,
    text_searched,
)
from corridor.gateway.rules.guards.texts import SPOKEN, answer_texts
from corridor.gateway.rules.guards.windows import Window


@dataclass(slots=True)
class AfterGuard:
    """Search one answer."""

    search: Search
    flag: Flag
    _windows: dict[Key, Window] = field(default_factory=dict[Key, Window])
    _arguments: dict[Key, list[str]] = field(default_factory=dict[Key, list[str]])
    _last: dict[str, object] = field(default_factory=dict[str, object])
    """The last event with choices: what is held back goes on in one like it."""

    def whole(self, data: bytes) -> bytes:
        """Return a whole answer as it may go on; the same bytes where nothing was found.

        Raises:
            Refusal: if something was found that a policy refuses.
        """
        body = cast("dict[str, object]", orjson.loads(data))
        texts = answer_texts(body, tool_arguments=self.search.tool_arguments)
        after = searched(self.search, body, texts, self.flag)
        return data if after is body else orjson.dumps(_without_logprobs(after))

    def events(self, events: list[bytes]) -> list[bytes]:
        """Return what can go on after some more events.

        Raises:
            Refusal: if something was found that a policy refuses.
        """
        going: list[bytes] = []
        for event in events:
            kind, fields = read(event)
            if kind == "done" and not fields:
                going += (*self.rest(), event)
            elif "choices" in fields:
                going += self._of_choices(event, fields)
            elif isinstance(fields.get("type"), str):
                going += self._of_response(event, fields)
            else:
                going.append(event)
        return going

    def rest(self) -> list[bytes]:
        """Return what is held back still, in events like the last one."""
        keys = [key for key in (*self._windows, *self._arguments) if isinstance(key[0], int)]
        return self._ended(keys)

    def _of_choices(self, event: bytes, fields: dict[str, object]) -> list[bytes]:
        self._last = fields
        before: list[bytes] = []
        same = True
        for choice in cast("list[dict[str, object]]", fields["choices"]):
            index = cast("int", choice.get("index", 0))
            same &= self._of_choice(index, choice)
            if choice.get("finish_reason") is not None:
                keys = [k for k in (*self._windows, *self._arguments) if k[0] == index]
                before += self._ended(keys)
        return [*before, event if same else _event(event, fields)]

    def _of_choice(self, index: int, choice: dict[str, object]) -> bool:
        delta = choice.get("delta")
        spoken = cast("dict[str, object]", delta) if isinstance(delta, dict) else choice
        same, ends = True, choice.get("finish_reason") is not None
        for name in (*SPOKEN, "text"):
            if isinstance(text := spoken.get(name), str) and text:
                window = self._window((index, name))
                going = window.feed(text) + (window.finish() if ends else "")
                spoken[name] = going
                same &= going == text
        if not same and choice.get("logprobs") is not None:
            choice["logprobs"] = None
        if self.search.tool_arguments:
            same &= self._calls(index, spoken.get("tool_calls"), ends=ends)
        return same

    def _calls(self, index: int, calls: object, *, ends: bool) -> bool:
        same = True
        for call in cast("list[dict[str, object]]", calls) if isinstance(calls, list) else []:
            function = call.get("function")
            fields = cast("dict[str, object]", function) if isinstance(function, dict) else {}
            if isinstance(text := fields.get("arguments"), str) and text:
                key = (index, "arguments", call.get("index", 0))
                self._arguments.setdefault(key, []).append(text)
                fields["arguments"] = self._rest_of_arguments(key) if ends else ""
                same = False
        return same

    def _window(self, key: Key) -> Window:
        window = self._windows.get(key)
        if window is None:
            place = f"choices[{key[0]}]" if isinstance(key[0], int) else "output"
            window = self._windows[key] = Window(self.search, place, self.flag)
        return window

    def _ended(self, keys: list[Key]) -> list[bytes]:
        """Return the events that bring what was held back under some keys."""
        going: list[bytes] = []
        for key in keys:
            text, delta = self._rest_of(key)
            if text:
                choice: dict[str, object] = {"index": key[0], "finish_reason": None}
                choice |= {"text": text} if key[1] == "text" else {"delta": delta}
                kept = {n: v for n, v in self._last.items() if n != "usage"}
                going.append(_event(b"", {**kept, "choices": [choice]}))
        return going

    def _rest_of(self, key: Key) -> tuple[str, dict[str, object]]:
        if key in self._arguments:
            text = self._rest_of_arguments(key)
            call = {"index": key[2], "function": {"arguments": text}}
            return text, {"tool_calls": [call]}
        text = self._windows.pop(key).finish()
        return text, {str(key[1]): text}

    def _rest_of_arguments(self, key: Key) -> str:
        text = "".join(self._arguments.pop(key))
        return arguments_searched(self.search, text, f"choices[{key[0]}]", self.flag)

    def _of_response(self, event: bytes, fields: dict[str, object]) -> list[bytes]:
        """Search an event of the Responses API."""
        kind = cast("str", fields["type"])
        name, _, step = kind.rpartition(".")
        key = (
            name,
            fields.get("item_id"),
            fields.get("content_index"),
            fields.get("summary_index"),
        )
        delta = fields.get("delta")
        if step == "delta" and isinstance(delta, str):
            if name.endswith("arguments"):
                return [event] if not self.search.tool_arguments else []
            fields["delta"] = self._window(key).feed(delta)
            if fields["delta"] == delta:
                return [event]
            return [_event(event, {n: v for n, v in fields.items() if n != "logprobs"})]
        before: list[bytes] = []
        if step == "done" and key in self._windows and (rest := self._windows.pop(key).finish()):
            told = {n: v for n, v in fields.items() if n not in ("text", "refusal", "logprobs")}
            line = b"event: " + name.encode() + b".delta\n"
            before = [_event(line, {**told, "type": f"{name}.delta", "delta": rest})]
        same = orjson.dumps(fields)
        after = self._everywhere(fields)
        return [*before, event if orjson.dumps(after) == same else _event(event, after)]

    def _everywhere(self, value: object, name: str = "") -> object:
        """Return a value with every text that it holds searched."""
        if isinstance(value, dict):
            fields = cast("dict[str, object]", value)
            return {key: self._everywhere(each, key) for key, each in fields.items()}
        if isinstance(value, list):
            return [self._everywhere(each) for each in cast("list[object]", value)]
        if not isinstance(value, str) or name not in WHOLE_TEXTS:
            return value
        if name != "arguments":
            return text_searched(self.search, value, "output", self.flag)
        if not self.search.tool_arguments:
            return value
        return arguments_searched(self.search, value, "output", self.flag)


def _event(like: bytes, fields: object) -> bytes:
    """Return an event with other fields; its other lines stay."""
    lines = like.replace(b"\r\n", b"\n").split(b"\n")
    kept = [line + b"\n" for line in lines if line and not line.startswith(b"data:")]
    return b"".join((*kept, b"data: ", orjson.dumps(fields), b"\n\n"))


def _without_logprobs(body: Mapping[str, object]) -> dict[str, object]:
    choices = body.get("choices")
    if not isinstance(choices, list):
        return dict(body)
    every = cast("list[dict[str, object]]", choices)
    cleared = [{**each, "logprobs": None} if each.get("logprobs") else each for each in every]
    return {**body, "choices": cleared}
