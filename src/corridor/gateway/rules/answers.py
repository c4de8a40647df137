"""What a provider's answer means."""

from typing import Literal, cast

from corridor.gateway.errors import Refusal

Verdict = Literal["answered", "move", "pass_on"]
"""An answer to give, a failure to move on from, or a refusal that is the caller's to see."""

PARTS = {"/embeddings": "data", "/responses": "output"}
"""What an answer must hold, a list; `choices` where nothing else is said."""

TOO_LONG = ("context_length_exceeded", "exceed_context_size_error")
"""Codes by which servers say that a model has no room for a request."""


def verdict_on(status: int) -> Verdict:
    """Say what a provider's status means: 4xx of the caller's making go back to the caller."""
    if 200 <= status < 300:
        return "answered"
    if status in (400, 405, 409, 411, 413, 414, 415, 416, 422):
        return "pass_on"
    return "move"


def is_answer(value: object, path: str = "") -> bool:
    """Tell whether a provider's JSON holds an answer to a request of this path."""
    if not isinstance(value, dict):
        return False
    fields = cast("dict[str, object]", value)
    part = fields.get(PARTS.get(path, "choices"))
    if not isinstance(part, list) or fields.get("error"):
        return False
    return bool(cast("list[object]", part)) or path == "/responses"


def error_in(value: object, path: str = "") -> dict[str, object] | None:
    """Return the error object that stands where an answer to a request of this path was due.

    None where there is any part of an answer, or an error in mere words.
    """
    fields = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    if fields.get(PARTS.get(path, "choices")):
        return None
    for holder in (fields, fields.get("response")):  # a stream of the Responses API has it there
        error = cast("dict[str, object]", holder).get("error") if isinstance(holder, dict) else None
        if isinstance(error, dict):
            return cast("dict[str, object]", error)
    return fields if "error" in (fields.get("object"), fields.get("type")) else None


def as_refusal(value: object, status: int) -> dict[str, object]:
    """Return a provider's refusal in OpenAI's shape, whatever shape it came in."""
    fields = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    if isinstance(fields.get("error"), dict):
        return fields
    found = next((fields[name] for name in ("error", "message", "detail") if fields.get(name)), "")
    message = found if isinstance(found, str) and found else f"The provider refused ({status})."
    return Refusal(message, status=status, code="refused_by_provider").body()


def too_long(value: object) -> str | None:
    """Return what a provider says when a request is too long for its model; None for any other.

    Another model may have room for it, so this is no last word; no other refusal is passed by.
    """
    found = cast("dict[str, object]", value).get("error") if isinstance(value, dict) else None
    error = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    message = str(error.get("message", ""))
    if error.get("code") in TOO_LONG or "maximum context length" in message:
        return message or "The request is too long for the model."
    return None


def usage_in(answer: object) -> dict[str, object] | None:
    """Return what an answer says of the tokens it took, in its words; None where it says nothing."""
    usage = cast("dict[str, object]", answer).get("usage") if isinstance(answer, dict) else None
    return cast("dict[str, object]", usage) if isinstance(usage, dict) else None
