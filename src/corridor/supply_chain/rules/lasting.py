"""For how long a loss lasts, and what of it is handed on when stocks end and a substitute begins.

A loss is whole for the duration of its disruption and then falls evenly to nothing within the
recovery. What needs the input loses nothing until its stocks end, S days on; then, at the worst,

    loss x left(S) x (1 - there(S))

left(t) is which part of the loss there still is after t days, and there(t) which part a substitute
makes up for: nothing before its lag, all of it after lag and ramp. So what is handed on lasts S days
less. Both fall with time, so the first day after the stocks is the worst.

Stocks that nobody has stated are none, and so is a recovery; a lag that nobody has stated means that
there is no substitute; a ramp that nobody has stated never ends at the harmful bound and in draws.
Stocks are in days of usual need: that a part of a loss uses them up more slowly is left out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor.supply_chain.records import Dependency, Disruption, bounds

Floats = NDArray[np.float64]
LOW, HIGH, DRAWS = 0, 1, 2
"""Where in an array the bounds are, and where the draws begin."""
MOMENT = 1e-9
"""Days; what takes less than this happens at once."""
Between = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Lasting:
    """For how many days a loss is whole, and when it is over; infinite where nobody knows."""

    whole: Floats
    end: Floats

    @classmethod
    def of(cls, each: Disruption, chance: np.random.Generator, draws: int) -> "Lasting":
        """Return how long a disruption lasts; where nobody knows, from no time to for ever."""
        if each.duration_days is None:
            return cls.ever(draws, low=0.0)
        whole = drawn(bounds(each.duration_days), chance, draws)
        recovery = drawn(bounds(each.recovery_days or 0.0), chance, draws)
        return cls(whole, whole + recovery)

    @classmethod
    def ever(cls, draws: int, low: float = np.inf) -> "Lasting":
        """Return what does not end, but perhaps at the harmless bound."""
        whole = np.full(DRAWS + draws, np.inf)
        whole[LOW] = low
        return cls(whole, whole)

    @classmethod
    def no_time(cls, draws: int) -> "Lasting":
        """Return what is over before it begins."""
        return cls(np.zeros(DRAWS + draws), np.zeros(DRAWS + draws))

    def left(self, days: Floats) -> Floats:
        """Return which part of a loss there is after some days; all of it on the first."""
        fades = np.isfinite(self.end) & (self.end - MOMENT > self.whole)
        width = np.where(fades, self.end - np.where(fades, self.whole, 0.0), 1.0)
        gone = (days - np.where(fades, self.whole, 0.0)) / width
        later = np.where(fades, np.clip(1.0 - gone, 0.0, 1.0), np.isinf(self.end))
        return np.where((days <= 0) | (days < self.whole), 1.0, later)

    def after(self, days: Floats) -> "Lasting":
        """Return how long it lasts from some days on."""
        return Lasting(np.maximum(0.0, self.whole - days), np.maximum(0.0, self.end - days))

    def longest(self, other: "Lasting", where: Floats) -> "Lasting":
        """Return the longer of both, the other one where it counts at all."""
        counts = where > 0
        return Lasting(
            np.where(counts, np.maximum(self.whole, other.whole), self.whole),
            np.where(counts, np.maximum(self.end, other.end), self.end),
        )

    def where(self, counts: Floats, other: "Lasting | None") -> "Lasting":
        """Return this where it counts at all, with another one: the longer of both."""
        if other is None and counts.min() > 0:
            return self
        return (other or Lasting.no_time(len(counts) - DRAWS)).longest(self, counts)

    def at_least(self, shortest: Between) -> "Lasting":
        """Return the same with another harmless bound."""
        if (float(self.whole[LOW]), float(self.end[LOW])) == shortest:
            return self
        whole, end = self.whole.copy(), self.end.copy()
        whole[LOW], end[LOW] = shortest
        return Lasting(whole, end)

    def exceeds(self, other: "Lasting", tolerance: float) -> bool:
        """Say whether it is longer anywhere."""
        return bool((self.end > other.end + tolerance).any())


@dataclass(frozen=True, slots=True)
class Buffer:
    """What stands between an input that is lost and what needs it, in days."""

    stock: Floats
    lag: Floats
    ramp: Floats
    since: Floats | float = 0.0
    """For how long the input has been lost already."""

    @property
    def there(self) -> Floats:
        """Which part a substitute makes up for when the stocks have ended."""
        return self.there_after(self.stock + self.since)

    def there_after(self, days: Floats) -> Floats:
        """Return which part a substitute makes up for so many days after the loss began."""
        waited = np.maximum(0.0, days - np.where(np.isinf(self.lag), 0.0, self.lag))
        rising = np.where(np.isfinite(self.ramp) & (self.ramp > MOMENT), self.ramp, 1.0)
        part = np.where(self.ramp > MOMENT, np.clip(waited / rising, 0.0, 1.0), 1.0)
        part = np.where(np.isinf(self.ramp), 0.0, part)
        return np.where(days >= self.lag, part, 0.0)

    def used(self, days: Floats) -> "Buffer":
        """Return what stands between where the input has been lost for so many days already.

        The longer that is the less is in stock, and the nearer a substitute; each bound takes the
        one of both that it has to.
        """
        since = days.copy()
        since[[LOW, HIGH]] = since[[HIGH, LOW]]
        return Buffer(np.maximum(0.0, self.stock - days), self.lag, self.ramp, since)


def buffer_of(each: Dependency, chance: np.random.Generator, draws: int) -> Buffer:
    """Return the stocks and the substitute of a dependency: bounds and draws.

    The harmless bound has the most stocks and the quickest substitute. Inputs that can stand in for
    each other do so at once, as `upstream` has it; their lags say nothing of anybody else.
    """
    stock = drawn(each.inventory or (0.0, 0.0), chance, draws)
    known = each.lag if each.alternative is None else None
    lag = drawn(known or (np.inf, np.inf), chance, draws)
    ramp = drawn(each.ramp or (0.0, np.inf), chance, draws)
    stock[[LOW, HIGH]] = stock[[HIGH, LOW]]
    return Buffer(stock, lag, ramp)


def drawn(between: Between, chance: np.random.Generator, draws: int) -> Floats:
    """Return the least, the most, and draws between them; the most where that is infinite."""
    low, high = between
    if np.isinf(high):
        return np.concatenate(([low, high], np.full(draws, high)))
    return np.concatenate(([low, high], chance.uniform(low, high, draws)))


def shortest(
    order: Sequence[str],
    needs: Mapping[str, Sequence[Dependency]],
    own: Mapping[str, Between],
    stock: Callable[[Dependency], float],
    *,
    once: bool = False,
) -> dict[str, Between]:
    """Return for how long what reaches an input lasts at the very least: whole, and until its end.

    By any way, with all stocks on it used up; round a circle again and again it is no time. `once`
    says that there is no circle, and that everything stands after what it needs.
    """
    found = dict(own)
    for _ in range(len(order) + 1):
        changed = [name for name in order if _shorter(name, needs.get(name, ()), found, stock)]
        if once or not changed:
            return found
    return {**found, **dict.fromkeys(found, (0.0, 0.0))}


def _shorter(
    name: str,
    needs: Sequence[Dependency],
    found: dict[str, Between],
    stock: Callable[[Dependency], float],
) -> bool:
    before = found.get(name)
    ways = [found[d.input] + (stock(d),) for d in needs if d.input in found]
    after = [(max(0.0, whole - held), max(0.0, end - held)) for whole, end, held in ways]
    every = after if before is None else [*after, before]
    if every:
        found[name] = min(whole for whole, _ in every), min(end for _, end in every)
    return found.get(name) != before
