"""Which blocks of guards open an incident by themselves, and how what follows is counted."""

from typing import ClassVar, Literal

from pydantic import Field

from corridor.assurance import Nature, Severity
from corridor.catalogue import Name
from corridor.core.records import Part, Record
from corridor.evaluation import Category

GuardName = Literal["pii", "size", "modalities", "banned_tools", "moderation"]
GuardAct = Literal["refused", "kept_back", "failed_closed"]
"""A request was refused; an answer was kept back; a guard could not do its work, and nothing went on."""


class Watch(Part):
    """Blocks of one guard that are told as incidents."""

    guard: GuardName
    acts: tuple[GuardAct, ...] = Field(default=("refused", "kept_back"), min_length=1)
    category: Category
    """What such an incident is about."""
    severity: Severity = "medium"
    """How bad it counts as until a person has looked."""
    nature: Nature = "hazard"
    """`hazard`: it was blocked before it did harm."""
    at_least: int = Field(default=1, ge=1, le=1_000_000)
    """So many within the hours open an incident; fewer are in the account alone."""
    hours: int = Field(default=24, ge=1, le=168)
    """For so long all that follow are counted with the same incident."""
    may_see: tuple[Name, ...] = ()
    """Partners that may have it once it is disclosed."""


class GuardWatch(Record):
    """What is watched at one service or at all; each statement takes the place of the one before."""

    kind: ClassVar[str] = "gateway.guard_watch"

    service: str = Field(pattern=r"^(\*|[a-z0-9][a-z0-9._-]{0,62})$")
    """Or `*` for all; what a service says of a guard itself comes first."""
    watches: tuple[Watch, ...] = Field(max_length=20)
    """The first that names the guard and its act holds. Without any, nothing is told."""
