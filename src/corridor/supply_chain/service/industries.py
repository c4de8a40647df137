"""What industries lose, day by day, and what becomes dear: the engine in time put to a question.

Takes in NumPy and Numba, so that nothing that starts often loads it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from corridor.supply_chain.adapters.mrio import Mrio
from corridor.supply_chain.errors import BadScenario, TooLarge
from corridor.supply_chain.records import (
    EconomyQuestion,
    EconomyResult,
    Figure,
    Quantiles,
    Range,
    bounds,
)
from corridor.supply_chain.rules.industries.course import Behaviour, Outage, course
from corridor.supply_chain.rules.industries.economy import Floats
from corridor.supply_chain.rules.industries.prices import consumers_rise, rises
from corridor.supply_chain.rules.industries.rebuilding import Damage

MOST_CELLS = 100_000_000_000
"""Pairs of industries, times days, times draws: some ten minutes."""
PARTS = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class _Happening:
    """An event with a figure for everything: what is lost, destroyed and dearer."""

    outage: Outage
    damage: Damage
    dearer: Outage


@dataclass(frozen=True)
class _Drawn:
    """The question with a figure for everything."""

    outages: tuple[Outage, ...]
    damages: tuple[Damage, ...]
    behaviour: Behaviour
    dearer: tuple[Outage, ...]
    """As outages: by industry, by how much it is dearer, and from when to when."""

    @classmethod
    def of(cls, happens: Sequence[_Happening], behaviour: Behaviour) -> "_Drawn":
        return cls(
            tuple(each.outage for each in happens if each.outage.losses),
            tuple(each.damage for each in happens if each.damage.parts),
            behaviour,
            tuple(each.dearer for each in happens if each.dearer.losses),
        )


def check(mrio: Mrio, question: EconomyQuestion) -> int:
    """Check that what is asked for is there and can be computed; return the number of draws.

    Raises:
        BadTable: if an industry or a sector is not there, with the nearest names.
        TooLarge: if it would take too long.
    """
    for each in question.every:
        for name in (*each.lose, *each.destroy, *each.dearer):
            mrio.industry(name)
        for name in each.rebuilt_by:
            mrio.sector(name)
    size, days = mrio.economy.size, question.days
    draws = question.draws if question.uncertain else 1
    if size**2 * days * draws > MOST_CELLS:
        raise TooLarge(
            f"{size:,} industries, {days:,} days and {draws:,} draws are too many.",
            hint="Ask for fewer days or draws.",
        )
    return draws


def ran(mrio: Mrio, question: EconomyQuestion) -> EconomyResult:
    """Return what becomes of an economy.

    Raises:
        BadTable: if an industry or a sector is not there, with the nearest names.
        BadNetwork: if a part is none.
        TooLarge: if it would take too long.
    """
    drawn = _drawn(mrio, question, check(mrio, question))
    return _summed_up(mrio, question, [_one(mrio, each, question.days) for each in drawn])


@dataclass(frozen=True)
class _Outcome:
    """What is kept of one run: a year of many industries is large, and there may be many runs."""

    total: Floats
    damage: Floats
    least: Floats
    worst: Floats
    dearer: Floats
    consumers_dearer: float
    days_lost: float
    days_unmet: float


def _one(mrio: Mrio, drawn: _Drawn, days: int) -> _Outcome:
    made = course(mrio.economy, drawn.outages, days, drawn.behaviour, drawn.damages)
    usual, least = made.output, made.made.min(axis=0)
    dearer = _dearest(mrio, drawn.dearer)
    return _Outcome(
        made.total,
        made.damage,
        np.divide(least, usual, out=np.ones_like(least), where=usual > 0),
        made.made.argmin(axis=0).astype(np.float64),
        *dearer,
        made.days_lost,
        made.days_unmet,
    )


def _dearest(mrio: Mrio, dearer: Sequence[Outage]) -> tuple[Floats, float]:
    """Return how dear each industry is on its dearest day, and all that consumers buy on theirs.

    Prices only fall until another rise begins, so that only the days are looked at on which one does.
    """
    most, consumers = np.zeros(mrio.economy.size), 0.0
    for day in sorted({each.start for each in dearer}):
        named: dict[int, float] = {}
        for each in dearer:
            if (left := each.left(day)) > 0:
                for industry, rise in each.losses.items():
                    named[industry] = named.get(industry, 0.0) + rise * left
        found = rises(mrio.economy, named)
        most = np.maximum(most, found)
        consumers = max(consumers, consumers_rise(mrio.economy, found))
    return most, consumers


def _drawn(mrio: Mrio, question: EconomyQuestion, draws: int) -> Iterator[_Drawn]:
    chance = np.random.default_rng(question.seed)
    events = (question, *question.events)
    named = {name for each in events for name in (*each.lose, *each.destroy, *each.dearer)}
    places = {name: mrio.industry(name) for name in named}
    sectors = {name: mrio.sector(name) for each in events for name in each.rebuilt_by}

    def figure(stated: Figure) -> float:
        low, high = bounds(stated)
        return low if low == high else float(chance.uniform(low, high))

    def parts(stated: Mapping[str, Figure]) -> dict[int, float]:
        return {places[name]: figure(part) / 100 for name, part in stated.items()}

    for _ in range(draws):
        held = Behaviour()
        happens: list[_Happening] = []
        for each in events:
            whole, lose, recovery = figure(each.whole), parts(each.lose), figure(each.recovery)
            destroy = parts(each.destroy)
            if each is question:  # in this order, so that a seed draws the same as ever
                held = Behaviour(days=figure(question.held))
            when = Outage({}, each.start, round(whole), round(recovery), each.curve)
            work = {sectors[name]: part for name, part in each.rebuilt_by.items()}
            damage = Damage(destroy, each.start, work, round(whole), each.within)
            dearer = replace(when, losses=parts(each.dearer))
            happens.append(_Happening(replace(when, losses=lose), damage, dearer))
        yield _Drawn.of([each for each in happens if each.outage.start < question.days], held)


def _summed_up(mrio: Mrio, question: EconomyQuestion, found: list[_Outcome]) -> EconomyResult:
    names = ["/".join(pair) for pair in mrio.names]
    rise = np.median([each.dearer for each in found], axis=0).tolist()
    least = np.median([each.least for each in found], axis=0).tolist()
    worst = np.median([each.worst for each in found], axis=0).tolist()
    figures = {
        "days_lost": [each.days_lost for each in found],
        "days_unmet": [each.days_unmet for each in found],
        "least_total": [float(each.total.min()) for each in found],
        "consumers_dearer": [each.consumers_dearer for each in found],
    }
    return EconomyResult(
        total=tuple(np.median([each.total for each in found], axis=0).tolist()),
        least=dict(zip(names, least, strict=True)),
        worst_day={name: int(day) for name, day in zip(names, worst, strict=True)},
        days_lost=float(np.median(figures["days_lost"])),
        days_unmet=float(np.median(figures["days_unmet"])),
        damage=tuple(np.median([each.damage for each in found], axis=0).tolist()),
        dearer={name: part for name, part in zip(names, rise, strict=True) if part > 0},
        consumers_dearer=float(np.median(figures["consumers_dearer"])),
        spread={name: _quantiles(each) for name, each in figures.items()},
        horizon=question.days,
        draws=len(found),
        seed=question.seed,
    )


def _quantiles(figures: list[float]) -> Quantiles:
    p5, median, p95 = np.quantile(figures, PARTS).tolist()
    return Quantiles(low=min(figures), high=max(figures), p5=p5, median=median, p95=p95)


def figure_in(text: str) -> Figure:
    """Read a figure, or bounds as LOW..HIGH.

    Raises:
        BadScenario: if it is none.
    """
    low, between, high = text.partition("..")
    try:
        return Range(low=float(low), high=float(high)) if between else float(text)
    except ValueError as error:
        raise BadScenario(f"{text!r} is no figure.", hint="Write 50, or 40..60.") from error
