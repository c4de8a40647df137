"""The gateway's address: OpenAI's API as a raw ASGI application, with no framework in the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson
import structlog

from corridor.access import PROJECT_HEADER, refuse_key_in_query
from corridor.catalogue import Call, Connection, ProviderFailed
from corridor.core.errors import Invalid
from corridor.gateway.errors import Refusal
from corridor.gateway.routes.sending import (
    CallerLeft,
    LeavingStops,
    Outgoing,
    Receive,
    Send,
    short_way,
)
from corridor.gateway.rules.requests import request_id_of, use_of
from corridor.gateway.service import Proxy, Reply, Shown, body_of

POSTS = ("/chat/completions", "/completions", "/embeddings", "/responses")
MAX_SERVED_BODY_BYTES = 8 * 1024 * 1024
JSON = "application/json"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OpenAIDoor:
    """`/v1` of a node: every answer bears a request id and the provider that gave it."""

    proxy: Proxy

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Handle one request; a caller who leaves stops the provider at once."""
        headers = headers_of(scope)
        request_id = request_id_of(headers.get("x-request-id", ""), self.proxy.clock)
        out = Outgoing.of(scope, send)
        try:
            await self._handled(scope, headers, request_id, receive, out)
        except CallerLeft:
            log.info("gateway.caller.left", request=request_id)
        except Refusal as refusal:
            retry = {} if refusal.retry_after is None else {"retry-after": str(refusal.retry_after)}
            shown = {**refusal.headers, **retry}
            await out.reply(as_reply(refusal.status, refusal.body(), request_id, headers=shown))
        except Exception:
            if not out.begun:
                defect = Refusal("The gateway has a defect.", status=500, code="defect")
                await out.reply(as_reply(500, defect.body(), request_id))
            raise

    async def _handled(
        self,
        scope: Mapping[str, Any],
        headers: Mapping[str, str],
        request_id: str,
        receive: Receive,
        out: Outgoing,
    ) -> None:
        path = str(scope["path"]).removeprefix("/v1")
        check_no_key_in_query(cast("bytes", scope.get("query_string", b"")))
        project = headers.get(PROJECT_HEADER, "")
        shown = Shown(bearer(headers), address_of(scope), project=project)
        if (scope["method"], path) == ("GET", "/models"):
            names = await self.proxy.models(shown)
            await out.reply(as_reply(200, _model_list(names), request_id))
            return
        if scope["method"] != "POST" or path not in POSTS:
            raise Refusal(
                f"{scope['method']} {scope['path']} is not served here.",
                status=404,
                code="not_found",
                hint=f"There are GET /v1/models and POST {', '.join(f'/v1{post}' for post in POSTS)}.",
            )
        body = await read_body(headers, receive, self.proxy.settings.max_body_bytes)
        async with (
            LeavingStops(receive, short_way(scope)),
            self.proxy.reply(
                path, shown, body, request_id=request_id, use=use_of(headers)
            ) as reply,
        ):
            await out.reply(reply)


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
        headers, out = headers_of(scope), Outgoing.of(scope, send)
        try:
            if self.key is not None and bearer(headers) != self.key:
                raise Refusal(
                    "This API key opens nothing here.", status=401, code="invalid_api_key"
                )
            path = str(scope["path"]).removeprefix("/v1")
            if (scope["method"], path) == ("GET", "/models"):
                await out.reply(as_reply(200, _model_list([self.model])))
                return
            if scope["method"] != "POST" or path not in POSTS:
                raise Refusal("There is no such address here.", status=404, code="not_found")
            data = await read_body(headers, receive, MAX_SERVED_BODY_BYTES)
            if not self.connection.serves(path):
                message = "This model does not take such requests."
                raise Refusal(message, status=501, code="not_offered")
            call = Call(path, body_of(data), headers.get("x-request-id", ""))
            async with LeavingStops(receive, short_way(scope)):
                await self._asked(call, out)
        except CallerLeft:
            return
        except Refusal as refusal:
            await out.reply(as_reply(refusal.status, refusal.body()))

    async def _asked(self, call: Call, out: Outgoing) -> None:
        try:
            async with self.connection.send(call) as answer:
                kind, of = answer.content_type, call.request_id
                await out.reply(Reply(answer.status, kind, of, self.model, stream=answer.body))
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
    scheme, _, key = headers.get("authorization", "").partition(" ")
    key = key.lstrip(" ")
    if scheme not in ("Bearer", "bearer") or len(key.split()) != 1 or key.strip() != key:
        raise Refusal(
            "No API key was sent.",
            status=401,
            code="invalid_api_key",
            hint="Send it as `Authorization: Bearer KEY`.",
        )
    return key


async def read_body(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes:
    """Read a request's body.

    Raises:
        Refusal: 413 as soon as more than the limit is announced or has come.
        CallerLeft: if the caller goes before it is complete.
    """
    announced = headers.get("content-length", "0")
    told = int(announced) if announced.isdecimal() else 0
    pieces: list[bytes] = []
    size = 0
    more = True
    while more:
        if max(size, told) > limit:
            raise Refusal(
                f"The body is larger than {limit // 1024} KiB.",
                status=413,
                code="request_too_large",
                hint="Send less, or ask the operator to raise gateway.max_body_bytes.",
            )
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CallerLeft
        pieces.append(cast("bytes", message.get("body", b"")))
        size += len(pieces[-1])
        more = bool(message.get("more_body"))
    if size > limit:
        raise Refusal("The body is too large.", status=413, code="request_too_large")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def as_reply(
    status: int,
    value: object,
    request_id: str = "",
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Return a whole answer of this node's own."""
    data, of = orjson.dumps(value), request_id or request_id_of("")
    return Reply(status, JSON, of, "none", data, headers=dict(headers or {}))


def _model_list(names: list[str]) -> dict[str, object]:
    return {
        "object": "list",
        "data": [
            {"id": name, "object": "model", "created": 0, "owned_by": "corridor"} for name in names
        ],
    }
