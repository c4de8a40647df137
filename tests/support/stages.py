"""A served node with two suppliers behind it, and a caller who looks closely at the answers."""

import ctypes
import json
import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import cast

import httpx2

from corridor.catalogue import Catalogue, HttpEndpoint, Provider
from corridor.core.clock import Clock, wall_clock
from corridor.core.store import Store
from corridor.gateway import Gateway, Handled, Proxy
from support.nodes import Node, a_node, bearer
from support.partners import until
from support.upstream import FakeUpstream, a_fake_upstream

SERVICE = "helpline"
AT_FDCWD = -100
RENAME_EXCHANGE = 2  # of renameat2(2)
HELLO: Mapping[str, object] = {"messages": [{"role": "user", "content": "hello"}]}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a caller saw of one answer."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def provider(self) -> str:
        return self.headers["x-corridor-provider"]

    @property
    def request_id(self) -> str:
        return self.headers["x-request-id"]

    @property
    def value(self) -> dict[str, object]:
        return cast("dict[str, object]", json.loads(self.text))

    @property
    def error(self) -> dict[str, object]:
        return cast("dict[str, object]", self.value["error"])

    @property
    def events(self) -> list[str]:
        """The data of the events of a stream, in order."""
        lines = self.text.split("\n")
        return [line[5:].strip() for line in lines if line.startswith("data:")]

    @property
    def said(self) -> str:
        """The text of the answer, whole or put together from a stream."""
        if not self.headers["content-type"].startswith("text/event-stream"):
            return str(_choice(self.value, "message").get("content"))
        pieces = [_choice(json.loads(data), "delta") for data in self.events if data[:1] == "{"]
        return "".join(str(piece.get("content", "")) for piece in pieces)


def _choice(value: Mapping[str, object], part: str) -> dict[str, object]:
    choices = cast("list[dict[str, dict[str, object]]]", value.get("choices") or [{}])
    return choices[0].get(part, {})


@dataclass
class Stage:
    """A node that offers one service by alpha, then beta; each is a supplier of its own."""

    node: Node
    alpha: FakeUpstream
    beta: FakeUpstream
    secret: str
    client: httpx2.Client = field(default_factory=partial(httpx2.Client, trust_env=False))

    def ask(
        self,
        *,
        stream: bool = False,
        model: str = SERVICE,
        path: str = "/v1/chat/completions",
        headers: Mapping[str, str] | None = None,
        **fields: object,
    ) -> Seen:
        """Ask, and read the answer to its end."""
        answer = self.client.post(
            self.node.address + path,
            json={"model": model, "stream": stream, **HELLO, **fields},
            headers={**bearer(self.secret), **(headers or {})},
            timeout=60,
        )
        return Seen(answer.status_code, answer.headers, answer.text)

    @contextmanager
    def reading(self, *, model: str = SERVICE, **fields: object) -> Generator[Iterator[str]]:
        """Ask for a stream; give the data of its events as they come."""
        with self.client.stream(
            "POST",
            f"{self.node.address}/v1/chat/completions",
            json={"model": model, "stream": True, **HELLO, **fields},
            headers=bearer(self.secret),
            timeout=60,
        ) as answer:
            yield (line[5:].strip() for line in answer.iter_lines() if line.startswith("data:"))

    def serve_responses(self) -> None:
        """Say of every provider that it has the Responses API too."""
        catalogue = self.node.runtime.service(Catalogue)
        with self.node.runtime.store.transaction("test") as tx:
            for provider in catalogue.providers(tx).values():
                assert isinstance(provider.endpoint, HttpEndpoint)
                serves = (*provider.endpoint.serves, "/responses")
                endpoint = provider.endpoint.model_copy(update={"serves": serves})
                fields = provider.model_dump(exclude={"id", "endpoint"})
                catalogue.register(tx, Provider(**fields, endpoint=endpoint))
        self.alpha.mode = "responses"
        until(lambda: self.ask(path="/v1/responses").status == 200)

    def accounted(self, seen: Seen) -> Handled:
        """Wait for the line of the account that tells of an answer."""
        return self.account_of(seen.request_id)

    def account_of(self, request_id: str) -> Handled:
        def found() -> list[Handled]:
            return [line for line in self.node.traffic() if line.request_id == request_id]

        until(lambda: bool(found()))
        [line] = found()
        return line

    def reset(self) -> None:
        """Begin a test anew: both answer well, nothing counted."""
        health = self.node.runtime.service(Proxy).health
        for upstream in (self.alpha, self.beta):
            until(lambda upstream=upstream: upstream.busy == 0)
            upstream.begin_anew()
            health.answered(upstream.name)
        self.forgive()

    def forgive(self) -> None:
        """Dismiss what suppliers said against the node, as its operator would."""
        proxy = self.node.runtime.service(Proxy)
        gateway = self.node.runtime.service(Gateway)
        until(lambda: set(proxy.health.barred) <= set(proxy.snapshot.closures))
        with self.node.runtime.store.transaction("test") as tx:
            for each in gateway.proposals(tx):
                gateway.dismiss(tx, each.id, "the test is over")
            decided = gateway.decided(tx)
        until(lambda: proxy.snapshot.decided == decided and not proxy.health.barred)


@contextmanager
def a_stage(
    folder: Path, *, clock: Clock = wall_clock, **settings: Mapping[str, object]
) -> Generator[Stage]:
    """Serve a node with two suppliers behind it."""
    with (
        a_fake_upstream("alpha") as alpha,
        a_fake_upstream("beta") as beta,
        a_node(folder, "in", clock=clock, **settings) as node,
    ):
        for upstream in (alpha, beta):
            node.add_provider(upstream.name, upstream.url, supplier=f"{upstream.name}-inc")
        node.offer(SERVICE, ["alpha", "beta"])
        stage = Stage(node, alpha, beta, node.issue_key())
        node.start()
        try:
            yield stage
        finally:
            stage.client.close()


def store_gone(node: Node) -> AbstractContextManager[None]:
    """Take a node's database away while the block runs."""
    return database_gone(node.home / "store.db", node.runtime.store)


@contextmanager
def database_gone(database: Path, store: Store) -> Generator[None]:
    """Put a folder where the database was, so that nothing can be read or written."""
    aside = database.parent / "aside"
    aside.mkdir()
    _exchange(database, aside)
    store.close()  # whoever has it open holds the file that is aside now
    try:
        yield
    finally:
        _exchange(database, aside)
        aside.rmdir()


def _exchange(one: Path, other: Path) -> None:
    """Let two paths change places in one step.

    In two steps, whoever looks for the database between them makes an empty one, and goes on
    with that after the true one is back.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    paths = AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other)
    if libc.renameat2(*paths, RENAME_EXCHANGE):
        raise OSError(ctypes.get_errno(), "the paths cannot change places", str(one))
