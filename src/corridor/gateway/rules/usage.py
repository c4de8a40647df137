"""How many tokens went in and out, as a provider says it; what it does not say is unknown.

A provider's figures are taken as they are. A figure that is missing, negative or no whole number is
None, never zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from corridor.catalogue import HttpEndpoint, Provider

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


def is_to_be_asked(provider: Provider, body: Mapping[str, object]) -> bool:
    """Tell whether a provider is to be asked for the usage of a stream, and takes that.

    Where the caller asks itself, nothing has to be added. The Responses API tells it by itself.
    """
    if not body.get("stream") or ("messages" not in body and "prompt" not in body):
        return False
    endpoint = provider.endpoint
    if not isinstance(endpoint, HttpEndpoint) or not endpoint.stream_usage:
        return False
    return _options(body).get("include_usage") is not True


def asking_for_usage(body: dict[str, object]) -> dict[str, object]:
    """Return a request for a stream which also asks for its usage."""
    return {**body, "stream_options": {**_options(body), "include_usage": True}}


def raw_asking(raw: bytes, body: Mapping[str, object]) -> bytes:
    """Return the bytes of a request which also asks for usage; empty if they must be written anew.

    All that the caller sent stays byte for byte; what is asked for stands at its end.
    """
    text = raw.rstrip()
    if "stream_options" in body or not text.endswith(b"}"):
        return b""
    return text[:-1] + b',"stream_options":{"include_usage":true}}'


def _options(body: Mapping[str, object]) -> dict[str, object]:
    options = body.get("stream_options")
    return cast("dict[str, object]", options) if isinstance(options, dict) else {}


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MOST_TOKENS else None
