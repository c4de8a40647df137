"""What would happen if: scenarios put to the graph, with bounds and draws."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from corridor.core.records import Part
from corridor.supply_chain.errors import BadScenario, TooLarge
from corridor.supply_chain.records import (
    HORIZON_DAYS,
    Disruption,
    InTime,
    Layer,
    Likelihood,
    Loss,
    Moment,
    Rise,
    bounds,
)
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.hits import Hit, hits
from corridor.supply_chain.rules.scenarios import Beginning, Scenario, beginnings, check

if TYPE_CHECKING:  # NumPy is not taken in by what starts often, such as the gateway
    from corridor.supply_chain.rules.lasting import Floats
    from corridor.supply_chain.rules.waves import Spread

COUNTRY = re.compile(r"[A-Z]{2}")
MOST_STEPS = 50
PARTS = (0.05, 0.5, 0.95)
MOST_FIGURES = 50_000_000
"""Inputs times draws; they take 8 bytes each, and twice that where much is unknown."""
MOST_DAYS = 36_500.0
"""The longest horizon that can be asked for."""


class Shock(Part):
    """What follows from scenarios that happen together."""

    scenarios: tuple[str, ...]
    home: str | None
    likelihoods: Mapping[str, Likelihood | None]
    taken: Mapping[str, tuple[Hit, ...]]
    """What is taken away at its source, by input."""
    losses: tuple[Loss, ...]
    """The worst day of each: services and what is near them first, then by the upper bound."""
    prices: tuple[Rise, ...] = ()
    """Inputs that are dearer, if costs are passed on in full; in the same order."""
    begins: tuple[Beginning, ...] = ()
    """When each disruption begins, in order. On each of these days all that has begun and is not over counts."""
    left_out: tuple[Beginning, ...] = ()
    """What begins after the horizon, and changes nothing."""
    horizon_days: float = HORIZON_DAYS
    in_time: tuple[InTime, ...] = ()
    """What is lost from day to day, in the order of the losses; empty where that was not asked for."""
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
    *,
    horizon: float = HORIZON_DAYS,
    day_by_day: bool = False,
    follow: Sequence[str] = (),
) -> Shock:
    """Return what scenarios that happen together do to every input.

    Each disruption begins on its day, counted from the same day 0. With `day_by_day` all inputs are
    followed from day to day, else those to `follow`.

    Raises:
        BadScenario: if one names what is not there, or lacks a parameter.
        TooLarge: if there are more draws of more inputs than are computed at once.
    """
    disruptions = [one for each in filled(scenarios, parameters) for one in each]
    found = computed(
        graph,
        disruptions,
        home,
        draws,
        seed,
        horizon=horizon,
        day_by_day=day_by_day,
        follow=follow,
    )
    return found.model_copy(
        update={
            "scenarios": tuple(each.name for each in scenarios),
            "likelihoods": {each.name: each.likelihood for each in scenarios},
        }
    )


def computed(
    graph: Graph,
    disruptions: Sequence[Disruption],
    home: str | None,
    draws: int,
    seed: int,
    *,
    horizon: float = HORIZON_DAYS,
    day_by_day: bool = False,
    follow: Sequence[str] = (),
) -> Shock:
    """Return what disruptions do, whichever scenarios they are from.

    Raises:
        BadScenario: if one names what is not there.
        TooLarge: if there are more draws of more inputs than are computed at once.
    """
    # Only here: NumPy is not taken in by what starts often, such as the gateway.
    import numpy as np

    from corridor.supply_chain.rules.pricing import rises
    from corridor.supply_chain.rules.spreading import TOLERANCE
    from corridor.supply_chain.rules.waves import spread

    _check(graph, disruptions, home, draws)
    begun = [each for each in disruptions if each.start_day < horizon]
    taken, chance = hits(graph, begun, home), np.random.default_rng(seed)
    found = spread(graph, taken, chance, draws, begun)
    dearer = rises(graph, begun, chance, draws, found.ground.times)
    losses = sorted((_loss(graph, name, found) for name in found.losses), key=_first_the_near)
    followed = [e.input for e in losses if day_by_day or e.input in follow]
    prices = [
        Rise.model_validate(
            {
                **_named(graph, name),
                **quantiles(rise),
                "path": path(name, dearer.ways.get(name, {})),
                "begins_day": dearer.begins[name],
            }
        )
        for name, rise in dearer.rises.items()
    ]
    return Shock(
        scenarios=(),
        home=home,
        likelihoods={},
        taken={name: tuple(each) for name, each in taken.items()},
        losses=tuple(losses),
        prices=tuple(sorted(prices, key=_first_the_near)),
        begins=beginnings(begun),
        left_out=beginnings(each for each in disruptions if each.start_day >= horizon),
        horizon_days=horizon,
        in_time=tuple(_in_time(found, horizon, followed)) if followed else (),
        duration_days=_duration(begun),
        draws=draws,
        seed=seed,
        tolerance=TOLERANCE,
        settled=found.settled and dearer.settled,
    )


def _check(graph: Graph, disruptions: Sequence[Disruption], home: str | None, draws: int) -> None:
    check(disruptions, graph)
    if home is not None and not COUNTRY.fullmatch(home):
        raise BadScenario(f"{home!r} is no country.", hint="Write two capital letters, as IN.")
    if draws * len(graph.inputs) > MOST_FIGURES:
        most = MOST_FIGURES // len(graph.inputs)
        raise TooLarge(
            f"{draws:,} draws of {len(graph.inputs):,} inputs are too many.",
            hint=f"Ask for at most {most:,} draws, or name the tables that matter.",
        )


def _loss(graph: Graph, name: str, found: "Spread") -> Loss:
    begins = quantiles(found.begins(name))
    # The first bound is the harmless one: it begins there last, or never.
    begins["low"], begins["high"] = begins["high"], begins["low"]
    return Loss.model_validate(
        {
            **_named(graph, name),
            **quantiles(found.losses[name]),
            "path": path(name, found.through(name)),
            "days": quantiles(found.days(name)),
            "begins": begins,
        }
    )


def _in_time(found: "Spread", horizon: float, names: Sequence[str]) -> Iterator[InTime]:
    from corridor.supply_chain.rules.in_time import in_time  # NumPy, as in `computed`

    days, losses = in_time(found, horizon)
    for name in names:
        if name in losses:
            moments: list[Moment] = []
            for at, day in enumerate(days.tolist()):
                figures = quantiles(losses[name][:, at])
                if not moments or figures != moments[-1].model_dump(exclude={"day"}):
                    moments.append(Moment.model_validate({"day": day, **figures}))
            yield InTime(input=name, moments=tuple(moments))


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
