"""What an operator can set about the gateway."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Trust = Literal["model", "supplier", "jurisdiction"]


class GatewaySettings(BaseModel):
    """The `[gateway]` section of corridor.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_body_bytes: int = Field(default=8 * 1024 * 1024, ge=1024)
    """A request with a larger body is refused."""
    max_answer_bytes: int = Field(default=32 * 1024 * 1024, ge=1024)
    """An answer, or one event of a stream, that is larger counts as a failure of its provider."""
    attempt_seconds: float = Field(default=30.0, gt=0)
    """How long one provider may take: to answer in full, or to begin a stream."""
    first_byte_seconds: float = Field(default=30.0, gt=0)
    """How long one provider may take until the first byte of its answer's headers is there."""
    overall_seconds: float = Field(default=90.0, gt=0)
    """How long a caller may wait for an answer, or for the beginning of a stream."""
    stream_seconds: float = Field(default=600.0, gt=0)
    """How long a stream may last."""
    failures_to_open: int = Field(default=3, ge=1)
    """After so many failures in a row a provider is not asked for a while."""
    open_seconds: float = Field(default=10.0, gt=0)
    """How long it is not asked; then one request tries it."""
    retries: int = Field(default=1, ge=0, le=5)
    """How often a request asks a provider again, where that is safe and no other is left."""
    retry_seconds: float = Field(default=0.2, gt=0)
    """The pause before that, doubled each time, with full jitter; also the pause of a provider that
    answers 429 without saying for how long, and of the last one left after it failed."""
    retry_ratio: float = Field(default=0.1, ge=0, le=1)
    """Retries and hedges together are at most this share of the requests ..."""
    retry_reserve: float = Field(default=10.0, ge=0)
    """... beside so many at once."""
    patience_seconds: float = Field(default=2.0, ge=0)
    """How long a request waits for a provider that asked for a pause."""
    rest_seconds: float = Field(default=300.0, gt=0)
    """The longest pause that a provider is granted by its Retry-After."""
    language_confidence: float = Field(default=0.6, ge=0, le=1)
    """Below this confidence the default language of a route is assumed, and the answer says so."""
    hedge_seconds: float = Field(default=0.0, ge=0)
    """If a provider has not begun to answer after so long, the next one is asked beside it, and who
    begins first answers; from the same budget as retries. 0: never. It may be billed twice."""
    hold_back_events: int = Field(default=0, ge=0, le=1000)
    """How many events of a stream are held back, so that it can still move if it breaks; 0: none."""
    hold_back_seconds: float = Field(default=0.5, ge=0)
    """How long they are held back at most."""
    follow_seconds: float = Field(default=0.05, gt=0)
    """How often the gateway looks whether a record has arrived."""
    flush_seconds: float = Field(default=0.2, gt=0)
    """How often the account of requests is written; a killed process loses at most this much."""
    snapshot_seconds: float = Field(default=3600.0, ge=1, le=604_800)
    """How long callers are answered on what is known while the store is gone; then they get 503."""
    listening_seconds: float = Field(default=0.5, gt=0)
    """On PostgreSQL: how often it looks while it is told of each record at once."""
    lease_seconds: float = Field(default=5.0, gt=0)
    """How long a drill's suspension holds when nothing is heard of the drill any more."""
    drain_seconds: float = Field(default=30.0, gt=0)
    """How long requests under way may go on when a process is told to end."""
    linger_seconds: float = Field(default=5.0, ge=0)
    """How long quiet connections are still listened to then, for a request may be on its way."""
    header_seconds: float = Field(default=10.0, gt=0)
    """How long the head of a request may take to arrive."""
    header_bytes: int = Field(default=32 * 1024, ge=1024, le=1024 * 1024)
    """A request with a larger head is refused."""
    body_seconds: float = Field(default=60.0, gt=0)
    """How long the body of a request may take to arrive."""
    stalled_seconds: float = Field(default=60.0, gt=0)
    """How long a caller may take in nothing of an answer."""
    keep_alive_seconds: float = Field(default=75.0, gt=0)
    """How long a connection is kept without a request."""
    max_connections: int = Field(default=10_000, ge=1)
    """How many connections one process takes at once."""
    suspensions_from: dict[str, tuple[Trust, ...]] = Field(
        default_factory=dict[str, tuple[Trust, ...]]
    )
    """Partners whose suspensions close providers here too, and of what: model (by its digest),
    supplier (by this node's name for it), jurisdiction. What a partner suspends of its own node
    closes at once in any case; all else of it an operator is asked about."""
    concurrency: int | None = Field(default=None, ge=1)
    """How many requests one process sends to providers at a time; the others wait, in turn among
    callers. Without it nobody waits."""
    queue: int = Field(default=1000, ge=0)
    """How many may wait; beyond that the lowest priority is turned away."""
    queue_seconds: float = Field(default=30.0, gt=0)
    """How long a request may wait for its turn."""
    lag_seconds: float = Field(default=0.5, gt=0)
    """If the event loop is later than this, the lowest priorities are turned away, step by step."""
    priority: int = Field(default=5, ge=0, le=9)
    """The priority of requests for which no limit sets one; 9 is never turned away for lateness."""
    share_seconds: float = Field(default=0.1, gt=0)
    """How often processes of one node tell each other what they use of limits."""
    assumed_answer_tokens: int = Field(default=1024, ge=0)
    """Tokens of an answer, for limits, where a request does not say how many at most."""
    account_days: int = Field(default=90, ge=1)
    """How long the account keeps single requests; their sums by the hour stay."""
    metrics: Literal["operator", "loopback"] = "operator"
    """Who may read /metrics: whoever shows the operator's token, or callers on this machine too."""
    traces: str | None = Field(default=None, pattern=r"^https?://[^\s@]+$")
    """Where traces go by OTLP over HTTP, as http://127.0.0.1:4318/v1/traces; none are made without."""
