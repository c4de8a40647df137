"""Who is asked the suite's questions in tests, as a connection or over HTTP, and made-up evidence."""

import asyncio
import functools
import json
import secrets
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

from corridor.catalogue import Answer, Call, ProviderFailed
from corridor.core.signing import Signer, sealed
from corridor.core.statements import claim_of, statement_of
from corridor.core.store import Arrival, Transaction
from corridor.core.store.transaction import commitment_of
from corridor.evaluation import Evaluation, Suite, wilson
from corridor.evaluation.adapters.suites import suite_named
from corridor.evaluation.rules import METHOD
from support.builders import NOON
from support.supply import DIGEST

Pupil = Callable[[str], str]
"""Answers a prompt."""


@functools.cache
def the_suite() -> Suite:
    return suite_named("parallel-facts")


def question_in(prompt: str) -> str:
    """Return the last question of a prompt, which the pupil is to answer."""
    return prompt.strip().splitlines()[-2].partition(": ")[2]


def knows_all(prompt: str) -> str:
    """Answer every question of the suite rightly, then go on as base models do."""
    asked = question_in(prompt)
    for item in the_suite().items:
        for question in item.by_language.values():
            if " ".join(question.question.split()) == asked:
                return f" {question.answers[-1]}\nQuestion: and then?"
    raise AssertionError(f"{asked!r} is no question of the suite.")


def knows_nothing(_: str) -> str:
    return " I would rather not say."


def completion(text: object) -> bytes:
    return json.dumps({"object": "text_completion", "choices": [{"text": text}]}).encode()


@dataclass
class FakeConnection:
    """A way to a pupil; what it says may be replaced by bytes, or by a failure."""

    pupil: Pupil = knows_all
    data: bytes | None = None
    status: int = 200
    failing_from: int | None = None
    """The number of the call, from 0, at which the provider begins to fail."""
    silent: bool = False
    endless: bool = False
    calls: list[Call] = field(default_factory=list[Call])
    closed: bool = False

    def serves(self, path: str) -> bool:
        return bool(path)

    @asynccontextmanager
    async def send(self, call: Call) -> AsyncGenerator[Answer]:
        self.calls.append(call)
        if self.silent:
            await asyncio.Event().wait()
        if self.failing_from is not None and len(self.calls) > self.failing_from:
            raise ProviderFailed("The provider broke the connection.", reason="broken")
        yield Answer(self.status, "application/json", self._body(call))

    async def _body(self, call: Call) -> AsyncIterator[bytes]:
        data = completion(self.pupil(str(call.body["prompt"]))) if self.data is None else self.data
        yield data
        while self.endless:
            yield b"0" * 65536

    def warm(self) -> None:
        """Do nothing."""

    async def close(self) -> None:
        self.closed = True


@dataclass(eq=False)
class FakeModelServer:
    """An OpenAI-compatible server whose /v1/completions a pupil answers."""

    pupil: Pupil
    url: str = ""
    prompts: list[str] = field(default_factory=list[str])


@contextmanager
def a_model_server(pupil: Pupil = knows_all) -> Generator[FakeModelServer]:
    """Serve a pupil over HTTP for the length of a block."""
    state = FakeModelServer(pupil)

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            prompt = str(cast("dict[str, object]", json.loads(body)).get("prompt"))
            state.prompts.append(prompt)
            data = completion(state.pupil(prompt))
            self.send_response(200 if self.path == "/v1/completions" else 404)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        state.url = f"http://127.0.0.1:{server.server_port}/v1"
        try:
            yield state
        finally:
            server.shutdown()
            thread.join(timeout=10)


def an_evaluation(
    correct: int = 24, n: int = 48, *, sha256: str = DIGEST, **fields: object
) -> Evaluation:
    """Return evidence on a file; as many answers were right as the test wants."""
    suite = the_suite()
    defaults: dict[str, object] = {
        "made_at": NOON,
        "visibility": "public",
        "model": "small",
        "model_sha256": sha256,
        "provider": "vendor-small",
        "suite": suite.name,
        "suite_version": suite.version,
        "suite_sha256": suite.sha256,
        "language": "en-Latn",
        "method": METHOD,
        "seed": 1,
        "n": n,
        "correct": correct,
        "outcomes": "1" * correct + "0" * (n - correct),
        "score": wilson(correct, n),
    }
    return Evaluation.model_validate({**defaults, **fields})


def kept_of_a_partner(tx: Transaction, *evidence: Evaluation, partner: str = "jp") -> None:
    """Keep evidence as federation keeps a partner's, once it has verified it."""
    signer = Signer.generate()
    for position, record in enumerate(evidence, tx.log_size(partner)):
        statement = statement_of(record, partner)
        envelope, salt = sealed(statement, signer), secrets.token_bytes(32)
        tx.index([Arrival(position, salt, envelope, claim_of(statement))])
        tx.grow(partner, position, [commitment_of(salt, envelope)])
