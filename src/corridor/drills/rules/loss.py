"""What a drill takes away: as it is asked for, and as it was foretold. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from corridor.core.errors import Invalid
from corridor.drills.errors import NothingLive
from corridor.drills.records import Prediction, Rehearsed, Withdrawn
from corridor.gateway import Target
from corridor.supply_chain import Scenario


@dataclass(frozen=True, slots=True)
class Loss:
    """What is to be lost, and to whom: a scenario, or all that a supplier runs.

    Raises:
        Invalid: if it is neither or both, or says of a supplier what can be said of a scenario only.
    """

    supplier: str | None = None
    """Who withdraws all that it runs."""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of a scenario: country=US."""
    home: str | None = None
    """From where it is asked; None is anywhere abroad."""
    service: str | None = None
    """Only this service; None is every one that it touches."""
    worse: bool = False
    """Whether what may be lost is taken away too, beside what is lost for certain."""
    scenario: Scenario | None = None
    """What happens; in place of a supplier."""
    day: float | None = None
    """Of the scenario: what is gone on it; None is all of it at once."""

    def __post_init__(self) -> None:
        if (self.supplier is None) == (self.scenario is None):
            raise Invalid("Say what is lost: a scenario, or a supplier that withdraws.")
        if self.scenario is None and (self.parameters or self.worse or self.day is not None):
            raise Invalid(
                "Parameters, days and what may be lost belong to a scenario, not to a supplier.",
                hint="Leave them out, or name a scenario in the place of the supplier.",
            )


@dataclass(frozen=True, slots=True)
class Taken:
    """What a loss takes from this node."""

    parts: Mapping[str, float]
    """By provider, which part of it is lost, above 0 and to 1."""
    supplier: str | None = None
    """Whose providers these are, where one withdraws all that it runs."""
    scenario: Rehearsed | None = None

    def lost(self, names: Sequence[str]) -> tuple[Withdrawn, ...]:
        """Return what is to be suspended so that some providers are lost, the most first."""
        if self.supplier is not None:
            return (Withdrawn(target=Target(kind="supplier", name=self.supplier)),)
        found = sorted(names, key=lambda name: (-self.parts[name], name))
        return tuple(
            Withdrawn(target=Target(kind="provider", name=name), part=self.parts[name])
            for name in found
        )


def taken_by(prediction: Prediction, loss: Loss) -> Taken:
    """Return what a loss takes from this node, as it was foretold.

    Raises:
        NothingLive: if a scenario takes no provider for certain, and what may be lost is not wanted.
    """
    gone = [each for each in prediction.gone if each.what == "provider"]
    parts = {each.name: each.high if loss.worse else each.low for each in gone}
    parts = {name: part for name, part in parts.items() if part > 0.0}
    told = prediction.scenario
    if not parts:
        names = ", ".join(f"{each.name} ({each.high:.0%})" for each in gone)
        raise NothingLive(
            f"{told.name} takes nothing of this node away for certain; it may take {names}.",
            hint="Rehearse that it does: --worse.",
        )
    if loss.scenario is None:
        return Taken(parts, supplier=loss.supplier)
    rehearsed = Rehearsed(
        name=told.name,
        title=told.title,
        sha256=told.sha256,
        parameters=told.parameters,
        home=loss.home,
        worse=loss.worse,
        day=told.day,
    )
    return Taken(parts, scenario=rehearsed)
