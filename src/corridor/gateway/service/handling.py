"""What is known of one request while it is handled, and what goes back to its caller."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from corridor.catalogue import Provider, Taker
from corridor.gateway.errors import FAILED_CLOSED, Refusal
from corridor.gateway.ports import Trace
from corridor.gateway.records import GuardAct
from corridor.gateway.rules.guards.streams import AfterGuard
from corridor.gateway.rules.requests import Asked, Caller, Use
from corridor.gateway.service.admission import Trail
from corridor.gateway.service.judging import AnswerJudge
from corridor.gateway.service.limits import FREE, Entered
from corridor.gateway.service.retention import Keeping


@dataclass(slots=True)
class Reply:
    """What goes back to a caller: a whole answer, or a stream."""

    status: int
    content_type: str
    request_id: str
    provider: str
    data: bytes | None = None
    stream: AsyncIterator[bytes] | None = None
    ends: Callable[[], bool] | None = None
    """Tells whether what the stream gave last is its end; None where that shows behind it."""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    straight: Callable[[Taker], None] | None = None
    """Told who writes a piece at once: what needs no look goes there, and does not come by the stream."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was read: who asks for what, and what they declare of it."""

    path: str
    caller: Caller
    use: Use
    body: dict[str, object]
    raw: bytes
    """The body as it came."""
    target: Asked
    language: str
    sha256: str
    """Of the body as it came."""

    @property
    def streams(self) -> bool:
        """Whether the answer is to come piece by piece."""
        return bool(self.body.get("stream"))


@dataclass(slots=True, eq=False)
class Handling:
    """One request on its way through the gateway."""

    request_id: str
    started: float = field(default_factory=time.monotonic)
    caller: str = "unknown"
    target: str = "unknown"
    language: str = "und"
    said: dict[str, str] = field(default_factory=dict[str, str])
    """Headers that tell the caller how its request was understood."""
    first_choice: Provider | None = None
    """Who was to be asked first."""
    project: str = ""
    key_id: str = ""
    streams: bool = False
    entered: Entered = FREE
    """What it holds of limits until it is settled."""
    trace: Trace | None = None
    """Where requests are traced."""
    hides_usage: bool = False
    """Whether the event that tells of tokens was asked for here, and is not the caller's to see."""
    provider: Provider | None = None
    """Who answers."""
    attempts: int = 0
    """How many times a provider was asked."""
    asked_at: float = 0.0
    """When one was asked last, by a monotonic clock."""
    first_byte: float | None = None
    """Seconds from the start until there was something to send."""
    usage: dict[str, object] | None = None
    """What the provider says of tokens, in its words; None where it says nothing."""
    outcome: str = ""
    """Empty until it is settled."""
    trail: Trail | None = None
    """Set when it is allowed."""
    after: AfterGuard | None = None
    """What its answer goes through, if anything."""
    judge: AnswerJudge | None = None
    """What has its answer judged, if anything."""
    keeping: Keeping | None = None
    """What will be kept of it, if anything."""
    guard: str | None = None
    """The guard that let it not go on."""
    guard_act: GuardAct | None = None

    def note_guard(self, refusal: Refusal) -> None:
        """Take note if a guard is why it does not go on."""
        if refusal.guard:
            blocked: GuardAct = "kept_back" if self.provider is not None else "refused"
            failed = refusal.code == FAILED_CLOSED
            self.guard, self.guard_act = refusal.guard, "failed_closed" if failed else blocked

    def has_begun(self) -> None:
        """Take note that there is something to send."""
        self.first_byte = time.monotonic() - self.started
