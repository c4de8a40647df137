"""What an operator can set about drills."""

from pydantic import BaseModel, ConfigDict, Field


class DrillSettings(BaseModel):
    """The `[drills]` section of corridor.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    principal: str = "prober"
    """The service by which a drill asks; it needs grants for what it measures."""
    project: str = "drills"
    """The project of those grants."""
    check_seconds: float = Field(default=5.0, ge=0)
    """How long the drill waits for the gateway to know its key before it begins."""
    baseline_seconds: float = Field(default=4.0, gt=0)
    """How long services are probed before the supplier is withdrawn; longer, until each was asked."""
    baseline_items: int = Field(default=12, ge=1)
    """Where probes are items of a suite, so many in each language are asked before it is withdrawn, if
    `probe_timeout_seconds` more are enough for that; the same are asked again during the loss."""
    items_seconds: float = Field(default=300.0, gt=0)
    """Where a drill is to ask a number of items (`--items`), the time before lasts at most so long for that, and the last
    stage at most so much longer than stated; then the drill goes on with what it has."""
    return_seconds: float = Field(default=3.0, ge=0)
    """Over so long requests come back to what was lost, a quarter of them at a time; 0: all at once."""
    recovery_seconds: float = Field(default=15.0, gt=0)
    """How long the drill waits for the supplier to answer again afterwards."""
    ceiling: float = Field(default=1.0, ge=0, le=1)
    """The largest share of live requests that a drill may concern."""
    critical: tuple[str, ...] = ()
    """Services whose live traffic every drill leaves alone: only its own probes meet the loss."""
    callers_first_seconds: float = Field(default=1.0, ge=0)
    """Where callers ask often, a drill's own probes wait so long after the withdrawal, if it is of all requests: each is work
    for whoever takes over, and none would be there in a real loss."""
    probe_pause_seconds: float = Field(default=0.2, ge=0)
    """The pause between two probes of one service in one language."""
    probes_at_once: int = Field(default=8, ge=1)
    """So many probes are on their way together: each is work for whoever takes over, beside live requests."""
    probe_timeout_seconds: float = Field(default=60.0, gt=0)
    """A probe without an answer after so long has failed."""
    traffic_days: int = Field(default=7, ge=1, le=3650)
    """So many days of the account say, for a plan, how much traffic each service and language has."""
    silent_seconds: float = Field(default=30.0, ge=0)
    """A partner with a part in a drill, whose log could not be read for so long, has fallen silent."""
