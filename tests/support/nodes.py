"""Real nodes for tests: a folder, the program assembled in it, served over HTTP on loopback.

    with a_node(tmp_path, "in", gateway={"attempt_seconds": 0.3}) as node:
        node.add_provider("vendor-small", upstream.url, supplier="vendor")
        node.offer("helpline", ["vendor-small"])
        secret = node.issue_key("helpline")
        node.start()  # with its lifespan: it follows its log, syncs with partners, does jobs
        answer = httpx2.get(f"{node.address}/v1/models", headers=bearer(secret))

`node.runtime` is the assembled program, for all that has no helper here:
`node.runtime.service(Federation)`. Records go through the real services in transactions of their
own, before or after the start. `stop` ends the serving in good order; a `start` after it opens the
folder anew, at the same address, as another process would. Settings are sections of corridor.toml;
the defaults here (`FAST`) are short deadlines. Leaving the block stops the node.
"""

import json
import socket
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from corridor.access import ApiKey, ApiKeys
from corridor.app.assembly import open_node
from corridor.app.home import Home
from corridor.app.http import create_app
from corridor.app.serve import bound_socket, limits_of
from corridor.catalogue import Catalogue, Provider
from corridor.core.clock import Clock, wall_clock
from corridor.drills import Drills
from corridor.edge.runtime import Runtime
from corridor.edge.serving import Server
from corridor.gateway import Extent, Gateway, Handled, Proxy, Service, Suspension, Target
from support import opening
from support.partners import until
from support.quiz import an_evaluation
from support.supply import DIGEST, a_model, a_provider, a_supplier, an_organisation

HOST = "127.0.0.1"

FAST: Mapping[str, Mapping[str, object]] = {
    "gateway": {
        "attempt_seconds": 5.0,
        "overall_seconds": 15.0,
        "stream_seconds": 20.0,
        "open_seconds": 0.2,
        "follow_seconds": 0.02,
        "lease_seconds": 1.0,
        "flush_seconds": 0.02,
        "keep_alive_seconds": 20.0,
        "drain_seconds": 2.0,
        "linger_seconds": 0.0,
    },
    "catalogue": {
        "private_addresses": ["127.0.0.0/8"],
        "connect_seconds": 5.0,
        "idle_seconds": 5.0,
        "context_tokens": 2048,
        "slots": 2,
    },
    "evaluation": {"tries": 3, "pause_seconds": 0.01, "patience_seconds": 5.0},
    "federation": {"sync_seconds": 0.1, "backoff_seconds": 0.1, "request_seconds": 5.0},
}


@dataclass
class Node:
    """A node in a folder, and the means to set it up and serve it."""

    home: Path
    listener: socket.socket
    clock: Clock
    runtime: Runtime
    callers: set[str] = field(default_factory=set[str])
    """The labels of those to whom every model is open, those that are added later too."""
    stale: bool = False
    """Whether it was served already, so that the next start opens the folder anew."""
    _server: Server | None = None
    _thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """Where it is served: `http://127.0.0.1:PORT`."""
        return self.runtime.address

    @property
    def operator(self) -> dict[str, str]:
        """The headers that open the control API."""
        return bearer(self.runtime.operator_token)

    def start(self) -> None:
        """Serve the node; return when it answers."""
        if self.stale:
            self.runtime = open_node(self.home, self.clock)
        self.stale = True
        limits = limits_of(self.runtime.service(Proxy).settings)
        server = create_app(self.runtime).served_by(limits)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [self.listener]}, name=f"node {self.home.name}"
        )
        thread.start()
        self._server, self._thread = server, thread
        until(lambda: server.started or not thread.is_alive())
        if not server.started:
            raise AssertionError("The node did not start.")

    def stop(self) -> None:
        """End the serving in good order: requests are answered, the account is written."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join(timeout=60)
        if self._thread.is_alive():
            raise AssertionError("The node did not stop.")
        self._server = self._thread = None
        self.listener.close()
        self.listener = bound_socket(HOST, int(self.address.rpartition(":")[2]))

    def add_provider(
        self,
        name: str,
        base_url: str | None,
        *,
        supplier: str = "vendor",
        model: str = "small",
        sha256: str = DIGEST,
        credential: str | None = None,
        served: str = "upstream-model",
        languages: tuple[str, ...] = opening.LANGUAGES,
    ) -> Provider:
        """Register a provider, and its organisation, supplier and model where they are missing.

        `served` is what the server at the address calls the model. `languages` are those in which
        a model that is new is opened to the callers that there are.
        """
        catalogue = self.runtime.service(Catalogue)
        provider = a_provider(
            name,
            base_url,
            credential=credential,
            served=served,
            supplier=supplier,
            model=model,
            model_sha256=sha256,
        )
        with self.runtime.store.transaction("test") as tx:
            catalogue.register(tx, an_organisation())
            if supplier not in catalogue.suppliers(tx):
                catalogue.register(tx, a_supplier(supplier))
            if model not in catalogue.models(tx):
                catalogue.register(tx, a_model(model, supplier=supplier, sha256=sha256))
            registered = catalogue.register(tx, provider)
            for label in self.callers:
                name = label.lower().replace(" ", "-")
                opening.open_models(self.runtime, tx, name, languages=languages)
            return registered

    def offer(
        self, service: str, providers: Sequence[str], languages: Sequence[str] = ("en-Latn",)
    ) -> Service:
        """Offer a service with its route, the preferred provider first."""
        gateway = self.runtime.service(Gateway)
        with self.runtime.store.transaction("test") as tx:
            offered = gateway.offer(tx, service, service.title(), languages)
            gateway.route(tx, service, providers)
            return offered

    def issue_key(
        self, *models: str, label: str = "tester", lifetime: timedelta | None = None
    ) -> str:
        """Return the secret of a new key of a caller to whom every model here is open.

        It covers all services and providers if none is named.
        """
        with self.runtime.store.transaction("test") as tx:
            self.callers.add(label)
            return opening.issue_key(self.runtime, tx, label, models or ("*",), lifetime)

    def key_of(self, secret: str) -> ApiKey:
        """Return what the node keeps of a key."""
        return next(key for key in self.keys_in_force() if secret.startswith(key.prefix))

    def keys_in_force(self) -> list[ApiKey]:
        """Return the keys in force."""
        with self.runtime.store.view() as view:
            found = self.runtime.service(ApiKeys).keys(view)
        return [key for key, state in found if state == "in_force"]

    def open_to_drills(self, *, granted: bool = True) -> None:
        """Let drills ask every model that is here; or make only the caller as which they ask."""
        drills = self.runtime.service(Drills).settings
        with self.runtime.store.transaction("test") as tx:
            opening.make_caller(self.runtime, tx, drills.principal, drills.project)
            if granted:
                opening.open_models(self.runtime, tx, drills.principal, drills.project)

    def publish(self, right: Mapping[str, int], language: str = "en-Latn") -> None:
        """Make evidence on models, by digest how many of 48 answers were right."""
        with self.runtime.store.transaction("test") as tx:
            for sha256, correct in right.items():
                tx.append(an_evaluation(correct, sha256=sha256, language=language))

    def suspend(
        self, supplier: str, seconds: float = 3600, extent: Extent | None = None
    ) -> Suspension:
        """Suspend a supplier."""
        with self.runtime.store.transaction("test") as tx:
            target, lasting = Target(kind="supplier", name=supplier), timedelta(seconds=seconds)
            gateway = self.runtime.service(Gateway)
            return gateway.suspend(tx, target, lasting, "a test", extent)

    def lift(self, suspension: Suspension) -> None:
        """End a suspension."""
        with self.runtime.store.transaction("test") as tx:
            self.runtime.service(Gateway).lift(tx, suspension, "the test is over")

    def traffic(self) -> list[Handled]:
        """Return the account of requests as it is written now."""
        start, end = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
        with self.runtime.store.view() as view:
            return self.runtime.service(Gateway).traffic(view, start, end)

    def account(self, requests: int) -> list[Handled]:
        """Wait until so many requests are accounted for; return them all, oldest first."""
        until(lambda: len(self.traffic()) >= requests)
        return self.traffic()

    def knows(self, true: Callable[[Runtime], bool]) -> None:
        """Wait until something holds of the runtime."""
        until(lambda: true(self.runtime))


@contextmanager
def a_node(
    folder: Path, name: str = "in", *, clock: Clock = wall_clock, **settings: Mapping[str, object]
) -> Generator[Node]:
    """Make a node in `folder/name`, not yet served; settings are sections of corridor.toml."""
    with closing(bound_socket(HOST, 0)) as listener:
        home = Home(folder / name)
        home.create(name, HOST, listener.getsockname()[1])
        with home.toml.open("a") as toml:
            toml.write(_sections(settings))
        node = Node(home.path, listener, clock, open_node(home.path, clock))
        try:
            yield node
        finally:
            node.stop()
            node.listener.close()
            node.runtime.store.close()


def _sections(settings: Mapping[str, Mapping[str, object]]) -> str:
    text = ""
    for section in dict.fromkeys((*FAST, *settings)):
        values = {**FAST.get(section, {}), **settings.get(section, {})}
        lines = [f"{key} = {_toml(value)}\n" for key, value in values.items()]
        text += f"\n[{section}]\n{''.join(lines)}"
    return text


def _toml(value: object) -> str:
    """Return a value as TOML has it; a table in one line."""
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, object]", value).items()
        return f"{{{', '.join(f'{name} = {_toml(each)}' for name, each in pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(each) for each in cast('Sequence[object]', value))}]"
    return json.dumps(value)


@contextmanager
def a_served_node(
    folder: Path, name: str = "in", *, clock: Clock = wall_clock, **settings: Mapping[str, object]
) -> Generator[Node]:
    """Make a node and serve it."""
    with a_node(folder, name, clock=clock, **settings) as node:
        node.start()
        yield node


def bearer(secret: str) -> dict[str, str]:
    """Return the header that shows a key."""
    return {"authorization": f"Bearer {secret}"}
