"""What is taken of a node's answer: a status that says yes, plain bytes, and no more than a limit."""

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from corridor.core.doors import late
from corridor.federation.errors import (
    AnswerTooLarge,
    NotAccepted,
    NotUnderstood,
    PartnerUnavailable,
)

if TYPE_CHECKING:
    import httpx2
else:  # only a node that asks others takes it in
    httpx2 = late("httpx2")

ShapeT = TypeVar("ShapeT", bound=BaseModel)


def check_head(response: "httpx2.Response", who: str) -> None:
    """Check that an answer is one to read on.

    Raises:
        NotAccepted: if the node does not take our signature.
        PartnerUnavailable: if it cannot answer now.
        NotUnderstood: if it answers anything else but 200 with plain bytes.
    """
    status = response.status_code
    if status == 403:
        raise NotAccepted(f"{who} does not accept this node's signature.")
    if status == 429 or status >= 500:
        raise PartnerUnavailable(f"{who} answered with status {status}.")
    if status != 200:
        raise NotUnderstood(f"{who} answered with status {status}, which is not followed.")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise NotUnderstood(f"{who} compressed its answer though it was asked not to.")


async def body_of(response: "httpx2.Response", who: str, limit: int) -> bytes:
    """Read an answer to its end.

    Raises:
        AnswerTooLarge: if it goes on beyond the limit; the rest is not read.
    """
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > limit:
            raise AnswerTooLarge(
                f"{who} answers with more than {limit} bytes.",
                hint="No node answers so much to this. Check that the address is a Corridor node's.",
            )
    return bytes(body)


def understood(shape: type[ShapeT], body: bytes, who: str) -> ShapeT:
    """Return what an answer says.

    Raises:
        NotUnderstood: if it has not the shape; the place is named.
    """
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the start"
        raise NotUnderstood(
            f"{who} answered what is no {shape.__name__}: at {place}: {first['msg']}."
        ) from error
