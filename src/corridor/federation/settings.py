"""What an operator can set about the exchange with partners."""

from pydantic import BaseModel, ConfigDict, Field

MIB = 1024 * 1024


class FederationSettings(BaseModel):
    """The `[federation]` section of corridor.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sync_seconds: float = Field(default=2.0, gt=0)
    """How long to wait between two looks at a partner's log."""
    backoff_seconds: float = Field(default=60.0, gt=0)
    """The longest wait after failures; each failure doubles the wait up to this."""
    page_entries: int = Field(default=200, ge=1)
    """How many log entries one answer of this node holds at most."""
    max_page_bytes: int = Field(default=8 * MIB, ge=1024)
    """No more than this is read of a partner's answer; our own answers keep to half of it."""
    max_round_entries: int = Field(default=5_000, ge=1)
    """How many new entries one round takes. They are indexed in one transaction, after the root over
    all of them is verified; a partner with more waiting needs a higher number for its first round."""
    max_round_bytes: int = Field(default=64 * MIB, ge=1024)
    """How much one round takes into memory; to be raised together with max_round_entries."""
    request_seconds: float = Field(default=20.0, gt=0)
    """How long one request may take, from connecting to the last byte."""
    round_seconds: float = Field(default=300.0, gt=0)
    """How long all requests of one round may take together."""
    signature_seconds: float = Field(default=60.0, gt=0)
    """How far a signed request's time may be from ours, in the past or the future."""
    clock_skew_seconds: float = Field(default=300.0, ge=0)
    """A partner's record that is dated further in the future than this is refused."""
    note_seconds: float = Field(default=30.0, ge=0)
    """How often a partner with nothing new is noted as reached."""
