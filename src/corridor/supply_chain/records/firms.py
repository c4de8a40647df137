"""What is asked of a network of firms, and what became of it: the static engine's question and answer."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from corridor.core.records import Part

PerCent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class FirmsQuestion(Part):
    """Which firms fail, how losses spread, and how exactly that is followed."""

    fail: Mapping[str, PerCent] = {}
    """By firm: what it loses of what it makes; if none is named, each fails by itself in turn."""
    substitution: bool = False
    """Whether firms of a sector stand in for each other, by their sales."""
    strict: bool = False
    """Whether the loss of an essential input counts in full, or by the part of costs that is bought."""
    tolerance: float = Field(default=1e-6, gt=0, le=1e-6)
    """A loss that grows by less is not followed further."""
    horizon: int = Field(default=10_000, ge=1, le=1_000_000)
    """Steps after which it ends in any case."""
    most: int = Field(default=15, ge=1, le=100_000)
    """How many firms the answer names."""


class FirmLoss(Part):
    """What one firm loses after the shock, 0 to 1."""

    firm: str
    sector: str
    down: float
    """For want of inputs."""
    up: float
    """For want of buyers."""


class FirmAtRisk(Part):
    """Which part of all is lost if one firm fails by itself: its systemic risk (ESRI)."""

    firm: str
    sector: str
    index: float
    down: float
    up: float


class FirmsResult(Part):
    """What a failure of firms does to all; firms count by their revenue."""

    firms: int
    links: int
    index: float | None
    """Which part of all is lost, each firm by the larger of its losses; None where each fails in turn."""
    losses: tuple[FirmLoss, ...]
    """Of one shock: those who lose most."""
    at_risk: tuple[FirmAtRisk, ...]
    """Where each fails in turn: those who put most at risk."""
    mean: float | None
    """Of the index over all firms, where each fails in turn."""
    tolerance: float
    horizon: int
    settled: bool
    """Whether nothing grew by more than the tolerance any more before the horizon."""
    links_touched: int
    notes: tuple[str, ...]
    """What was not stated, and what was taken in its place."""
