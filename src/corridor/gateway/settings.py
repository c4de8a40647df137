"""What an operator can set about the gateway."""

from pydantic import BaseModel, ConfigDict, Field


class GatewaySettings(BaseModel):
    """The `[gateway]` section of corridor.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_body_bytes: int = Field(default=8 * 1024 * 1024, ge=1024)
    """A request with a larger body is refused."""
    max_answer_bytes: int = Field(default=32 * 1024 * 1024, ge=1024)
    """An answer, or one event of a stream, that is larger counts as a failure of its provider."""
    attempt_seconds: float = Field(default=30.0, gt=0)
    """How long one provider may take: to answer in full, or to begin a stream."""
    overall_seconds: float = Field(default=90.0, gt=0)
    """How long a caller may wait for an answer, or for the beginning of a stream."""
    stream_seconds: float = Field(default=600.0, gt=0)
    """How long a stream may last."""
    failures_to_open: int = Field(default=3, ge=1)
    """After so many failures in a row a provider is not asked for a while."""
    open_seconds: float = Field(default=10.0, gt=0)
    """How long it is not asked; then one request tries it."""
    follow_seconds: float = Field(default=0.05, gt=0)
    """How often the gateway looks whether a record has arrived."""
    flush_seconds: float = Field(default=0.2, gt=0)
    """How often the account of requests is written; a killed process loses at most this much."""
