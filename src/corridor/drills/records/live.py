"""What a drill keeps of live requests: what became of them, who answered, how fast, at what cost.

Live are all requests that the drill did not send itself. Costs are a record of their own, which
never leaves the node: what somebody pays is not a partner's to know.
"""

from typing import Annotated, ClassVar, Self

from pydantic import Field, StringConstraints, model_validator

from corridor.catalogue import Language, Name
from corridor.core.records import Part, Record, RecordId
from corridor.drills.records.figures import Figure, Source

Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Live(Part):
    """What became of live requests: sent = served + moved + degraded + failed.

    Counted are those that were on their way at any moment between the withdrawal and the restoration.
    """

    sent: Count
    served: Count
    """Answered by the route's first choice."""
    moved: Count
    """Answered by another provider, of which the evidence says nothing worse beyond noise."""
    degraded: Count
    """Answered by another provider that is worse in this language by the evidence, beyond noise."""
    failed: Count
    """Not answered, or cut off."""
    unmeasured: Count = 0
    """Of those that moved: answered by a provider whose quality cannot be compared."""

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.sent != self.served + self.moved + self.degraded + self.failed:
            raise ValueError("what became of requests does not add up to what was sent")
        if self.unmeasured > self.moved:
            raise ValueError("more moved to the unmeasured than moved")
        return self


class Taker(Part):
    """Another provider that answered live requests of one line during the loss."""

    provider: Name
    requests: Count
    quality: Figure
    """By the evidence, in this language; unknown where there is none that can be compared."""
    source: Source | None
    continuity: Figure
    """Its quality over the quality of what answered before."""
    worse: bool
    """Whether that lies below 1 beyond noise: the upper end of its interval does."""


class Pace(Part):
    """How long live requests took that were answered, to the last byte."""

    answered: Count
    median_seconds: Seconds | None
    """None where none was answered."""
    p95_seconds: Seconds | None
    """The nearest rank: of a hundred, the fifth slowest."""


class Answerer(Part):
    """How many requests one provider answered, in each step of a timeline."""

    provider: Name | None
    """None for those that were not answered."""
    probes: bool
    """Whether these are the drill's own probes, or live requests."""
    counts: tuple[Count, ...]


class Timeline(Part):
    """The course of a drill: who answered how many requests, step by step from its start."""

    step_seconds: float = Field(gt=0)
    rows: tuple[Answerer, ...]
    """Each counts a request in the step in which it was over."""


class Amount(Part):
    """What some answers cost together, in one currency."""

    currency: Currency
    millionths: Count
    """Of the currency's smallest unit."""
    answers: Count
    """So many answers cost that."""


class Spent(Part):
    """What live requests cost that were answered."""

    answered: Count
    amounts: tuple[Amount, ...] = ()
    """Empty where no cost is known."""
    unpriced: Count
    """Of so many answers the cost is unknown: no price was in force, or nobody told the tokens."""
    price_ids: tuple[RecordId, ...] = ()
    """The price tables that were in force."""

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.answered != self.unpriced + sum(each.answers for each in self.amounts):
            raise ValueError("priced and unpriced answers do not add up to what was answered")
        return self


class CostLine(Part):
    """One service in one language; of other languages of that service without one."""

    service: Name
    language: Language
    before: Spent
    during: Spent


class DrillCosts(Record):
    """What live requests cost before a drill withdrew a supplier, and during it."""

    kind: ClassVar[str] = "drills.costs"

    result_id: RecordId
    """Of the drill's result."""
    lines: tuple[CostLine, ...]
    before: Spent
    """Of all requests to these services, in whatever language."""
    during: Spent
