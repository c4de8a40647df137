"""What `routes.py` files share: transactions, services, the operator, bodies that are not too large."""

import hmac
from collections.abc import Callable, Coroutine, Iterator
from typing import Annotated, Any, TypeVar, cast

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from corridor.core.store import Transaction, View
from corridor.edge.problems import MAX_BODY_BYTES, TooLarge, as_problem, check_shown
from corridor.edge.runtime import Runtime

ServiceT = TypeVar("ServiceT")


def runtime_of(request: Request) -> Runtime:
    """Return the runtime that the application was created with."""
    runtime: Runtime = request.app.state.runtime
    return runtime


def as_addressed(request: Request) -> tuple[str, str, dict[str, str]]:
    """Return a request's method, address and headers, as its asker signed them.

    The address is this node's own: the Host header may be anything, and a proxy may have changed it.
    """
    runtime = runtime_of(request)
    query = cast("bytes", request.scope["query_string"]).decode("latin-1")
    target = f"{runtime.address}{request.scope['path']}"
    headers = {name: ", ".join(request.headers.getlist(name)) for name in request.headers}
    return request.method, f"{target}?{query}" if query else target, headers


def address_of(request: Request) -> str:
    """Return the address that a request comes from; empty where there is none."""
    return request.client.host if request.client else ""


def bearer_of(request: Request) -> str:
    """Return what a request shows in its authorization header; empty where it shows nothing."""
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    return shown.strip() if scheme.lower() == "bearer" else ""


def shows_operator(request: Request) -> bool:
    """Tell whether a request shows the operator's token."""
    token = runtime_of(request).operator_token
    return bool(token) and hmac.compare_digest(bearer_of(request).encode(), token.encode())


def service(kind: type[ServiceT]) -> object:
    """Declare a service that a route needs; written in the route's `Annotated[...]`."""

    def find(request: Request) -> ServiceT:
        return runtime_of(request).service(kind)

    return Depends(find)


def check_operator(request: Request) -> str:
    """Check that a request shows the operator's token; return who acts then.

    Raises:
        NotTheOperator: if it does not.
    """
    check_shown(request.headers.get("authorization", ""), runtime_of(request).operator_token)
    return "operator"


Operator = Annotated[str, Depends(check_operator)]
"""The actor of a route that only the operator may call."""


def _transaction(request: Request, actor: Operator) -> Iterator[Transaction]:
    with runtime_of(request).store.transaction(actor) as tx:
        yield tx


def _view(request: Request) -> Iterator[View]:
    with runtime_of(request).store.view() as view:
        yield view


# scope="function" commits before the response is sent. With FastAPI's default scope the
# caller would be told 200 and the commit could still fail.
Tx = Annotated[Transaction, Depends(_transaction, scope="function")]
"""A transaction of the operator."""
Reading = Annotated[View, Depends(_view, scope="function")]
"""A view of the store; the route decides who may see what."""


class LimitedRoute(APIRoute):
    """A route that refuses a body beyond MAX_BODY_BYTES before FastAPI reads it.

    A dependency would come too late: FastAPI parses the body before it asks any.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the route's handler behind the limit."""
        handle = super().get_route_handler()

        async def limited(request: Request) -> Response:
            await _limit_body(request)
            return await handle(request)

        return limited


async def _limit_body(request: Request) -> None:
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > MAX_BODY_BYTES:
        raise TooLarge(f"The body has {announced} bytes.")
    if "transfer-encoding" in request.headers:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise TooLarge("The body goes on beyond the limit.")
        request._body = bytes(body)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  where Starlette itself keeps a body once read


def unknown_address(_: Request, error: Exception) -> JSONResponse:
    """Render what the framework refuses by itself (no such address or method) as a problem."""
    if not isinstance(error, HTTPException):
        raise error
    hint = "GET /openapi.json lists every address of this node; the gateway's are below /v1/."
    kind = {404: "NoSuchAddress", 405: "NoSuchMethod"}.get(error.status_code, "Refused")
    return as_problem(error.status_code, kind, f"{error.detail}.", hint)


def malformed(_: Request, error: Exception) -> JSONResponse:
    """Render a request that does not fit its route as a problem, with the place named."""
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    title = f"The request is wrong at {place}: {first['msg']}."
    return as_problem(422, "Malformed", title, "GET /openapi.json says what it should be.")
