"""What nodes agree on before a drill that several of them hold, and what each says at its end.

Each part is a node's own drill, under its own authority and safeguards: no record here suspends
anything at another node. A node's word is what is in its own log; what names another's record
names it with the digest of its envelope, so that it cannot stand for a changed one.
"""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import AwareDatetime, BeforeValidator, Field, model_validator

from corridor.catalogue import Name, Sha256
from corridor.core.records import Part, Record, RecordId
from corridor.drills.records.citing import Cited, NodeName
from corridor.drills.records.rehearsals import ALL, Ending, Stage, Tripwire

Why = Annotated[str, Field(max_length=500)]
Items = Annotated[
    int,
    Field(ge=0, le=ALL),
    BeforeValidator(
        lambda said: ALL if said == "all" else said, json_schema_input_type=int | Literal["all"]
    ),
]
"""A number of items of each language; who says `all` says the greatest."""
PartState = Literal[
    "unanswered", "refused", "awaited", "running", "finished", "ended early", "silent"
]
"""Of a node's part: no answer yet; it said no; agreed and not begun; begun and not over; its stages
came to their end; it was over before that; no result came while its log could not be read, or
until two minutes after the window."""


class AgreedLoss(Part):
    """What is to be rehearsed as lost: all that a supplier runs, or a scenario of the library."""

    supplier: Name | None = None
    scenario: Name | None = None
    scenario_sha256: Sha256 | None = None
    """Of the scenario as the issuer has it."""
    parameters: dict[str, str] = Field(default_factory=dict[str, str], max_length=20)
    """Of the scenario: country=US."""
    home: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    """From where the scenario is asked: each node's own country; None is anywhere abroad (since 1.1)."""
    worse: bool = False
    """Whether what the scenario may take is taken, too (since 1.1)."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.supplier is None) == (self.scenario is None):
            raise ValueError("name a supplier, or a scenario")
        if self.supplier is not None and (self.parameters or self.home or self.worse):
            raise ValueError("only a scenario has parameters, a home, and what it may take")
        return self

    def __str__(self) -> str:
        """Return it as people read it."""
        if self.supplier is not None:
            return self.supplier
        worse = " if worse" if self.worse else ""
        return "/".join((str(self.scenario), *self.parameters.values())) + worse


class Terms(Part):
    """How far a node goes in its own part."""

    stages: tuple[Stage, ...] = Field(min_length=1)
    ceiling: float = Field(default=1.0, ge=0, le=1)
    """The largest share of live requests that it may concern, where the node's settings allow more."""
    without: tuple[Name, ...] = ()
    """Services of its own that it leaves out."""
    tripwire: Tripwire = Tripwire()
    begins_at: AwareDatetime | None = None
    """When the node begins it by itself; None where an operator does."""
    items: Items = 0
    """So many items of each language, or all that the node has, are asked before the loss and the same in it, for the
    node's `drills.items_seconds` longer at most each time; 0: as many as there is time for (since 1.2)."""


class DrillProposed(Record):
    """A node proposes a drill to partners; each decides for itself."""

    kind: ClassVar[str] = "drills.proposed"
    minor: ClassVar[int] = 2

    to: tuple[NodeName, ...] = Field(min_length=1, max_length=50)
    lost: AgreedLoss
    begins: AwareDatetime
    """The window in which every part begins ..."""
    until: AwareDatetime
    """... and its stages end, reckoned from then; what is probed before and after comes on top."""
    terms: Terms
    """Of the proposer's own part. Its stages and items are the most that it asks of others."""
    why: Why

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.until <= self.begins:
            raise ValueError("the window ends before it begins")
        if len(set(self.to)) < len(self.to):
            raise ValueError("a node is named twice")
        return self


class ProposalWithdrawn(Record):
    """The proposer wants the drill no more: no part of it begins from now on."""

    kind: ClassVar[str] = "drills.proposal_withdrawn"

    proposal_id: RecordId
    why: Why


class DrillAnswered(Record):
    """A node to which a drill was proposed accepts with its own limits, or refuses. The newest counts."""

    kind: ClassVar[str] = "drills.answered"
    minor: ClassVar[int] = 2

    proposal: Cited
    accepted: bool
    lost: AgreedLoss | None = None
    """What is rehearsed as lost there, by the names of that node; None where it refuses."""
    terms: Terms | None = None
    why: Why = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.accepted != (self.terms is not None) or self.accepted != (self.lost is not None):
            raise ValueError("an acceptance has terms, and a refusal has none")
        if not self.accepted and not self.why:
            raise ValueError("a refusal says why")
        return self


class PartSeen(Part):
    """One node's part, as another node saw it, or as it was itself."""

    node: NodeName
    state: PartState
    answer: Cited | None = None
    """None for the proposer, and where there is none."""
    started: Cited | None = None
    ended: Cited | None = None
    result: Cited | None = None
    how: Ending | None = None
    """How it ended, once it did."""
    entries: int = Field(ge=0)
    """So many entries of its log were known: what is not named above is not among them."""


class DrillsJoined(Record):
    """What a node signs of a drill of several: its own result beside what it had of the others'.

    A newer one of the same proposal takes the place of an earlier one, as others' results arrive.
    """

    kind: ClassVar[str] = "drills.joined"

    proposal: Cited
    own: PartSeen
    others: tuple[PartSeen, ...] = Field(min_length=1)


class Agreement(Part):
    """A proposal, and how it stands here by what nodes stated."""

    proposal: Cited
    proposed: DrillProposed
    state: Literal["open", "withdrawn", "over"]
    """Over: its window is."""
    why: str = ""
    """Why it was withdrawn."""
    answers: dict[NodeName, DrillAnswered]
    parts: tuple[PartSeen, ...]
    """The proposer's, then those of the nodes it was proposed to."""
    joined: DrillsJoined | None = None
    """The newest that this node signed."""

    def part(self, node: str) -> PartSeen:
        """Return a node's part; only those that the proposal names have one."""
        return next(each for each in self.parts if each.node == node)

    def terms(self, node: str) -> tuple[AgreedLoss, Terms] | None:
        """Return what a node rehearses and how far it goes; None unless it agreed."""
        if node == self.proposal.issuer:
            return self.proposed.lost, self.proposed.terms
        answer = self.answers.get(node)
        if answer is None or answer.lost is None or answer.terms is None:
            return None
        return answer.lost, answer.terms
