"""The control API of the node that runs, asked by its operator's own programs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from corridor.core.doors import late
from corridor.core.errors import (
    Conflict,
    CorridorError,
    Forbidden,
    Invalid,
    NotFound,
    Unavailable,
)
from corridor.drills.errors import NodeDown

if TYPE_CHECKING:
    import httpx2
else:  # only a node that asks others takes it in
    httpx2 = late("httpx2")

SECONDS = 120.0
"""A node that is busy may take its time to foretell before a drill begins."""
KINDS: Mapping[int, type[CorridorError]] = {
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: Invalid,
}


def post(address: str, token: str, path: str, body: Mapping[str, object]) -> dict[str, Any]:
    """Ask a node to do something; return its answer.

    Raises:
        NodeDown: if nothing answers there, or another program does.
        CorridorError: as the node refuses it, with its hint.
    """
    try:
        answer = httpx2.post(
            f"{address}{path}",
            json=dict(body),
            headers={"authorization": f"Bearer {token}"},
            timeout=SECONDS,
            trust_env=False,
        )
        said = cast("dict[str, Any]", answer.json())
    except (httpx2.HTTPError, ValueError) as error:
        raise NodeDown(f"The node does not answer ({type(error).__name__}).") from error
    if answer.is_success:
        return said
    kind = KINDS.get(answer.status_code, Unavailable)
    raise kind(str(said.get("title") or answer.status_code), hint=said.get("hint"))
