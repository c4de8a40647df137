"""The gateway's address: OpenAI's API as a raw ASGI application, with no framework in the way."""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import orjson
import structlog

from corridor.access import PROJECT_HEADER, refuse_key_in_query
from corridor.catalogue import Call, Connection, ProviderFailed
from corridor.core.errors import Invalid
from corridor.gateway.errors import Refusal
from corridor.gateway.rules.requests import Use, request_id_of, use_of
from corridor.gateway.service import Proxy, Reply, Shown, body_of

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

POSTS = ("/chat/completions", "/completions", "/embeddings", "/responses")
WATCHED_AFTER_SECONDS = 0.01
MAX_SERVED_BODY_BYTES = 8 * 1024 * 1024

log = structlog.get_logger()


class CallerLeft(Exception):
    """The caller has gone before its request was complete; there is nobody to answer."""


@dataclass(frozen=True, slots=True)
class OpenAIDoor:
    """`/v1` of a node: every answer bears a request id and the provider that gave it."""

    proxy: Proxy

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Handle one request; a caller who leaves stops the provider at once."""
        headers = headers_of(scope)
        request_id = request_id_of(headers.get("x-request-id", ""))
        begun = asyncio.Event()

        async def noting_send(message: Message) -> None:
            begun.set()
            await send(message)

        try:
            await self._handled(scope, headers, request_id, receive, noting_send)
        except CallerLeft:
            log.info("gateway.caller.left", request=request_id)
        except Refusal as refusal:
            retry = {} if refusal.retry_after is None else {"retry-after": str(refusal.retry_after)}
            shown = {**refusal.headers, **retry}
            await send_json(send, refusal.status, refusal.body(), request_id, headers=shown)
        except Exception:
            if not begun.is_set():
                defect = Refusal("The gateway has a defect.", status=500, code="defect")
                await send_json(send, 500, defect.body(), request_id)
            raise

    async def _handled(
        self,
        scope: Mapping[str, Any],
        headers: Mapping[str, str],
        request_id: str,
        receive: Receive,
        send: Send,
    ) -> None:
        path = str(scope["path"]).removeprefix("/v1")
        check_no_key_in_query(cast("bytes", scope.get("query_string", b"")))
        project = headers.get(PROJECT_HEADER, "")
        shown = Shown(bearer(headers), address_of(scope), project=project)
        if (scope["method"], path) == ("GET", "/models"):
            await send_json(send, 200, _model_list(await self.proxy.models(shown)), request_id)
            return
        if scope["method"] != "POST" or path not in POSTS:
            raise Refusal(
                f"{scope['method']} {scope['path']} is not served here.",
                status=404,
                code="not_found",
                hint=f"There are GET /v1/models and POST {', '.join(f'/v1{post}' for post in POSTS)}.",
            )
        body = await read_body(headers, receive, self.proxy.settings.max_body_bytes)
        await self._proxied(path, shown, body, use_of(headers), request_id, receive, send)

    async def _proxied(
        self,
        path: str,
        shown: Shown,
        body: bytes,
        use: Use,
        request_id: str,
        receive: Receive,
        send: Send,
    ) -> None:
        async with (
            leaving_stops(receive),
            self.proxy.reply(path, shown, body, request_id=request_id, use=use) as reply,
        ):
            await send_reply(send, reply)


@dataclass(frozen=True, slots=True)
class ModelServer:
    """One model as an OpenAI-compatible server of its own, without a node."""

    connection: Connection
    model: str
    key: str | None

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            return
        headers = headers_of(scope)
        try:
            if self.key is not None and bearer(headers) != self.key:
                raise Refusal(
                    "This API key opens nothing here.", status=401, code="invalid_api_key"
                )
            path = str(scope["path"]).removeprefix("/v1")
            if (scope["method"], path) == ("GET", "/models"):
                await send_json(send, 200, _model_list([self.model]))
                return
            if scope["method"] != "POST" or path not in POSTS:
                raise Refusal("There is no such address here.", status=404, code="not_found")
            data = await read_body(headers, receive, MAX_SERVED_BODY_BYTES)
            if not self.connection.serves(path):
                message = "This model does not take such requests."
                raise Refusal(message, status=501, code="not_offered")
            call = Call(path, body_of(data), headers.get("x-request-id", ""))
            async with leaving_stops(receive):
                await self._asked(call, send)
        except CallerLeft:
            return
        except Refusal as refusal:
            await send_json(send, refusal.status, refusal.body())

    async def _asked(self, call: Call, send: Send) -> None:
        try:
            async with self.connection.send(call) as answer:
                kind, of = answer.content_type, call.request_id
                reply = Reply(answer.status, kind, of, self.model, stream=answer.body)
                await send_reply(send, reply)
        except ProviderFailed as error:
            raise Refusal(error.message, status=502, code="provider_failed") from error


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers of a request by lower-case name."""
    raw = cast("list[tuple[bytes, bytes]]", scope["headers"])
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}


def address_of(scope: Mapping[str, Any]) -> str:
    """Return the address of whoever is connected; a proxy in front looks like one caller."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def check_no_key_in_query(query: bytes) -> None:
    """Check that nobody put a key where every log on the way keeps it.

    Raises:
        Refusal: 400 if somebody did; the key is not repeated.
    """
    try:
        refuse_key_in_query(query)
    except Invalid as error:
        raise Refusal(error.message, status=400, code="key_in_query", hint=error.hint) from error


def bearer(headers: Mapping[str, str]) -> str:
    """Return the key that a request shows.

    Raises:
        Refusal: 401 if it shows none.
    """
    found = re.fullmatch(r"[Bb]earer +(\S+)", headers.get("authorization", ""))
    if found is None:
        raise Refusal(
            "No API key was sent.",
            status=401,
            code="invalid_api_key",
            hint="Send it as `Authorization: Bearer KEY`.",
        )
    return found.group(1)


async def read_body(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes:
    """Read a request's body.

    Raises:
        Refusal: 413 as soon as more than the limit is announced or has come.
        CallerLeft: if the caller goes before it is complete.
    """
    announced = headers.get("content-length", "0")
    body = bytearray()
    more = True
    while more:
        if len(body) > limit or (announced.isdecimal() and int(announced) > limit):
            raise Refusal(
                f"The body is larger than {limit // 1024} KiB.",
                status=413,
                code="request_too_large",
                hint="Send less, or ask the operator to raise gateway.max_body_bytes.",
            )
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CallerLeft
        body += cast("bytes", message.get("body", b""))
        more = bool(message.get("more_body"))
    if len(body) > limit:
        raise Refusal("The body is too large.", status=413, code="request_too_large")
    return bytes(body)


@asynccontextmanager
async def leaving_stops(receive: Receive) -> AsyncGenerator[None]:
    """Do some work for a caller, and stop it as soon as the caller has left.

    Raises:
        CallerLeft: instead of the cancellation that stopped the work.
    """
    working = cast("asyncio.Task[None]", asyncio.current_task())
    left = False

    async def watch() -> None:
        nonlocal left
        while (await receive())["type"] != "http.disconnect":
            continue
        left = True
        working.cancel()

    watching: asyncio.Task[None] | None = None

    def begin() -> None:
        nonlocal watching
        watching = asyncio.ensure_future(watch())

    # Most requests that are over by then never need somebody to watch.
    beginning = asyncio.get_running_loop().call_later(WATCHED_AFTER_SECONDS, begin)
    try:
        yield
        if left:  # just as the work was done: the cancellation is still to come
            await asyncio.sleep(0)
    except asyncio.CancelledError:
        if left and working.uncancel() == 0:
            raise CallerLeft from None
        raise
    finally:
        beginning.cancel()
        if watching is not None:
            watching.cancel()


async def send_json(
    send: Send,
    status: int,
    value: object,
    request_id: str = "",
    provider: str = "none",
    headers: Mapping[str, str] | None = None,
) -> None:
    """Send a whole answer."""
    data, shown = orjson.dumps(value), dict(headers or {})
    of = request_id or request_id_of("")
    await send_reply(send, Reply(status, "application/json", of, provider, data, headers=shown))


async def send_reply(send: Send, reply: Reply) -> None:
    """Send an answer: whole, or as it comes."""
    raw = [
        (b"content-type", reply.content_type.encode("latin-1")),
        (b"x-request-id", reply.request_id.encode("latin-1")),
        (b"x-corridor-provider", reply.provider.encode("latin-1")),
        (b"cache-control", b"no-store"),
    ]
    if reply.headers:
        more = reply.headers.items()
        raw += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in more]
    if reply.data is not None:
        raw.append((b"content-length", str(len(reply.data)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    if reply.stream is not None:
        async for chunk in reply.stream:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": reply.data or b"", "more_body": False})


def _model_list(names: list[str]) -> dict[str, object]:
    return {
        "object": "list",
        "data": [
            {"id": name, "object": "model", "created": 0, "owned_by": "corridor"} for name in names
        ],
    }
