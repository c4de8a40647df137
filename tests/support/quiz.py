"""Who is asked the suite's questions in tests, over HTTP, and made-up evidence."""

import functools
import json
import secrets
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

from corridor.core.records import Record
from corridor.core.signing import Signer, sealed
from corridor.core.statements import claim_of, statement_of
from corridor.core.store import Arrival, Transaction
from corridor.core.store.transaction import commitment_of
from corridor.evaluation import Evaluation, Suite, wilson
from corridor.evaluation.adapters.suites import suite_named
from corridor.evaluation.records import Asking, Dataset, Endpoint, Taken
from corridor.evaluation.rules.prompts import method_of
from corridor.evaluation.service.datasets import load
from support.builders import NOON
from support.supply import DIGEST

Pupil = Callable[[str], str]
"""Answers a prompt."""


@functools.cache
def the_suite() -> Suite:
    return suite_named("parallel-facts")


@functools.cache
def the_dataset() -> Dataset:
    return load("parallel-facts")


ASKING = Asking(
    style="completions",
    rule="the data set has examples",
    template="lines@1",
    shots=5,
    answer_tokens=24,
)
"""How the suite's questions are asked where nothing else is said."""
METHOD = method_of(the_dataset(), ASKING, "text@1")


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


@dataclass(eq=False)
class FakeModelServer:
    """An OpenAI-compatible server: a pupil answers /v1/completions and /v1/chat/completions.

    In a conversation the pupil sees the last message, or all of it where it `sees_all`. `refusals` are given to the next requests instead
    of answers: a status, and for how long not to ask (None: it is not said).
    """

    pupil: Pupil
    url: str = ""
    prompts: list[str] = field(default_factory=list[str])
    """Of every request, in order."""
    answered: list[str] = field(default_factory=list[str])
    """Those to which a whole answer was sent."""
    refusals: deque[tuple[int, str | None]] = field(default_factory=deque[tuple[int, str | None]])
    declared: str | None = None
    """What answers say they come from."""
    usage: dict[str, int] | None = None
    held_at: int | None = None
    """The number of the request, from 1, that waits until it is let go."""
    letting_go: threading.Event = field(default_factory=threading.Event)
    sees_all: bool = False

    def reply(self, body: dict[str, object]) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of the answer to a request."""
        prompt = _prompt_in(body)
        self.prompts.append(prompt)
        if len(self.prompts) == self.held_at:
            self.letting_go.wait(60)
        if self.refusals:
            status, after = self.refusals.popleft()
            headers = {} if after is None else {"retry-after": after}
            return status, headers, json.dumps({"error": {"message": "not now"}}).encode()
        text = self.pupil(_all_in(body) if self.sees_all else prompt)
        choice: dict[str, object] = {"finish_reason": "stop"}
        choice |= {"message": {"content": text}} if "messages" in body else {"text": text}
        value: dict[str, object] = {"choices": [choice]}
        if self.declared is not None:
            value["model"] = self.declared
        if self.usage is not None:
            value["usage"] = self.usage
        return 200, {}, json.dumps(value).encode()


def _prompt_in(body: dict[str, object]) -> str:
    messages = cast("list[dict[str, str]]", body.get("messages") or [])
    return messages[-1]["content"] if messages else str(body.get("prompt"))


def _all_in(body: dict[str, object]) -> str:
    messages = cast("list[dict[str, str]]", body.get("messages") or [])
    return "\n".join(each["content"] for each in messages) or str(body.get("prompt"))


@contextmanager
def a_model_server(pupil: Pupil = knows_all) -> Generator[FakeModelServer]:
    """Serve a pupil over HTTP for the length of a block."""
    state = FakeModelServer(pupil)

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            value = cast("dict[str, object]", json.loads(body))
            status, headers, data = state.reply(value)
            self.send_response(status)
            for name, text in headers.items():
                self.send_header(name, text)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            if status == 200:
                state.answered.append(_prompt_in(value))

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def handle(self) -> None:
            with suppress(ConnectionError):  # the caller was killed
                super().handle()

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # many workers knock at once

    with Server(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        state.url = f"http://127.0.0.1:{server.server_port}/v1"
        try:
            yield state
        finally:
            state.letting_go.set()
            server.shutdown()
            thread.join(timeout=60)


def an_evaluation(
    correct: int = 24, n: int = 48, *, sha256: str = DIGEST, **fields: object
) -> Evaluation:
    """Return evidence on a file; as many answers were right as the test wants."""
    suite = the_dataset()
    language = str(fields.get("language", "en-Latn"))
    defaults: dict[str, object] = {
        "made_at": NOON,
        "visibility": "public",
        "model": "small",
        "model_sha256": sha256,
        "provider": "vendor-small",
        "suite": suite.name,
        "suite_version": suite.version,
        "suite_sha256": suite.digests.get(language, "ee" * 32),
        "language": language,
        "method": METHOD,
        "seed": 1,
        "n": n,
        "correct": correct,
        "outcomes": "1" * correct + "0" * (n - correct),
        "score": wilson(correct, n),
    }
    return Evaluation.model_validate({**defaults, **fields})


def a_taken(*, asked: bool = False) -> Taken:
    """Return where answers come from: a log that was read, or a task that the node itself ran."""
    endpoint = Endpoint(operator="vendor", address="http://127.0.0.1:9/v1", served="small")
    return Taken(
        harness="inspect_ai 0.3.285",
        task="parallel-facts",
        called="small",
        file_sha256="ab" * 32,
        samples_sha256="cd" * 32,
        whole=True,
        by="operator",
        where="in",
        endpoint=endpoint if asked else None,
    )


def kept_of_a_partner(tx: Transaction, *kept: Record, partner: str = "jp") -> None:
    """Keep records as federation keeps a partner's, once it has verified them."""
    signer = Signer.generate()
    for position, record in enumerate(kept, tx.log_size(partner)):
        statement = statement_of(record, partner)
        envelope, salt = sealed(statement, signer), secrets.token_bytes(32)
        tx.index([Arrival(position, salt, envelope, claim_of(statement))])
        tx.grow(partner, position, [commitment_of(salt, envelope)])
