"""What would happen if: scenarios put to the graph, with bounds and draws."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from corridor.core.records import Part
from corridor.supply_chain.errors import BadScenario, TooLarge
from corridor.supply_chain.records import Disruption, Layer, Likelihood, Loss, Rise, bounds
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.hits import Hit, hits
from corridor.supply_chain.rules.scenarios import Scenario, check

if TYPE_CHECKING:  # NumPy is not taken in by what starts often, such as the gateway
    from corridor.supply_chain.rules.lasting import Floats

COUNTRY = re.compile(r"[A-Z]{2}")
MOST_STEPS = 50
PARTS = (0.05, 0.5, 0.95)
MOST_FIGURES = 50_000_000
"""Inputs times draws; they take 8 bytes each, and twice that where much is unknown."""


class Shock(Part):
    """What follows from scenarios that happen together."""

    scenarios: tuple[str, ...]
    home: str | None
    likelihoods: Mapping[str, Likelihood | None]
    taken: Mapping[str, tuple[Hit, ...]]
    """What is taken away at its source, by input."""
    losses: tuple[Loss, ...]
    """Services and what is near them first, then by the upper bound."""
    prices: tuple[Rise, ...] = ()
    """Inputs that are dearer, if costs are passed on in full; in the same order."""
    duration_days: float | None
    """The longest that is stated at the least, without recovery; None if one is unknown."""
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
        TooLarge: if there are more draws of more inputs than are computed at once.
    """
    disruptions = [one for each in filled(scenarios, parameters) for one in each]
    found = computed(graph, disruptions, home, draws, seed)
    return found.model_copy(
        update={
            "scenarios": tuple(each.name for each in scenarios),
            "likelihoods": {each.name: each.likelihood for each in scenarios},
        }
    )


def computed(
    graph: Graph, disruptions: Sequence[Disruption], home: str | None, draws: int, seed: int
) -> Shock:
    """Return what disruptions do, whichever scenarios they are from.

    Raises:
        BadScenario: if one names what is not there.
        TooLarge: if there are more draws of more inputs than are computed at once.
    """
    # Only here: NumPy is not taken in by what starts often, such as the gateway.
    import numpy as np

    from corridor.supply_chain.rules.pricing import rises
    from corridor.supply_chain.rules.spreading import TOLERANCE, spread

    check(disruptions, graph)
    if home is not None and not COUNTRY.fullmatch(home):
        raise BadScenario(f"{home!r} is no country.", hint="Write two capital letters, as IN.")
    if draws * len(graph.inputs) > MOST_FIGURES:
        most = MOST_FIGURES // len(graph.inputs)
        raise TooLarge(
            f"{draws:,} draws of {len(graph.inputs):,} inputs are too many.",
            hint=f"Ask for at most {most:,} draws, or name the tables that matter.",
        )
    taken, chance = hits(graph, disruptions, home), np.random.default_rng(seed)
    found = spread(graph, taken, chance, draws, disruptions)
    dearer = rises(graph, disruptions, chance, draws)
    losses = [
        Loss.model_validate(
            {
                **_named(graph, name),
                **quantiles(loss),
                "path": path(name, found.through),
                "days": quantiles(found.lasting[name].end),
            }
        )
        for name, loss in found.losses.items()
    ]
    prices = [
        Rise.model_validate(
            {**_named(graph, name), **quantiles(rise), "path": path(name, dearer.through)}
        )
        for name, rise in dearer.rises.items()
    ]
    return Shock(
        scenarios=(),
        home=home,
        likelihoods={},
        taken={name: tuple(each) for name, each in taken.items()},
        losses=tuple(sorted(losses, key=_first_the_near)),
        prices=tuple(sorted(prices, key=_first_the_near)),
        duration_days=_duration(disruptions),
        draws=draws,
        seed=seed,
        tolerance=TOLERANCE,
        settled=found.settled and dearer.settled,
    )


def _named(graph: Graph, name: str) -> dict[str, object]:
    return {"input": name, "title": graph.inputs[name].title, "layer": graph.inputs[name].layer}


def quantiles(figures: "Floats") -> dict[str, float | None]:
    """Return the bounds of a figure and the quantiles of its draws; None where it has no end."""
    import numpy as np  # only here, as in `computed`

    low, high, drawn = float(figures[0]), float(figures[1]), figures[2:]
    # By rank, not between two draws: some may be without end.
    at = [high] * 3 if not len(drawn) else np.quantile(drawn, PARTS, method="nearest").tolist()
    names = ("low", "high", "p5", "median", "p95")
    stated = zip(names, (low, high, *at), strict=True)
    return {name: each if math.isfinite(each) else None for name, each in stated}


def filled(scenarios: Sequence[Scenario], given: Mapping[str, str]) -> list[tuple[Disruption, ...]]:
    """Return the disruptions of each scenario, with the parameters put in that it asks for.

    Raises:
        BadScenario: if a parameter is missing, or none asks for it.
    """
    wanted = {name for each in scenarios for name in each.parameters}
    return [
        each.filled({k: v for k, v in given.items() if k in each.parameters or k not in wanted})
        for each in scenarios
    ]


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


def _first_the_near(loss: Loss | Rise) -> tuple[int, float, str]:
    near = LAYERS.index(loss.layer) if loss.layer in LAYERS else len(LAYERS)
    return near, -loss.high, loss.input
