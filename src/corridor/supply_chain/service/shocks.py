"""What would happen if: scenarios put to the graph, with bounds and draws."""

from collections.abc import Mapping, Sequence

from corridor.core.records import Part
from corridor.supply_chain.records import Layer
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.hits import Hit, hits
from corridor.supply_chain.rules.scenarios import Disruption, Likelihood, Scenario, bounds, check

MOST_STEPS = 50


class Loss(Part):
    """Which part of an input is lost, 0 to 1."""

    input: str
    title: str
    layer: Layer
    low: float
    high: float
    """Bounds: what is not known is taken as harmless, and as harmful, as it can be."""
    p5: float
    median: float
    p95: float
    """Of the draws, in which every value of what is not known is as likely."""
    path: tuple[str, ...]
    """From what was taken away to this input, by the worst way at the upper bound."""


class Shock(Part):
    """What follows from scenarios that happen together."""

    scenarios: tuple[str, ...]
    home: str | None
    likelihoods: Mapping[str, Likelihood | None]
    taken: Mapping[str, tuple[Hit, ...]]
    """What is taken away at its source, by input."""
    losses: tuple[Loss, ...]
    """Services and what is near them first, then by the upper bound."""
    duration_days: float | None
    """The longest of the shortest durations: stocks that last longer count; None if unknown."""
    draws: int
    seed: int
    tolerance: float
    settled: bool


LAYERS: tuple[Layer, ...] = (
    "service",
    "provider",
    "model",
    "cloud",
    "server",
    "accelerator",
)
"""What is shown first, in this order; the rest by how much is lost."""


def shocked(
    graph: Graph,
    scenarios: Sequence[Scenario],
    parameters: Mapping[str, str],
    home: str | None = None,
    draws: int = 1_000,
    seed: int = 0,
) -> Shock:
    """Return what scenarios that happen together do to every input.

    Raises:
        BadScenario: if one names what is not there, or lacks a parameter.
    """
    # Only here: NumPy is not taken in by what starts often, such as the gateway.
    import numpy as np

    from corridor.supply_chain.rules.spreading import TOLERANCE, spread

    disruptions = _filled(scenarios, parameters)
    check(disruptions, graph)
    taken = hits(graph, disruptions, home)
    duration = _duration(disruptions)
    found = spread(graph, taken, np.random.default_rng(seed), draws, duration)
    losses = [
        Loss(
            input=name,
            title=graph.inputs[name].title,
            layer=graph.inputs[name].layer,
            low=float(loss[0]),
            high=float(loss[1]),
            p5=float(np.quantile(loss[2:], 0.05)),
            median=float(np.quantile(loss[2:], 0.5)),
            p95=float(np.quantile(loss[2:], 0.95)),
            path=path(name, found.through),
        )
        for name, loss in found.losses.items()
    ]
    return Shock(
        scenarios=tuple(each.name for each in scenarios),
        home=home,
        likelihoods={each.name: each.likelihood for each in scenarios},
        taken={name: tuple(each) for name, each in taken.items()},
        losses=tuple(sorted(losses, key=_first_the_near)),
        duration_days=duration,
        draws=draws,
        seed=seed,
        tolerance=TOLERANCE,
        settled=found.settled,
    )


def _filled(scenarios: Sequence[Scenario], given: Mapping[str, str]) -> list[Disruption]:
    wanted = {name for each in scenarios for name in each.parameters}
    found: list[Disruption] = []
    for each in scenarios:
        own = {k: v for k, v in given.items() if k in each.parameters or k not in wanted}
        found += each.filled(own)
    return found


def _duration(disruptions: Sequence[Disruption]) -> float | None:
    stated = [each.duration_days for each in disruptions]
    if not stated or any(each is None for each in stated):
        return None
    return max(bounds(each)[0] for each in stated if each is not None)


def path(name: str, through: Mapping[str, str]) -> tuple[str, ...]:
    """Return the way from what was taken away to an input, each step the worst."""
    way = [name]
    while len(way) < MOST_STEPS and (by := through.get(way[-1], "")) and by not in way:
        way.append(by)
    return tuple(reversed(way))


def _first_the_near(loss: Loss) -> tuple[int, float, str]:
    near = LAYERS.index(loss.layer) if loss.layer in LAYERS else len(LAYERS)
    return near, -loss.high, loss.input
