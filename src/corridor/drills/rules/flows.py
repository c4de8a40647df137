"""Which provider answers which share of the requests, when some are lost or can take only so many.

Each stream of requests asks its providers in order. A provider takes the same share of all that
reaches it, whoever asks, up to what it can; what it does not take goes on to the next. What
nobody takes is not answered. Losing more, or being able to take less, never lets more be answered:
the shares are the least fixed point of a map that only grows with what is refused.

Takes in NumPy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor.drills.rules.streams import Stream

Floats = NDArray[np.float64]
Shares = Mapping[str, float]
"""By provider, the share of a stream's requests that it answers."""
SETTLED, MOST_ROUNDS = 1e-13, 10_000


def answered(
    streams: Sequence[Stream], lost: Mapping[str, float], capacities: Mapping[str, float]
) -> list[Shares]:
    """Return who answers which share of each stream.

    `lost` is which part of a provider is gone, 0 to 1; `capacities` how many requests in a minute
    it can answer while it is whole, where that is stated. Of one that states nothing the part that
    is lost does not answer, and all else does.
    """
    return Flows.of(streams, capacities).without(lost)


@dataclass(frozen=True, slots=True)
class Flows:
    """Streams in numbers, to be asked again and again who answers them."""

    streams: Sequence[Stream]
    names: tuple[str, ...]
    order: NDArray[np.intp]
    """Of each stream, the numbers of its providers; the last number is nobody."""
    demand: Floats
    capacity: Floats
    stated: NDArray[np.bool_]
    """Whose capacity is stated."""

    @classmethod
    def of(cls, streams: Sequence[Stream], capacities: Mapping[str, float]) -> "Flows":
        """Put streams into numbers."""
        names = tuple(dict.fromkeys(name for each in streams for name in each.order))
        return cls(
            streams,
            names,
            _in_numbers(streams, names),
            np.array([each.demand for each in streams]),
            np.array([*(capacities.get(name, 0.0) for name in names), 0.0]),
            np.array([*(name in capacities for name in names), False]),
        )

    def without(self, lost: Mapping[str, float]) -> list[Shares]:
        """Return who answers which share of each stream, when parts of providers are lost."""
        if not self.names:
            return [{} for _ in self.streams]
        gone = np.array([*(lost.get(name, 0.0) for name in self.names), 1.0])
        most = np.where(self.stated, self.capacity * (1.0 - gone), np.inf)
        refused = _refused(self.order, self.demand, gone, most)
        taken = (_reaching(self.order, refused) * (1.0 - refused[self.order])).tolist()
        return [
            {name: share for name, share in zip(each.order, row, strict=False) if share > 0.0}
            for each, row in zip(self.streams, taken, strict=True)
        ]


def mixed(parts: Sequence[tuple[float, Shares]]) -> dict[str, float]:
    """Return the shares of several streams together, each with its weight; weights come to 1."""
    found: dict[str, float] = {}
    for weight, shares in parts:
        for name, share in shares.items():
            found[name] = found.get(name, 0.0) + weight * share
    return found


def _in_numbers(streams: Sequence[Stream], names: Sequence[str]) -> NDArray[np.intp]:
    """Return the orders as numbers of providers; the last number is nobody."""
    number = {name: at for at, name in enumerate(names)}
    longest = max((len(each.order) for each in streams), default=0)
    rows = [[number[name] for name in each.order] for each in streams]
    return np.array([row + [len(names)] * (longest - len(row)) for row in rows], dtype=np.intp)


def _reaching(order: NDArray[np.intp], refused: Floats) -> Floats:
    """Return the share of each stream that reaches each place of its order."""
    left: Floats = np.cumprod(refused[order], axis=1, dtype=np.float64)
    reaching: Floats = np.hstack([np.ones((len(order), 1)), left[:, :-1]])
    return reaching


def _refused(order: NDArray[np.intp], demand: Floats, gone: Floats, most: Floats) -> Floats:
    """Return which share of what reaches a provider it does not take."""
    limited = np.isfinite(most)
    least = np.where(limited & (gone < 1.0), 0.0, gone)
    refused = least
    for _ in range(MOST_ROUNDS):
        reaching = _reaching(order, refused) * demand[:, None]
        load = np.bincount(order.ravel(), reaching.ravel(), minlength=len(gone))
        taken = np.divide(most, load, out=np.ones(len(gone)), where=limited & (load > most))
        after = np.where(limited, np.maximum(least, 1.0 - taken), least)
        if np.abs(after - refused).max() <= SETTLED:
            return after
        refused = after
    return refused
