"""Partners for tests: whole nodes over loopback, a log that can tell every lie, servers that misbehave."""

import asyncio
import base64
import contextlib
import secrets
import socket
import ssl
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

import uvicorn
from fastapi import FastAPI

from corridor.core import merkle
from corridor.core.checkpoints import Checkpoint, signed_note
from corridor.core.clock import Clock
from corridor.core.errors import CorridorError
from corridor.core.records import Record
from corridor.core.signing import Signer, sealed
from corridor.core.statements import statement_of
from corridor.core.store import Identity, commitment_of
from corridor.core.tiles import Tile
from corridor.edge.problems import problem
from corridor.edge.runtime import Runtime
from corridor.federation import (
    Cosigner,
    Exchange,
    Federation,
    FederationSettings,
    Gossip,
    Introductions,
    Keys,
    LogRecovery,
    Partner,
    PartnerUnavailable,
    Pulled,
    Witness,
)
from corridor.federation.adapters.http import HttpPartnerClient
from corridor.federation.adapters.introductions import HttpMessenger
from corridor.federation.adapters.mirrors import HttpMirrorClient
from corridor.federation.adapters.witnesses import HttpWitnessClient
from corridor.federation.ports import Card, LogEntry, PartnerClient, Remote, WitnessClient
from corridor.federation.routes import router
from corridor.federation.store import MIGRATIONS
from support.builders import NOON, Note, a_store, an_identity
from support.patient import PATIENCE_SECONDS

TOKEN = "operator-token-of-a-test"  # noqa: S105
NOTES: Mapping[str, type[Record]] = MappingProxyType({Note.kind: Note, Partner.kind: Partner})
QUICK = FederationSettings(sync_seconds=0.02, backoff_seconds=0.05, request_seconds=5)


def a_note(text: str = "hello", **fields: object) -> Note:
    return Note.model_validate({"made_at": NOON, "text": text, "visibility": "partners", **fields})


@dataclass
class FakeLog:
    """A partner in memory: honest until a test changes its entries or what it signs."""

    identity: Identity = field(default_factory=lambda: an_identity("north"))
    url: str = "http://north.example"
    served: list[LogEntry] = field(default_factory=list[LogEntry])
    signed: Checkpoint | None = None
    page_entries: int = 3
    calls: int = 0

    def add(self, record: Record, *, issuer: str | None = None, hidden: bool = False) -> None:
        statement = statement_of(record, issuer or self.identity.name)
        self.add_statement(statement, hidden=hidden)

    def add_statement(
        self, statement: bytes, *, signer: Signer | None = None, hidden: bool = False
    ) -> None:
        envelope = sealed(statement, signer or self.identity.signer)
        salt = secrets.token_bytes(32)
        shown = None if hidden else (salt.hex(), base64.b64encode(envelope).decode())
        self.served.append(
            LogEntry(
                position=len(self.served),
                commitment=commitment_of(salt, envelope).hex(),
                salt=shown and shown[0],
                envelope=shown and shown[1],
            )
        )

    def change(self, index: int, **fields: object) -> None:
        self.served[index] = self.served[index].model_copy(update=fields)

    def state(self) -> Checkpoint:
        edge = merkle.edge_over(bytes.fromhex(entry.commitment) for entry in self.served)
        return Checkpoint(self.identity.name, edge.size, edge.root)

    @property
    def partner(self) -> Partner:
        key = self.identity.signer.public.hex
        return Partner(made_at=NOON, name=self.identity.name, url=self.url, public_key=key)

    async def card(self, url: str) -> Card:
        self.calls += 1
        key = self.identity.signer.public.hex
        return Card(name=self.identity.name, public_key=key, url=url, protocol=1)

    async def checkpoint(self, partner: Remote) -> str:
        assert partner.name == self.identity.name
        self.calls += 1
        return signed_note(self.signed or self.state(), self.identity.signer)

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator["FakeLog"]:
        yield self

    async def tile(self, partner: Remote, tile: Tile) -> bytes:
        assert partner.name == self.identity.name
        return self.tile_of(tile)

    async def entries(
        self, partner: Remote, start: int, limit: int
    ) -> AsyncGenerator[Sequence[LogEntry]]:
        assert partner.name == self.identity.name
        self.calls += 1
        count = min(limit, self.page_entries)
        yield self.served[start : start + count]

    def tile_of(self, tile: Tile) -> bytes:
        """The tile, as far as the log has come."""
        edge, nodes = merkle.EMPTY, dict[tuple[int, int], bytes]()
        for entry in self.served:
            edge, new = edge.grown(merkle.leaf_hash(bytes.fromhex(entry.commitment)))
            nodes |= {(level, index): value for level, index, value in new}
        level = 8 * (tile.level or 0)
        places = range(tile.start, tile.start + tile.width)
        return b"".join(nodes.get((level, index), b"") for index in places)


class FakePartners:
    """Several partners behind one client; one may hang, or be gone."""

    def __init__(self, *logs: FakeLog) -> None:
        self.logs = {log.identity.name: log for log in logs}
        self.hanging: set[str] = set()
        self.gone: set[str] = set()

    async def card(self, url: str) -> Card:
        return await next(log for log in self.logs.values() if log.url == url).card(url)

    async def checkpoint(self, partner: Remote) -> str:
        note = await self.logs[partner.name].checkpoint(partner)
        if partner.name in self.hanging:
            await asyncio.sleep(3600)
        if partner.name in self.gone:
            raise PartnerUnavailable(f"{partner.name} is gone.")
        return note

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator["FakePartners"]:
        yield self

    async def tile(self, partner: Remote, tile: Tile) -> bytes:
        return await self.logs[partner.name].tile(partner, tile)

    def entries(
        self, partner: Remote, start: int, limit: int
    ) -> AsyncGenerator[Sequence[LogEntry]]:
        return self.logs[partner.name].entries(partner, start, limit)


@cache
def shared_tls() -> ssl.SSLContext:
    """Return one context for all nodes of a test run: to read what the system trusts takes long."""
    return ssl.create_default_context()


@contextmanager
def a_node(
    folder: Path,
    name: str = "south",
    *,
    address: str = "http://south.example",
    client: PartnerClient | None = None,
    settings: FederationSettings = QUICK,
    clock: Clock = lambda: NOON,
    kinds: Mapping[str, type[Record]] = NOTES,
    identity: Identity | None = None,
    asking: WitnessClient | None = None,
) -> Generator[Runtime]:
    """Assemble a node with a store of its own and federation as its one service."""
    folder.mkdir(parents=True, exist_ok=True)
    identity = identity or an_identity(name)
    store = a_store(folder, identity, clock, MIGRATIONS)
    client = client or HttpPartnerClient(settings, identity, shared_tls())
    federation = Federation(settings, clock, identity, kinds, client)
    exchange = Exchange(settings, clock, kinds, client)
    keys = Keys(clock, identity, federation, client)
    introductions = Introductions(
        clock, identity, federation, HttpMessenger(settings, shared_tls())
    )
    asking = asking or HttpWitnessClient(settings, identity, shared_tls())
    witness = Witness(settings, clock, identity, federation, asking)
    mirrors = HttpMirrorClient(settings, identity, shared_tls())
    services = {
        Federation: federation,
        Witness: witness,
        Cosigner: Cosigner(clock, identity, federation, asking),
        Gossip: Gossip(clock, identity, federation, keys, witness, asking),
        Exchange: exchange,
        Keys: keys,
        Introductions: introductions,
        LogRecovery: LogRecovery(settings, clock, identity, federation, keys, mirrors),
    }
    try:
        yield Runtime(folder, address, store, services, kinds, TOKEN)
    finally:
        store.close()


@contextmanager
def a_served_node(
    folder: Path,
    name: str = "north",
    settings: FederationSettings = QUICK,
    *,
    identity: Identity | None = None,
) -> Generator[Runtime]:
    """Assemble a node and serve it over HTTP on a free port of the loopback."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        made = a_node(folder, name, address=address, settings=settings, identity=identity)
        with made as runtime:
            app = FastAPI()
            app.state.runtime = runtime
            app.add_exception_handler(CorridorError, problem)
            app.include_router(router)
            server = uvicorn.Server(
                uvicorn.Config(
                    app, log_config=None, lifespan="off", ws="none", timeout_keep_alive=1
                )
            )
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            try:
                until(lambda: server.started)
                yield runtime
            finally:
                server.should_exit = True
                thread.join(timeout=60)


def introduce(runtime: Runtime, other: Runtime) -> Partner:
    """Make another node a partner of this one, as its operator would."""
    federation = runtime.service(Federation)
    card = other.service(Federation).own_card(other.address)
    fingerprint = other.identity.signer.public.fingerprint
    with runtime.store.transaction("test") as tx:
        return federation.add(tx, card.name, card.url, fingerprint, card)


async def _pulled(node: Runtime, partner: Partner, actor: str) -> Pulled:
    exchange = node.service(Exchange)
    pulled, note = Pulled(partner=partner.name), await exchange.look(partner)
    with node.store.view() as view:
        found = exchange.begun(view, partner, note)
    if found is None:
        return pulled
    async with aclosing(exchange.pieces(found)) as pieces:
        async for piece in pieces:
            with node.store.transaction(actor) as tx:
                pulled += exchange.index(tx, piece)
    return pulled


def pull(node: Runtime, partner: Partner) -> Pulled:
    """Do one round, as the background does."""
    return asyncio.run(_pulled(node, partner, "test"))


Behaviour = Callable[[socket.socket], None]


@contextmanager
def a_raw_server(behaviour: Behaviour) -> Generator[str]:
    """Answer every connection by a behaviour of bare bytes, once the request has come."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    connection.recv(65536)
                    behaviour(connection)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=60)


def answering(head: str, body: bytes = b"") -> Behaviour:
    """Return the behaviour that sends one fixed answer."""
    data = f"HTTP/1.1 {head}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    return lambda connection: connection.sendall(data.encode() + body)


def until(true: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise AssertionError("It did not come to hold in time.")
        time.sleep(0.01)
