"""How many tokens went in and out, as a provider says it; what it does not say is unknown.

A provider's figures are taken as they are. A figure that is missing, negative or no whole number is
None, never zero.
"""

from dataclasses import dataclass
from typing import cast

import orjson

MOST_TOKENS = 10**9
"""What claims more is no count of tokens."""


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of one request; None where nobody said."""

    tokens_in: int | None = None
    tokens_out: int | None = None

    @property
    def is_known(self) -> bool:
        """Whether anything is known."""
        return self.tokens_in is not None or self.tokens_out is not None

    @property
    def total(self) -> int | None:
        """Return the tokens in and out together; None unless both are known."""
        if self.tokens_in is None or self.tokens_out is None:
            return None
        return self.tokens_in + self.tokens_out


UNKNOWN = Usage()


def usage_of(said: object) -> Usage:
    """Return what a provider says of its tokens, from the `usage` of an answer or of an event.

    Chat and completions say `prompt_tokens` and `completion_tokens`, responses `input_tokens` and
    `output_tokens`; embeddings say only what went in and the same in total: nothing came out.
    """
    fields = cast("dict[str, object]", said) if isinstance(said, dict) else {}
    tokens_in = _count(fields.get("prompt_tokens", fields.get("input_tokens")))
    tokens_out = _count(fields.get("completion_tokens", fields.get("output_tokens")))
    total = _count(fields.get("total_tokens"))
    if tokens_out is None and tokens_in is not None and total == tokens_in:
        tokens_out = 0
    return Usage(tokens_in, tokens_out)


def is_usage_alone(event: bytes) -> bool:
    """Tell whether an event is the extra one that `stream_options.include_usage` asks for."""
    if b'"usage"' not in event or b'"choices"' not in event:
        return False
    lines = event.replace(b"\r\n", b"\n").split(b"\n")
    data = b"\n".join(line[5:].strip() for line in lines if line.startswith(b"data:"))
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return _field(value, "choices") == [] and isinstance(_field(value, "usage"), dict)


def asks_for_usage(body: dict[str, object]) -> bool:
    """Tell whether a request for a stream asks for its usage."""
    return _field(body.get("stream_options"), "include_usage") is True


def asking_for_usage(body: dict[str, object]) -> dict[str, object]:
    """Return a request for a stream which also asks for its usage."""
    options = body.get("stream_options")
    given = cast("dict[str, object]", options) if isinstance(options, dict) else {}
    return {**body, "stream_options": {**given, "include_usage": True}}


def _field(value: object, name: str) -> object:
    return cast("dict[str, object]", value).get(name) if isinstance(value, dict) else None


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MOST_TOKENS else None
