"""How errors look over HTTP: problem details (RFC 9457).

Apart from `http`, so that a process shows them that has not taken in the control API's framework.
"""

import hmac
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from corridor.core.errors import (
    Conflict,
    CorridorError,
    Forbidden,
    Invalid,
    NotFound,
    TooOften,
    Unavailable,
    Unidentified,
)

MAX_BODY_BYTES = 8 * 1024 * 1024
"""A request with a larger body is refused; the whole of it is never held."""

STATUS: dict[type[CorridorError], int] = {
    Unidentified: 401,  # before the kinds that they are of
    TooOften: 429,
    Invalid: 422,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Unavailable: 503,
}


PROBLEM: dict[str, Any] = {
    "description": "It was refused, and why (RFC 9457).",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "hint", "facts"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "hint": {"type": ["string", "null"]},
                    "facts": {"type": "object", "additionalProperties": {"type": "string"}},
                },
            }
        }
    },
}
"""How OpenAPI describes what `as_problem` returns."""


class NotTheOperator(Forbidden):
    """The caller did not show the operator's token."""

    advice = "Send `Authorization: Bearer` with the content of operator.token in the node's folder."


class TooLarge(Invalid):
    """The request's body is larger than this node takes."""

    advice = f"Send at most {MAX_BODY_BYTES // 1024 // 1024} MiB."


def check_shown(authorization: str, token: str) -> None:
    """Check that a header shows the operator's token.

    Raises:
        NotTheOperator: if it does not.
    """
    scheme, _, shown = authorization.partition(" ")
    fits = hmac.compare_digest(shown.encode(), token.encode())
    if scheme.lower() != "bearer" or not token or not fits:
        raise NotTheOperator("Only the node's operator may do this.")


def status_of(error: CorridorError) -> int:
    """Return the HTTP status of a failure."""
    if isinstance(error, TooLarge):
        return 413
    return next(code for kind, code in STATUS.items() if isinstance(error, kind))


def problem(_: Request, error: Exception) -> JSONResponse:
    """Render a CorridorError as an RFC 9457 problem."""
    if not isinstance(error, CorridorError):
        raise error
    facts = {name: str(value) for name, value in error.facts.items()}
    answer = as_problem(status_of(error), type(error).__name__, error.message, error.hint, facts)
    if isinstance(error, Unidentified):
        answer.headers["www-authenticate"] = 'Bearer realm="corridor"'
    if isinstance(error, TooOften) and "retry_after" in facts:
        answer.headers["retry-after"] = facts["retry_after"]
    return answer


def as_problem(
    status: int,
    kind: str,
    title: str,
    hint: str | None = None,
    facts: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return an RFC 9457 problem."""
    body = {"type": kind, "title": title, "status": status, "hint": hint, "facts": facts or {}}
    return JSONResponse(
        body,
        status_code=status,
        media_type="application/problem+json",
        headers={"cache-control": "no-store"},  # what is not there yet may be there soon
    )
