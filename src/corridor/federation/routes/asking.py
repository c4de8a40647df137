"""Who asks: the parts of a request that its signature covers."""

from typing import cast

from fastapi import Request

from corridor.edge.http import runtime_of
from corridor.federation.ports import SignedRequest


def signed_request(request: Request) -> SignedRequest:
    """Return what RFC 9421 needs to know of a request."""
    # What the asker addressed is our own address, whatever a proxy made of it on the way. The
    # parts are taken as they came: request.url also parses the Host header, which may be anything.
    query = cast("bytes", request.scope["query_string"]).decode("latin-1")
    target = f"{runtime_of(request).address}{request.scope['path']}"
    return SignedRequest(
        method=request.method,
        url=f"{target}?{query}" if query else target,
        headers={name: ", ".join(request.headers.getlist(name)) for name in request.headers},
    )
