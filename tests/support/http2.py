"""A supplier that offers HTTP/2 in TLS, on loopback, in a thread of its own."""

import asyncio
import ssl
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import StreamClosedError

from support.certificates import a_certificate

WHOLE = b'{"choices":[{"message":{"content":"hello"}}]}'
EVENT = b'data: {"choices":[{"delta":{"content":"hello "}}]}\n\n'


@dataclass(slots=True)
class SecureSupplier:
    """What it was asked, and how it answers: `whole`, `stream` without end, or `hang`."""

    port: int = 0
    root: bytes = b""
    """Its certificate in PEM."""
    mode: str = "whole"
    spoken: list[str] = field(default_factory=list[str])
    """The protocol of each connection."""
    asked: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    """The headers of each request."""
    bodies: list[bytes] = field(default_factory=list[bytes])
    reset: dict[int, float] = field(default_factory=dict[int, float])
    """When each request that a caller ended was ended, by its number."""
    sent: dict[int, int] = field(default_factory=dict[int, int])
    """How many events went out, by request."""

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"https://localhost:{self.port}/v1"


@dataclass(slots=True)
class _Speaking:
    """One connection over HTTP/2."""

    supplier: SecureSupplier
    writer: asyncio.StreamWriter
    connection: H2Connection
    bodies: dict[int, bytes] = field(default_factory=dict[int, bytes])
    tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    def heard(self, data: bytes) -> None:
        for event in self.connection.receive_data(data):
            if isinstance(event, RequestReceived):
                headers = {name.decode(): value.decode() for name, value in event.headers or ()}
                self.supplier.asked.append(headers)
                self.bodies[event.stream_id or 0] = b""
            elif isinstance(event, DataReceived):
                self.bodies[event.stream_id or 0] += event.data or b""
            elif isinstance(event, StreamEnded):
                number = event.stream_id or 0
                self.supplier.bodies.append(self.bodies[number])
                self.tasks.add(asyncio.create_task(self._answer(number)))
            elif isinstance(event, StreamReset):
                self.supplier.reset[event.stream_id or 0] = time.monotonic()
        self._flush()

    async def _answer(self, number: int) -> None:
        if self.supplier.mode == "hang":
            return
        kind = "application/json" if self.supplier.mode == "whole" else "text/event-stream"
        self.connection.send_headers(number, [(":status", "200"), ("content-type", kind)])
        if self.supplier.mode == "whole":
            self.connection.send_data(number, WHOLE, end_stream=True)
            self._flush()
            return
        while number not in self.supplier.reset:
            try:
                self.connection.send_data(number, EVENT)
            except StreamClosedError:
                return
            self.supplier.sent[number] = self.supplier.sent.get(number, 0) + 1
            self._flush()
            await asyncio.sleep(0.01)

    def _flush(self) -> None:
        if not self.writer.is_closing():
            self.writer.write(self.connection.data_to_send())


@contextmanager
def a_secure_supplier(folder: Path, offers: Sequence[str]) -> Generator[SecureSupplier]:
    """Run a supplier that offers some protocols, `h2` or `http/1.1`."""
    pem, root = a_certificate("localhost")
    place = folder / "supplier.pem"
    place.write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place)
    context.set_alpn_protocols(list(offers))
    supplier = SecureSupplier(root=root)
    loop, ready = asyncio.new_event_loop(), threading.Event()
    over = asyncio.Event()

    async def serve() -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _talk(supplier, reader, writer)

        server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
        supplier.port = server.sockets[0].getsockname()[1]
        ready.set()
        await over.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)  # for the sockets, which close one turn later

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(60)
        yield supplier
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(60)
        loop.close()


async def _talk(
    supplier: SecureSupplier, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    secure = writer.get_extra_info("ssl_object")
    protocol = secure.selected_alpn_protocol() or "http/1.1"
    supplier.spoken.append(protocol)
    try:
        if protocol == "h2":
            await _talk_http2(supplier, reader, writer)
        else:
            await _talk_http1(supplier, reader, writer)
    except (ConnectionError, asyncio.CancelledError):
        pass  # the caller left, or the test is over
    finally:
        writer.transport.abort()


async def _talk_http2(
    supplier: SecureSupplier, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    connection = H2Connection(H2Configuration(client_side=False))
    connection.initiate_connection()
    speaking = _Speaking(supplier, writer, connection)
    writer.write(connection.data_to_send())
    while data := await reader.read(65536):
        speaking.heard(data)


async def _talk_http1(
    supplier: SecureSupplier, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head[1:]) if n}
    supplier.asked.append(headers)
    supplier.bodies.append(await reader.readexactly(int(headers.get("content-length", "0"))))
    size = str(len(WHOLE)).encode()
    kind = b"content-type: application/json\r\ncontent-length: " + size
    writer.write(b"HTTP/1.1 200 OK\r\n" + kind + b"\r\n\r\n" + WHOLE)
    await writer.drain()
