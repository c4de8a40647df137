"""What a request is, apart from its words: how large, of which modalities, with which tools."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import cast

from corridor.gateway.errors import Refusal
from corridor.gateway.records import ModalityGuard, SizeGuard, ToolGuard
from corridor.gateway.rules.guards.texts import texts_of

ASKED_TOKENS = ("max_completion_tokens", "max_tokens", "max_output_tokens")
MODALITIES = {
    "text": "text",
    "input_text": "text",
    "output_text": "text",
    "refusal": "text",
    "image_url": "image",
    "input_image": "image",
    "input_audio": "audio",
    "audio": "audio",
    "video_url": "video",
    "input_video": "video",
    "file": "file",
    "input_file": "file",
}
"""By the type of a part; another type is a modality of its own."""


def refused(guard: str, place: str, why: str, status: int = 400) -> Refusal:
    """Return the refusal of a guard: it names the guard and the place, never what stands there."""
    message = f"The guard {guard} refuses {place}: {why}."
    return Refusal(
        message, status=status, code="guard_refused", hint="Send it without that.", guard=guard
    )


def check_size(guard: SizeGuard, body: Mapping[str, object]) -> None:
    """Check how large a request is.

    Raises:
        Refusal: 413 if it is too large.
    """
    messages = _list(body, "messages") or _list(body, "input")
    if guard.max_messages is not None and len(messages) > guard.max_messages:
        raise refused("size", "messages", f"there are more than {guard.max_messages}", 413)
    if guard.max_bytes is not None:
        size = sum(len(text.encode()) for _, text in texts_of(body, tool_arguments=True))
        if size > guard.max_bytes:
            raise refused("size", "the texts", f"they have more than {guard.max_bytes} bytes", 413)
    if guard.max_tokens is not None:
        _check_tokens(guard.max_tokens, body)


def check_modalities(guard: ModalityGuard, body: Mapping[str, object]) -> None:
    """Check of which modalities a request and the answer it asks for are.

    Raises:
        Refusal: 400 for the first that is not allowed.
    """
    for place, modality in _modalities(body):
        if modality not in guard.allowed:
            shown = modality if modality in MODALITIES.values() else "another modality"
            raise refused("modalities", place, f"{shown} is not allowed")


def check_tools(guard: ToolGuard, body: Mapping[str, object]) -> None:
    """Check which tools a request offers.

    Raises:
        Refusal: 400 for the first that is banned.
    """
    for place, name in _tools(body):
        if any(fnmatchcase(name, pattern) for pattern in guard.names):
            raise refused("banned_tools", place, "this tool is banned")


def _check_tokens(most: int, body: Mapping[str, object]) -> None:
    asked = [(name, body[name]) for name in ASKED_TOKENS if body.get(name) is not None]
    if not asked and ("messages" in body or "prompt" in body):
        why = f"it must ask for at most {most} tokens"
        raise refused("size", "max_tokens", why, 413)
    for name, value in asked:
        if not isinstance(value, int) or value > most:
            raise refused("size", name, f"it is more than {most}", 413)


def _modalities(body: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name in ("messages", "input"):
        for place, item in enumerate(_list(body, name)):
            fields = cast("dict[str, object]", item) if isinstance(item, dict) else {}
            for part in _list(fields, "content"):
                kind = cast("dict[str, object]", part).get("type") if isinstance(part, dict) else 0
                yield f"{name}[{place}]", MODALITIES.get(str(kind or "text"), str(kind)[:40])
    for wanted in _list(body, "modalities"):
        yield "modalities", str(wanted)[:40]


def _tools(body: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name in ("tools", "functions"):
        for place, item in enumerate(_list(body, name)):
            tool = cast("dict[str, object]", item) if isinstance(item, dict) else {}
            function = tool.get("function")
            inner = cast("dict[str, object]", function) if isinstance(function, dict) else {}
            for called in (inner.get("name"), tool.get("name"), tool.get("type")):
                if isinstance(called, str):
                    yield f"{name}[{place}]", called


def _list(body: Mapping[str, object], name: str) -> list[object]:
    value = body.get(name)
    return cast("list[object]", value) if isinstance(value, list) else []
