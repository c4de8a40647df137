"""How Corridor speaks to a model, wherever it runs."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

Signing = Callable[[bytes], Mapping[str, str]]
"""Returns headers that go along with the very bytes of a request."""
Taker = Callable[[bytes], bool]
"""Takes a piece of an answer at once; False if it does not, and the piece is to be read."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request in OpenAI's form."""

    path: str
    """Below the base URL: `/chat/completions`, `/completions`, `/embeddings` or `/responses`."""
    body: dict[str, object]
    request_id: str
    sign: Signing | None = None
    """For a partner's node: shows the caller's grant."""
    raw: bytes = b""
    """The body as it came, where it came as bytes; it is sent on as it is, but for the model."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """What goes along beside what every request has."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The beginning of an answer; the body follows as it comes."""

    status: int
    content_type: str
    body: AsyncIterator[bytes]
    headers: dict[str, str] = field(default_factory=dict[str, str])
    cut: Callable[[], None] | None = None
    """Breaks the answer off at once: reading its body fails then, with `ProviderFailed`."""
    hand: Callable[[Taker], None] | None = None
    """Hands pieces to a taker as they come, while somebody waits for the body, who then waits on.

    None where all pieces have to be read.
    """


class Connection(Protocol):
    """A way to one provider."""

    def serves(self, path: str) -> bool:
        """Tell whether the provider has an address for such requests at all."""
        ...

    def send(self, call: Call) -> AbstractAsyncContextManager[Answer]:
        """Send a request; leaving the context tells the provider to stop.

        Raises:
            ProviderFailed: if the provider cannot be reached or breaks off.
            Invalid: if the request cannot be written as JSON.
        """
        ...

    def warm(self) -> None:
        """Begin in the background what would make the first request slow."""
        ...

    async def close(self) -> None:
        """Let go of connections and memory."""
        ...


class Weights(Protocol):
    """Where the files of packaged models are found."""

    def locate(self, name: str) -> Path:
        """Return the path of a packaged model's file.

        Raises:
            UnknownModel: if no installed package holds it.
        """
        ...
