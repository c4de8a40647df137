"""Whatever suppliers do, a caller gets one supplier's answer, or an error, and nothing made up.

For any behaviour of two suppliers and any way to cut their bytes into chunks, what a caller gets is
all of one answer, or an error in OpenAI's shape, or a part of one stream that ends with an error.
"""

import asyncio
import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.nodes import Node, a_node
from support.proxies import a_proxy
from support.stages import HELLO, SERVICE

from corridor.catalogue import Answer, Call, ProviderFailed
from corridor.gateway.errors import Refusal
from corridor.gateway.service import Shown

NAMES = ("alpha", "beta")
DONE = b"data: [DONE]\n\n"
KINDS = (
    "word",
    "word",
    "word",
    "finish",
    "done",
    "ping",
    "error",
    "garbage",
    "crlf",
    "usage",
    "half",
)

BEGINNINGS: tuple[tuple[str, ...], ...] = ((), ("word",), ("word", "word"), ("ping", "word"))


@dataclass(frozen=True)
class Script:
    """What a supplier does with a request."""

    status: int
    kind: str
    pieces: tuple[str, ...]
    cuts: tuple[int, ...]
    breaks: bool
    """Whether the connection breaks at the end, instead of ending in good order."""
    refuses: bool = False

    def body(self, name: str) -> bytes:
        if self.kind == "application/json":
            return whole_of(name, self.pieces)
        return b"".join(event_of(name, piece) for piece in self.pieces)

    def chunks(self, name: str) -> list[bytes]:
        data = self.body(name)
        edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in self.cuts)})
        return [data[a:b] for a, b in itertools.pairwise(edges)]


@dataclass
class Scripted:
    """A way to a supplier that follows a script."""

    name: str
    script: Script

    def serves(self, path: str) -> bool:
        return bool(path)

    @asynccontextmanager
    async def send(self, call: Call) -> AsyncGenerator[Answer]:
        assert call.body["model"] == SERVICE
        if self.script.refuses:
            raise ProviderFailed("It refused the connection.", reason="refused")
        yield Answer(self.script.status, self.script.kind, self._body())

    def warm(self) -> None:
        return

    async def close(self) -> None:
        return

    async def _body(self) -> AsyncIterator[bytes]:
        for chunk in self.script.chunks(self.name):
            yield chunk
        if self.script.breaks:
            raise ProviderFailed("It broke.", reason="broken")


def whole_of(name: str, pieces: tuple[str, ...]) -> bytes:
    if "garbage" in pieces:
        return b"<html>" + name.encode()
    choice = {"message": {"content": name}, "finish_reason": "stop"}
    value: dict[str, object] = {"choices": [choice] if "word" in pieces else []}
    if "error" in pieces:
        value = {"error": {"message": f"{name} is out", "code": None}}
    data = orjson.dumps(value)
    return data[:-3] if "half" in pieces else data


def event_of(name: str, piece: str) -> bytes:
    def chunk(delta: str, finish: str | None = None, end: bytes = b"\n\n") -> bytes:
        choice = {"index": 0, "delta": {"content": delta}, "finish_reason": finish}
        return b"data: " + orjson.dumps({"choices": [choice]}) + end

    return {
        "word": chunk(name),
        "crlf": chunk(name, end=b"\r\n\r\n"),
        "finish": chunk("", "stop"),
        "done": DONE,
        "ping": b": ping\n\n",
        "error": b'data: {"error":{"message":"%b is out"}}\n\n' % name.encode(),
        "garbage": b"data: <html>\n\n",
        "usage": b'data: {"choices":[],"usage":{"total_tokens":1}}\n\n',
        "half": chunk(name)[:-9],
    }[piece]


scripts = st.builds(
    Script,
    status=st.sampled_from([200, 200, 200, 200, 200, 201, 400, 401, 404, 422, 429, 500, 503]),
    kind=st.sampled_from(["text/event-stream", "text/event-stream", "application/json"]),
    pieces=st.tuples(st.sampled_from(BEGINNINGS), st.lists(st.sampled_from(KINDS), max_size=8)).map(
        lambda both: (*both[0], *both[1])
    ),
    cuts=st.lists(st.integers(0, 2000), max_size=12).map(tuple),
    breaks=st.booleans(),
    refuses=st.sampled_from([False] * 9 + [True]),
)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with a_node(tmp_path_factory.mktemp("mixture")) as node:
        for name in NAMES:
            node.add_provider(name, "http://127.0.0.1:9/v1", supplier=f"{name}-inc")
        node.offer(SERVICE, NAMES)
        yield node


@pytest.fixture(scope="module")
def secret(node: Node) -> str:
    return node.issue_key()


@dataclass(frozen=True)
class Got:
    """An answer, or the beginning of one."""

    status: int
    script: Script
    provider: str
    data: bytes


async def got(
    node: Node, secret: str, one: Script, two: Script, **options: object
) -> Got | Refusal:
    """Return what a caller gets."""
    scripts: dict[str, Script] = dict(zip(NAMES, (one, two), strict=True))
    ways = {name: Scripted(name, script) for name, script in scripts.items()}
    held = float(str(options.pop("held", 0)))
    chosen = {"retry_seconds": 0.001, "hold_back_events": held, "hold_back_seconds": 0.05}
    proxy = a_proxy(node, dict(ways), None, **chosen)
    data = orjson.dumps({"model": SERVICE, **HELLO, **options})
    try:
        async with proxy.reply("/chat/completions", Shown(secret), data, request_id="r-1") as reply:
            data = reply.data or b""
            if reply.stream is not None:
                data = b"".join([part async for part in reply.stream])
            return Got(reply.status, scripts[reply.provider], reply.provider, data)
    except Refusal as refusal:
        return refusal


def check_error(value: object) -> None:
    fields = cast("dict[str, dict[str, object]]", value)
    assert set(fields) == {"error"}
    assert fields["error"]["message"]
    assert fields["error"]["code"]


quickly = settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@quickly
@given(one=scripts, two=scripts)
def test_a_whole_answer_is_one_suppliers_byte_for_byte(
    node: Node, secret: str, one: Script, two: Script
) -> None:
    outcome = asyncio.run(got(node, secret, one, two))

    if isinstance(outcome, Refusal):
        assert outcome.status >= 400
        check_error(outcome.body())
        return
    if outcome.status >= 400:
        assert "error" in orjson.loads(outcome.data)
        return
    assert outcome.data == outcome.script.body(outcome.provider)
    assert orjson.loads(outcome.data)["choices"]
    assert not outcome.script.breaks


@quickly
@given(one=scripts, two=scripts, held=st.sampled_from([0, 0, 2, 6]))
def test_a_stream_is_one_suppliers_and_ends_as_it_did_or_with_an_error(
    node: Node, secret: str, one: Script, two: Script, held: int
) -> None:
    outcome = asyncio.run(got(node, secret, one, two, stream=True, held=held))

    if isinstance(outcome, Refusal):
        assert outcome.status >= 400
        check_error(outcome.body())
        return
    if outcome.status >= 400:
        assert "error" in orjson.loads(outcome.data)
        return
    script = outcome.script
    passed, error = split(outcome.data)
    assert script.body(outcome.provider).startswith(passed)
    assert b"<html>" not in passed
    assert b" is out" not in passed
    if error is None:
        whole = passed.endswith(DONE) or (b'"stop"' in passed and not script.breaks)
        assert whole
    else:
        check_error(error)
        assert DONE not in passed


def split(data: bytes) -> tuple[bytes, object]:
    """Return what was passed on, and the error event behind it if there is one."""
    begin = data.rfind(b'data: {"error"')
    if begin < 0:
        return data, None
    return data[:begin], orjson.loads(data[begin + 6 :])
