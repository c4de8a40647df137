"""What a drill takes away, as it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Loss:
    """What is to be lost, and to whom."""

    supplier: str
    """Who withdraws all that it runs."""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of a scenario: country=US."""
    home: str | None = None
    """From where it is asked; None is anywhere abroad."""
    service: str | None = None
    """Only this service; None is every one that it touches."""
    worse: bool = False
    """Whether what may be lost is taken away too, beside what is lost for certain."""
