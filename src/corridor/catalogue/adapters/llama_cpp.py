"""A model run in this process by llama.cpp (xllamacpp), with continuous batching.

The engine's server also opens a port of its own on loopback; it is closed to everyone by a key
that nobody is told.
"""

import asyncio
import secrets
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

import orjson
import structlog

from corridor.catalogue.adapters.weights import checked
from corridor.catalogue.errors import DigestMismatch, EngineFailed, ProviderFailed, UnknownModel
from corridor.catalogue.ports import Answer, Call
from corridor.catalogue.records import ChatStyle
from corridor.catalogue.rules.chat import QUESTION_STOP, question_answer_prompt, turns_of
from corridor.core.errors import Invalid

SERVED = ("/chat/completions", "/completions")
DEFAULT_MAX_TOKENS = 128
DEFAULT_ANSWER_TOKENS = 1024

log = structlog.get_logger()

Chunk = dict[str, object]
CUT: Chunk = {}
"""Stands in a stream where it is broken off."""
WARMING = Call(
    "/chat/completions",
    {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1},
    "warming",
)
"""What is asked of a model that was just loaded."""


class Engine(Protocol):
    """The part of xllamacpp's server that is used here; with a callback the answer streams."""

    def handle_chat_completions(
        self, body: Chunk, callback: Callable[[Chunk], bool | None] | None = None
    ) -> Chunk:
        """Answer a chat."""
        ...

    def handle_completions(
        self, body: Chunk, callback: Callable[[Chunk], bool | None] | None = None
    ) -> Chunk:
        """Continue a text."""
        ...


def load(path: Path, sha256: str, *, threads: int, context_tokens: int, slots: int) -> Engine:
    """Load a GGUF file after checking that it is the registered one.

    Raises:
        DigestMismatch: if its content is another.
        EngineFailed: if llama.cpp cannot load it.
    """
    checked(path, sha256)
    import xllamacpp  # large: only where a model is loaded in this process

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = context_tokens
    params.n_parallel = slots
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.warmup = False
    params.verbosity = -1
    params.ui = False
    params.api_keys = [secrets.token_urlsafe(32)]
    try:
        return cast("Engine", cast("object", xllamacpp.Server(params)))
    except RuntimeError as error:
        raise EngineFailed(f"llama.cpp cannot load {path}.") from error


@dataclass(frozen=True, slots=True)
class LocalConnection:
    """A way to a model in this process. It is loaded when it is first used."""

    open_engine: Callable[[], Engine]
    model: str
    chat: ChatStyle
    pool: ThreadPoolExecutor
    answer_tokens: int = DEFAULT_ANSWER_TOKENS
    """No answer is longer."""
    warms: bool = True
    """Whether it is loaded before it is first used, where somebody asks for that."""
    slots: int = 1
    """How many requests it answers at the same time."""
    _loaded: list[Engine] = field(default_factory=list[Engine])
    _loading: threading.Lock = field(default_factory=threading.Lock)

    def engine(self) -> Engine:
        """Return the engine, loading the model if nobody has.

        Raises:
            DigestMismatch: if the model's file is not the registered one.
            EngineFailed: if it cannot be loaded.
        """
        with self._loading:
            if not self._loaded:
                self._loaded.append(self.open_engine())
            return self._loaded[0]

    def serves(self, path: str) -> bool:
        """Tell whether the model can be asked so: it chats, and it completes."""
        return path in SERVED

    @asynccontextmanager
    async def send(self, call: Call) -> AsyncGenerator[Answer]:
        """Run a request; leaving the context stops it at the next token."""
        loop = asyncio.get_running_loop()
        chunks: asyncio.Queue[Chunk | None] = asyncio.Queue()
        left = threading.Event()

        def deliver(chunk: Chunk | None) -> bool:
            if not left.is_set():
                loop.call_soon_threadsafe(chunks.put_nowait, chunk)
            return left.is_set()

        work = self.pool.submit(self._run, call, deliver)
        try:
            first = await chunks.get()
            yield self._answer(first, chunks, left, streams=bool(call.body.get("stream")))
        finally:
            work.cancel()  # if it waits for a free slot
            left.set()  # a stream stops at its next token; a whole answer is finished unheard

    def warm(self) -> None:
        """Load the model on other threads, and let it say a word in each of its slots at the same time.

        The first answer takes longer than others: a slot keeps the words that every conversation begins with. A failure is
        logged, and shows again when the model is used.
        """
        for _ in range(self.slots if self.warms else 0):
            self.pool.submit(self._run, WARMING, _unheard)

    async def close(self) -> None:
        """Let the model go."""
        self.pool.shutdown(wait=False, cancel_futures=True)
        self._loaded.clear()

    def _run(self, call: Call, deliver: Callable[[Chunk | None], bool]) -> None:
        try:
            self._ask(call, deliver)
        except (DigestMismatch, UnknownModel, EngineFailed, RuntimeError, OSError) as error:
            log.error("catalogue.model.unusable", model=self.model, reason=str(error))
            deliver(_refusal(str(error), status=500))  # ours, so that a gateway asks another
        except (Invalid, ValueError) as error:  # xllamacpp: a request that it cannot read
            deliver(_refusal(str(error)))
        finally:
            deliver(None)

    def _ask(self, call: Call, deliver: Callable[[Chunk], bool]) -> None:
        engine = self.engine()
        body: Chunk = {**call.body, "max_tokens": self._tokens(call.body), "model": self.model}
        ask = engine.handle_completions
        reshape: Callable[[Chunk], Chunk] = dict
        if call.path == "/chat/completions":
            ask = engine.handle_chat_completions
            if self.chat == "question-answer":
                ask, reshape = engine.handle_completions, _AsChat(streams=bool(body.get("stream")))
                body = _as_completion(body)

        def named(chunk: Chunk) -> bool:
            shaped = chunk if "error" in chunk else reshape(chunk)
            return deliver({**shaped, "model": self.model} if "choices" in shaped else shaped)

        if body.get("stream"):
            ask(body, named)
        else:
            named(ask(body))

    def _tokens(self, body: Chunk) -> object:
        asked = body.get("max_tokens", body.get("max_completion_tokens"))
        if asked is None:
            return min(DEFAULT_MAX_TOKENS, self.answer_tokens)
        if not isinstance(asked, int):
            return asked  # the engine says what is wrong with it
        return min(asked, self.answer_tokens) if asked > 0 else self.answer_tokens

    def _answer(
        self,
        first: Chunk | None,
        chunks: "asyncio.Queue[Chunk | None]",
        left: threading.Event,
        *,
        streams: bool,
    ) -> Answer:
        if first is None or "error" in first:
            error = cast("Chunk", (first or _refusal("The engine gave no answer.", 500))["error"])
            status = error.get("code")
            body = {
                "message": error.get("message"),
                "type": error.get("type"),
                "param": None,
                "code": error.get("type"),
            }
            return Answer(
                status if isinstance(status, int) else 500,
                "application/json",
                _once(orjson.dumps({"error": body})),
            )

        def cut() -> None:
            left.set()
            chunks.put_nowait(CUT)

        if streams:
            return Answer(200, "text/event-stream", _events(first, chunks), cut=cut)
        return Answer(200, "application/json", _once(orjson.dumps(first)))


def _unheard(_: Chunk | None) -> bool:
    return False


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _events(first: Chunk, rest: "asyncio.Queue[Chunk | None]") -> AsyncGenerator[bytes]:
    chunk: Chunk | None = first
    while chunk is not None:
        if chunk is CUT:
            raise ProviderFailed("The answer was cut.", reason="broken")
        yield b"data: " + orjson.dumps(chunk) + b"\n\n"
        if "error" in chunk:
            return
        chunk = await rest.get()
    yield b"data: [DONE]\n\n"


def _refusal(message: str, status: int = 400) -> Chunk:
    kind = "invalid_request_error" if status == 400 else "server_error"
    return {"error": {"code": status, "message": message, "type": kind}}


def _as_completion(body: Chunk) -> Chunk:
    kept = {name: value for name, value in body.items() if name != "messages"}
    stop = body.get("stop")
    stops = cast("list[object]", stop) if isinstance(stop, list) else [stop] if stop else []
    return {
        **kept,
        "prompt": question_answer_prompt(turns_of(body)),
        "stop": [*stops, QUESTION_STOP],
    }


@dataclass(slots=True)
class _AsChat:
    """Give completion chunks the shape of a chat's, without the space before the answer."""

    streams: bool
    begun: bool = False

    def __call__(self, chunk: Chunk) -> Chunk:
        choices = [self._choice(choice) for choice in cast("list[Chunk]", chunk["choices"])]
        kind = "chat.completion.chunk" if self.streams else "chat.completion"
        return {**chunk, "object": kind, "choices": choices}

    def _choice(self, choice: Chunk) -> Chunk:
        text = str(choice.get("text", ""))
        text = text if self.begun else text.lstrip()
        self.begun = self.begun or bool(text)
        return {
            "index": choice.get("index", 0),
            "finish_reason": choice.get("finish_reason"),
            "delta" if self.streams else "message": {"role": "assistant", "content": text},
        }
