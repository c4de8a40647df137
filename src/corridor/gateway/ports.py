"""What the gateway needs from outside: who keeps the account, who moderates, who observes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from corridor.access import Answered, Decided


class Recorder(Protocol):
    """Puts decisions and answers into the account of this node."""

    async def note(self, item: Decided, *, strict: bool | None = None) -> None:
        """Put a decision into the account; what cannot be accounted for does not hold.

        Whether it is durable before this returns: `strict`, or as the node does.

        Raises:
            Unavailable: if it cannot be done.
        """
        ...

    def answered(self, item: Answered) -> None:
        """Put the hash of an answer into the account; never waits, never fails."""
        ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask for moderations."""

    url: str
    model: str | None
    credential: str | None
    """Where its key is."""
    seconds: float
    """How long it may take."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a moderation endpoint says of one text."""

    flagged: bool
    highest: float
    """Of the scores of its categories; 0 where it gives none."""


class Moderator(Protocol):
    """Says of texts what is wrong with them."""

    async def judge(self, endpoint: Endpoint, texts: Sequence[str]) -> list[Judged]:
        """Return what an endpoint says of each text.

        Raises:
            Unavailable: if it does not answer in time, or not as it should.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""


class Outcome(Protocol):
    """A request that is over, as far as observers look at it; the account says what each means."""

    @property
    def target(self) -> str:
        """Return the service or provider that was asked for."""
        ...

    @property
    def provider(self) -> str | None:
        """Return who answered."""
        ...

    @property
    def outcome(self) -> str:
        """Return what became of it."""
        ...

    @property
    def seconds(self) -> float:
        """Return how long it took."""
        ...

    @property
    def first_byte_seconds(self) -> float | None:
        """Return how long the answer took to begin."""
        ...

    @property
    def tokens_in(self) -> int | None:
        """Return the tokens that went in."""
        ...

    @property
    def tokens_out(self) -> int | None:
        """Return the tokens that came out."""
        ...

    @property
    def model(self) -> str | None:
        """Return the model of whoever answered."""
        ...

    @property
    def language(self) -> str:
        """Return the language of the request."""
        ...

    @property
    def attempts(self) -> int | None:
        """Return how many providers were asked."""
        ...

    @property
    def cost(self) -> int | None:
        """Return millionths of the currency's smallest unit."""
        ...

    @property
    def currency(self) -> str | None:
        """Return the currency of the cost."""
        ...


class Observer(Protocol):
    """Is told what happens at the gateway; never waits and never fails."""

    def settled(self, handled: Outcome) -> None:
        """Take note of a request that is over."""
        ...

    def attempted(self, provider: str, reason: str) -> None:
        """Take note of an attempt at a provider that failed."""
        ...


class Trace(Protocol):
    """The trace of one request."""

    @property
    def traceparent(self) -> str:
        """Return what providers are sent, so that they can continue it."""
        ...

    def end(self, outcome: Outcome, status: int) -> None:
        """End it with what is known of the request; never waits, never fails."""
        ...


class Tracer(Protocol):
    """Traces requests."""

    def begin(self, path: str, target: str, traceparent: str, *, stream: bool) -> Trace:
        """Begin the trace of a request, within the caller's if it sent one."""
        ...

    def close(self) -> None:
        """Send what is left."""
        ...


class RetentionKeys(Protocol):
    """Keys for what is retained, one for each day on which something expires."""

    def key(self, day: int, today: int) -> bytes | None:
        """Return the key of a day, in days since the epoch; None if the day is gone.

        Raises:
            Unavailable: if they cannot be read or written.
        """
        ...

    def advance(self, today: int) -> bool:
        """Forget the keys of days that are over; return whether there were any.

        Raises:
            Unavailable: if that cannot be written.
        """
        ...


class Identifier(Protocol):
    """Tells languages apart that share a script."""

    def identify(self, text: str, group: tuple[str, ...]) -> tuple[str, float] | None:
        """Return which language of a group a text is in, and how sure that is, from 0 to 1.

        It never waits: None while it is not prepared for the group, or where it cannot tell.
        """
        ...

    def prepare(self, groups: Iterable[tuple[str, ...]]) -> None:
        """Begin in the background to make ready for some groups."""
        ...
