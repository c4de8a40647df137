"""What is lost of every input from day to day, as a scenario begins, goes on and recovers.

On each day the equations of `spreading` are put to what there is of every disruption then. What an
input's loss hands on begins when the stocks have ended, counted from the day on which the loss began
(`waves` says when that is), less what a substitute makes up for by then. Nothing is more than the
worst day that `waves` finds; where stocks end on different days it may be less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corridor.supply_chain.records import Dependency
from corridor.supply_chain.rules.ground import Ground
from corridor.supply_chain.rules.lasting import (
    DRAWS,
    HIGH,
    LOW,
    MOMENT,
    Buffer,
    Floats,
    Lasting,
)
from corridor.supply_chain.rules.spreading import (
    HORIZON,
    TOLERANCE,
    Piece,
    own_loss,
    parted,
    upstream,
)
from corridor.supply_chain.rules.waves import Spread, Stage

GRID = (
    0,
    1,
    2,
    3,
    5,
    7,
    10,
    14,
    21,
    30,
    45,
    60,
    75,
    90,
    105,
    120,
    150,
    180,
    210,
    240,
    270,
    300,
    330,
)
"""Days after each beginning on which is looked, beside those on which something changes."""
YEAR, MOST_GRID = 365.0, 60
MOST_DRAWS = 2_000
"""So many of the draws are followed from day to day."""


def in_time(spread: Spread, horizon: float) -> tuple[Floats, dict[str, Floats]]:
    """Return days before the horizon, and what is lost of each input on them: a row a bound or draw."""
    ends = [*(stage.day for stage in spread.stages[1:]), horizon][: len(spread.stages)]
    days: list[Floats] = []
    found: list[dict[str, Floats]] = []
    if spread.stages and spread.stages[0].day > 0:
        days.append(np.zeros(1))
        found.append({})
    for stage, end in zip(spread.stages, ends, strict=True):
        on = _looked_at(spread, stage, min(end, horizon))
        if len(on):
            days.append(on)
            found.append(_Days.of(spread.ground, stage, on).losses())
    return np.concatenate([np.zeros(0), *days]), _joined(days, found)


def _joined(days: Sequence[Floats], found: Sequence[Mapping[str, Floats]]) -> dict[str, Floats]:
    names = list(dict.fromkeys(name for each in found for name in each))
    rows = next((len(loss) for each in found for loss in each.values()), 0)
    return {
        name: np.concatenate(
            [
                each.get(name, np.zeros((rows, len(on))))
                for on, each in zip(days, found, strict=True)
            ],
            axis=1,
        )
        for name in names
    }


def _looked_at(spread: Spread, stage: Stage, end: float) -> Floats:
    """Return the days of a stage on which is looked: more often after it begins, and where anything turns."""
    years = np.arange(0.0, max(YEAR, end - stage.day), YEAR)[: MOST_GRID // 2]
    marks = {stage.day + year + day for year in years.tolist() for day in GRID}
    for start, time in zip(spread.ground.starts, spread.ground.times, strict=True):
        turns = (*time.whole[[LOW, HIGH]].tolist(), *time.end[[LOW, HIGH]].tolist())
        marks |= {start + turn for turn in turns}
    for since in stage.since.values():
        marks |= set(since[[LOW, HIGH]].tolist())
    return np.array(sorted(mark for mark in marks if stage.day <= mark < end))


@dataclass(frozen=True)
class _Days:
    """Days of a stage, and all that is needed to reckon what is lost on them."""

    ground: Ground
    stage: Stage
    days: Floats
    rows: int

    @classmethod
    def of(cls, ground: Ground, stage: Stage, days: Floats) -> "_Days":
        return cls(ground, stage, days, min(len(ground.nothing), DRAWS + MOST_DRAWS))

    def losses(self) -> dict[str, Floats]:
        """Return what is lost of every input on each of the days."""
        ground, nothing = self.ground, np.zeros((self.rows, len(self.days)))
        own = self._own()
        found: dict[str, Floats] = {}
        open_ = {edge: self._open(edge, buffer) for edge, buffer in ground.buffers.items()}

        def passed(each: Dependency) -> Floats:
            lost, part = found.get(each.input, nothing), open_.get((each.input, each.into))
            return lost if part is None else lost * part

        rounds, changed = 0, np.inf
        while changed > TOLERANCE and rounds < (1 if ground.once else HORIZON):
            rounds, changed = rounds + 1, 0.0
            for name in ground.order:
                if name in self.stage.losses:
                    needs = ground.needs.get(name, ())
                    above, _ = upstream(needs, passed, self._weights(name), nothing)
                    loss = own_loss(own.get(name, ()), above)
                    changed = max(changed, float((loss - found.get(name, nothing)).max()))
                    found[name] = loss
        return found

    def _own(self) -> dict[str, list[Piece]]:
        found: dict[str, list[tuple[Sequence[str], Floats, Floats]]] = {}
        for name, each in self.ground.taken.items():
            for hit, share, lost in each:
                start, time = self.ground.time_of(hit)
                if start <= self.stage.day:
                    left = Lasting(self._column(time.whole), self._column(time.end)).left(
                        self.days[None, :] - start
                    )
                    taken = (hit.who, self._column(share), self._column(lost) * left)
                    found.setdefault(name, []).append(taken)
        return {name: parted(each) for name, each in found.items()}

    def _weights(self, name: str) -> dict[str, Floats]:
        return {of: self._column(w) for of, w in self.ground.weights.get(name, {}).items()}

    def _open(self, edge: tuple[str, str], buffer: Buffer) -> Floats:
        """Return which part of what is lost of an input is handed on: none before its stocks end."""
        if (since := self.stage.since.get(edge[0])) is None:
            return np.zeros((self.rows, len(self.days)))
        gone = self.days[None, :] - self._column(since)
        # Of a substitute the bounds take the other end: it is nearer the longer the loss goes on.
        known = since.copy()
        known[[LOW, HIGH]] = known[[HIGH, LOW]]
        columns = Buffer(*map(self._column, (buffer.stock, buffer.lag, buffer.ramp)))
        waited = np.maximum(columns.stock, self.days[None, :] - self._column(known))
        return np.where(gone + MOMENT >= columns.stock, 1.0 - columns.there_after(waited), 0.0)

    def _column(self, figures: Floats) -> Floats:
        return figures[: self.rows, None]
