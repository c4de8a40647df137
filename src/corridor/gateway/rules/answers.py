"""What a provider's answer means."""

from typing import Literal, cast

from corridor.gateway.errors import Refusal

Verdict = Literal["answered", "move", "pass_on"]
"""An answer to give, a failure to move on from, or a refusal that is the caller's to see."""


def verdict_on(status: int) -> Verdict:
    """Say what a provider's status means: 4xx of the caller's making go back to the caller."""
    if 200 <= status < 300:
        return "answered"
    if status in (400, 405, 409, 411, 413, 414, 415, 416, 422):
        return "pass_on"
    return "move"


def is_answer(value: object) -> bool:
    """Tell whether a provider's JSON holds an answer."""
    choices = cast("dict[str, object]", value).get("choices") if isinstance(value, dict) else None
    return isinstance(choices, list) and bool(cast("list[object]", choices))


def as_refusal(value: object, status: int) -> dict[str, object]:
    """Return a provider's refusal in OpenAI's shape, whatever shape it came in."""
    fields = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    if isinstance(fields.get("error"), dict):
        return fields
    found = next((fields[name] for name in ("error", "message", "detail") if fields.get(name)), "")
    message = found if isinstance(found, str) and found else f"The provider refused ({status})."
    return Refusal(message, status=status, code="refused_by_provider").body()
