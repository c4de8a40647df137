"""What doors show of trees, rules and findings: one shape for the terminal's JSON and for HTTP."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from corridor.assurance.records.outcomes import State as TreeState
from corridor.assurance.records.reports import Disclosure, Finding, FindingUpdate, Sighting, State
from corridor.assurance.records.tiers import Tier
from corridor.core.records import Part


class ElementChanged(Part):
    """An element that is in one tree alone, or not the same in both."""

    node: str
    kind: Literal["added", "removed", "changed"]
    what: tuple[str, ...]
    """Which fields differ; of supports and weights also how."""


class Ends(Part):
    """What was found of an element: its state and its bounds."""

    state: TreeState
    low: float
    high: float
    value: float | None


class ElementMoved(Part):
    """What was found of one element in one language, before and after."""

    node: str
    language: str
    before: Ends
    after: Ends
    bounds: Literal["higher", "lower", "overlaps", "same"]
    """Higher and lower only where they have nothing in common."""
    worse: bool
    """Whether the state is worse than before."""


class TreeDiff(Part):
    """What differs between two trees, and between what was found by them or of two models."""

    changes: tuple[ElementChanged, ...]
    moved: tuple[ElementMoved, ...]


class TierChanged(Part):
    """What rules would make of one file in one language; None: in any other language."""

    model: str
    model_sha256: str
    language: str | None
    before: Tier
    after: Tier


class Followed(BaseModel):
    """A finding, and what became of it."""

    model_config = ConfigDict(extra="forbid")

    finding: Finding
    state: State | None
    updates: list[FindingUpdate]
    disclosure: Disclosure | None
    published: bool
    sighted: Sighting | None
    """How often it was seen, where that is counted."""
