"""A model that answers, over the catalogue's connections: one item, one request, no retry.

What went wrong is sorted into what to do about it: ask again, count the item as unanswered, or end.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import cast

import orjson

from corridor.catalogue import Answer, Call, Connection, ProviderFailed
from corridor.evaluation.errors import NoAnswer, Remedy
from corridor.evaluation.ports import Answered, Prompt

MAX_ANSWER_BYTES = 1024 * 1024
"""A longer answer to one item is none."""
OF_THE_ITEM = frozenset({400, 413, 422, 451})
"""Statuses by which a provider refuses one request and may well answer the next."""
FOR_ALL = frozenset({401, 402, 403, 404, 405, 410})
"""Statuses by which it would refuse every request."""
MESSAGE_CHARACTERS = 200

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class ConnectionAnswerer:
    """Ask over a connection, in OpenAI's form."""

    connection: Connection
    seconds: float
    """How long an answer may take."""

    async def answer(self, prompt: Prompt) -> Answered:
        """Return what the model says.

        Raises:
            NoAnswer: if there is none; its `remedy` says what to do about it.
        """
        path = "/chat/completions" if prompt.messages else "/completions"
        began = time.monotonic()
        try:
            async with (
                asyncio.timeout(self.seconds),
                self.connection.send(Call(path, body_of(prompt), "evaluation")) as answer,
            ):
                data = await _whole(answer)
        except TimeoutError as error:
            raise NoAnswer(f"The provider took longer than {self.seconds:g} s.") from error
        except ProviderFailed as error:
            remedy: Remedy = "stop" if error.reason == "not open" else "again"
            raise NoAnswer(error.message, remedy=remedy, hint=error.hint) from error
        if not 200 <= answer.status < 300:
            raise _refused(answer, data)
        return _read(data, time.monotonic() - began)

    async def close(self) -> None:
        """Close the connection."""
        await self.connection.close()


def body_of(prompt: Prompt) -> Json:
    """Return the request for a prompt."""
    body: Json = {
        "max_tokens": prompt.max_tokens,
        "temperature": prompt.temperature,
        "seed": prompt.seed,
    }
    if prompt.grammar:
        body["grammar"] = prompt.grammar
    if prompt.stop:
        body["stop"] = list(prompt.stop)
    if prompt.messages:
        body["messages"] = [{"role": each.role, "content": each.text} for each in prompt.messages]
    else:
        body["prompt"] = prompt.text
    return body


async def _whole(answer: Answer) -> bytes:
    data = bytearray()
    async for chunk in answer.body:
        data += chunk
        if len(data) > MAX_ANSWER_BYTES:
            raise NoAnswer("The provider's answer does not end.")
    return bytes(data)


def _refused(answer: Answer, data: bytes) -> NoAnswer:
    message = f"The provider refused with status {answer.status}{_reason(data)}."
    if answer.status in OF_THE_ITEM:
        return NoAnswer(message, remedy="skip")
    if answer.status in FOR_ALL:
        return NoAnswer(message, remedy="stop")
    return NoAnswer(message, after=_seconds(answer.headers.get("retry-after", "")))


def _read(data: bytes, seconds: float) -> Answered:
    """Read a completion or a chat's answer.

    Raises:
        NoAnswer: if it is neither.
    """
    try:
        value = cast("Json", orjson.loads(data))
        choice = cast("list[Json]", value["choices"])[0]
        text = choice["text"] if "text" in choice else cast("Json", choice["message"])["content"]
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError) as error:
        raise NoAnswer("The provider's answer holds no text.") from error
    if text is None and choice.get("finish_reason") == "content_filter":
        raise NoAnswer("The provider held its answer back.", remedy="skip")
    if not isinstance(text, str):
        raise NoAnswer("The provider's answer holds no text.")
    usage = value.get("usage")
    counted = cast("Json", usage) if isinstance(usage, dict) else {}
    return Answered(
        text=text,
        tokens_in=_count(counted.get("prompt_tokens")),
        tokens_out=_count(counted.get("completion_tokens")),
        seconds=seconds,
        stopped=_word(choice.get("finish_reason")),
        declared=_word(value.get("model")),
        fingerprint=_word(value.get("system_fingerprint")),
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _word(value: object) -> str:
    return value[:MESSAGE_CHARACTERS] if isinstance(value, str) else ""


def _seconds(text: str) -> float | None:
    """Return how long `retry-after` asks to wait; a date, which few send, counts as not said."""
    return float(text) if text.isdecimal() and len(text) < 7 else None


def _reason(data: bytes) -> str:
    """Return what an error in OpenAI's shape says; of anything else nothing, it may be an answer."""
    try:
        message = cast("dict[str, dict[str, object]]", orjson.loads(data))["error"]["message"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""
    return f": {str(message)[:MESSAGE_CHARACTERS]}"
