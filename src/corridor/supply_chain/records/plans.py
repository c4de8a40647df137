"""Plans: which measures to take within a budget, and what they leave of the loss."""

from typing import ClassVar, Literal

from pydantic import Field

from corridor.catalogue import Name, Sha256
from corridor.core.records import Part, Record
from corridor.supply_chain.records.facts import Amount, Country
from corridor.supply_chain.records.results import TableUsed


class DaysLost(Part):
    """The share of service-days lost, 0 to 1: the services weighted, over the whole horizon."""

    low: float
    high: float
    """Bounds: what is not known is taken as harmless, and as harmful, as it can be."""
    mean: float
    p5: float
    p95: float
    """Of draws, in which every value of what is not known is as likely."""


class PlannedFor(Part):
    """A scenario of a plan: how much it counts, and what it takes with and without the plan."""

    scenario: Name
    parameters: dict[str, str] = Field(default_factory=dict[str, str])
    sha256: Sha256
    """Of the scenario's content."""
    weight: Amount
    weight_source: str
    before: DaysLost
    after: DaysLost


class FirstStep(Part):
    """A measure, in the order in which to take it."""

    measure: str
    title: str
    kind: str
    cost_low: int | None
    cost_high: int | None
    """Whole units of the plan's currency; None where nobody has said what it costs."""
    cost_source: str | None
    source: str
    """Who says that it can be done so."""
    avoids_alone: float
    """The loss that it avoids by itself."""
    left: float
    """The loss that is left with it and all steps before it; of a step that costs nobody knows
    what, with it and the whole plan."""


class StairStep(Part):
    """A budget, and the least loss that a plan within it was found to leave."""

    budget: int
    loss: float
    measures: tuple[str, ...]


class FindingOut(Part):
    """A figure that is not known, and what it would change to know it."""

    figure: str
    low: str
    high: str
    """Its ends, in words."""
    changes_plan: bool
    """Whether at one of its ends another set of measures was found that leaves less."""
    regret: float | None
    """How much more the plan loses than the best that was found for that end; the larger of the two.
    None where no other plan was sought."""
    regret_at_most: float
    """How much more than any plan it could lose: than all measures together."""
    loss_low: float
    loss_high: float
    """What the plan leaves if the figure is at its low, and at its high end."""


class Plan(Record):
    """Which measures to take within a budget, and what they leave of the loss."""

    kind: ClassVar[str] = "supply_chain.plan"

    services: dict[str, float]
    """How much each service counts; together 1."""
    aim: Literal["expected", "worst-case"]
    reading: Literal["mean", "low", "high"]
    """What of a loss was to be least: the mean of the draws, or one of the bounds."""
    budget: int
    currency: str
    horizon_days: float
    begins_days: float
    """How long after the decision the scenarios begin."""
    home: Country | None
    draws: int
    seed: int
    engine_version: str
    """Of the program and of the engine in it; another may compute otherwise."""
    tables: tuple[TableUsed, ...]
    graph_sha256: Sha256
    """Over the tables' digests, in the order of their names."""
    measures_sha256: Sha256
    """Of all measures that could be chosen, as canonical JSON."""
    scenarios: tuple[PlannedFor, ...]
    before: float
    """What is to be least, without any measure."""
    after: float
    """The same, with the plan."""
    step_by_step: float
    """What the plan that was put together step by step leaves."""
    bound: float
    """No plan within the budget leaves less."""
    exact: bool
    """Whether it is proved that no plan leaves less; else the time was over first."""
    seconds: float
    """The time limit of the proof."""
    steps: tuple[FirstStep, ...]
    stairs: tuple[StairStep, ...]
    unpriced: tuple[FirstStep, ...]
    """What nobody has said the cost of: never chosen."""
    finding_out: tuple[FindingOut, ...] = ()
    notes: tuple[str, ...] = ()
    """What was assumed."""

    @property
    def gap(self) -> float:
        """How much less than the one put together step by step any plan could leave at most."""
        return self.step_by_step - self.bound
