"""What a loss of inputs at their source does to all that need them, from each day on which one begins.

Every day on which a disruption begins is a stage: all that has begun by then, with what is left of
it, is put to the graph by the equations of `spreading`, and handed on as `lasting` says. Losses only
fall until something else begins, so the worst day of all is the worst of one of the stages. An
input's stocks and substitutes begin with its loss, whichever stage that was in; as soon as none of
it is lost any more the stocks count as full again.

Disruptions that all begin on one day are a single stage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce

import numpy as np

from corridor.supply_chain.records import Dependency, Disruption
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.ground import Edge, Ground, ground_of
from corridor.supply_chain.rules.hits import Hit
from corridor.supply_chain.rules.lasting import (
    DRAWS,
    HIGH,
    LOW,
    MOMENT,
    Between,
    Buffer,
    Floats,
    Lasting,
    shortest,
)
from corridor.supply_chain.rules.spreading import (
    HORIZON,
    TOLERANCE,
    Piece,
    grouped,
    own_loss,
    parted,
    upstream,
)


@dataclass(frozen=True)
class Stage:
    """What is lost from a day on which something begins, if nothing else begins later."""

    day: float
    losses: Mapping[str, Floats]
    """The worst of it."""
    lasting: Mapping[str, Lasting]
    """For how long, from when it is felt."""
    since: Mapping[str, Floats]
    """From which day on any is lost; never, where none is. It may be a day before the stage's."""
    until: Mapping[str, Floats]
    """Until which day."""
    through: Mapping[str, str]
    """By input: what it lost most by, at the upper bound: itself, or an input that it needs."""
    rounds: int
    settled: bool


@dataclass(frozen=True)
class Spread:
    """What is lost of every input that loses anything."""

    ground: Ground
    stages: Sequence[Stage]
    """In the order of their days."""

    @cached_property
    def losses(self) -> Mapping[str, Floats]:
        """What is lost on the worst day."""
        found: dict[str, Floats] = {}
        for stage in self.stages:
            for name, loss in stage.losses.items():
                found[name] = np.maximum(found[name], loss) if name in found else loss
        return found

    @property
    def settled(self) -> bool:
        """Whether nothing changed by more than the tolerance any more; circles may need long."""
        return all(stage.settled for stage in self.stages)

    def begins(self, name: str) -> Floats:
        """Return on which day an input loses anything first; never where it does not."""
        found = [stage.since[name] for stage in self.stages if name in stage.since]
        return np.minimum.reduce(found)

    def days(self, name: str) -> Floats:
        """Return on how many days any of an input is lost."""
        if len(self.stages) == 1:
            return self.stages[0].lasting[name].end
        total = np.zeros_like(self.ground.nothing)
        ends = [*(stage.day for stage in self.stages[1:]), np.inf]
        for stage, end in zip(self.stages, ends, strict=True):
            if name in stage.since:
                first = np.maximum(stage.since[name], stage.day)
                last = np.minimum(stage.until[name], end)
                felt = np.isfinite(first)
                total += np.maximum(0.0, last - np.where(felt, first, last)) * felt
        return total

    def through(self, name: str) -> Mapping[str, str]:
        """Return what each input lost most by in the stage that is the worst for one of them."""
        ours = [stage for stage in self.stages if name in stage.losses]
        return max(ours, key=lambda stage: float(stage.losses[name][HIGH])).through if ours else {}


def spread(
    graph: Graph,
    taken: Mapping[str, Sequence[Hit]],
    chance: np.random.Generator,
    draws: int,
    disruptions: Sequence[Disruption] = (),
) -> Spread:
    """Return what is lost of every input, and for how long.

    The disruptions say when what they take is gone, and for how long; without them it is gone for
    ever. A loss is handed on as `lasting` says, after stocks and until a substitute is there.
    """
    ground = ground_of(graph, taken, chance, draws, disruptions)
    stages: list[Stage] = []
    for day in ground.days:
        stages.append(_stage(ground, day, stages[-1] if stages else None))
    return Spread(ground, stages)


def _stage(ground: Ground, day: float, before: Stage | None) -> Stage:
    ages = {} if before is None else _ages(before, day)
    wave = _wave(ground, day, ages)
    rounds, settled = _settle(wave)
    kept = {name: loss for name, loss in wave.losses.items() if loss.max() > 0}
    onset, until = _felt(wave)
    since = {
        name: np.where(ages[name] > 0, day - ages[name], day + onset[name])
        if name in ages
        else day + onset[name]
        for name in kept
    }
    over = {name: day + until[name] for name in kept}
    return Stage(day, kept, wave.lasting, since, over, wave.through, rounds, settled)


def _ages(before: Stage, day: float) -> dict[str, Floats]:
    """Return for how many days inputs have been lost on a day on which something else begins."""
    found: dict[str, Floats] = {}
    for name, since in before.since.items():
        going = (since < day) & (before.until[name] > day + MOMENT)
        if going.any():
            found[name] = np.where(going, day - np.where(going, since, 0.0), 0.0)
    return found


@dataclass(frozen=True)
class _Wave:
    """What is lost so far; it only grows."""

    ground: Ground
    own: Mapping[str, Sequence[Piece]]
    own_lasting: Mapping[str, Lasting]
    buffers: Mapping[Edge, Buffer]
    shortest: Mapping[str, Between]
    losses: dict[str, Floats] = field(default_factory=dict[str, Floats])
    lasting: dict[str, Lasting] = field(default_factory=dict[str, Lasting])
    through: dict[str, str] = field(default_factory=dict[str, str])

    def reach(self, name: str) -> bool:
        """Reckon what is lost of one input; return whether that is more than before."""
        nothing, needs = self.ground.nothing, self.ground.needs.get(name, ())
        weights = self.ground.weights.get(name, {})
        above, by = upstream(needs, self.passed, weights, nothing)
        loss = own_loss(self.own.get(name, []), above)
        lasting = self._longest(name, needs)
        before, before_lasting = self.losses.get(name, nothing), self.lasting.get(name)
        self.losses[name], self.lasting[name] = loss, lasting
        self.through[name] = name if loss[HIGH] > above[HIGH] else by
        grown = float((loss - before).max()) > TOLERANCE
        return grown or before_lasting is None or lasting.exceeds(before_lasting, TOLERANCE)

    def passed(self, each: Dependency) -> Floats:
        """Return what a dependency hands on."""
        loss, buffer = self.losses.get(each.input), self.buffers.get((each.input, each.into))
        if loss is None or buffer is None:
            return self.ground.nothing if loss is None else loss
        return loss * self.lasting[each.input].left(buffer.stock) * (1.0 - buffer.there)

    def _longest(self, name: str, needs: Sequence[Dependency]) -> Lasting:
        longest = self.own_lasting.get(name)
        for each in needs:
            if each.input in self.losses:
                buffer = self.buffers.get((each.input, each.into))
                since = self.lasting[each.input]
                if since is not longest:  # most are the same, where one disruption is all
                    since = since if buffer is None else since.after(buffer.stock)
                    longest = since.where(self.passed(each), longest)
        least = self.shortest[name]
        return (longest or Lasting.no_time(len(self.ground.nothing) - DRAWS)).at_least(least)


def _wave(ground: Ground, day: float, ages: Mapping[str, Floats]) -> _Wave:
    own, mine = _taken_on(ground, day)
    buffers = {
        edge: buffer.used(ages[edge[0]]) if edge[0] in ages else buffer
        for edge, buffer in ground.buffers.items()
    }
    least = {
        name: (min(float(t.whole[LOW]) for t in each), min(float(t.end[LOW]) for t in each))
        for name, each in mine.items()
    }

    def most_held(each: Dependency) -> float:
        buffer = buffers.get((each.input, each.into))
        return 0.0 if buffer is None else float(buffer.stock[LOW])

    longest = {
        name: reduce(lambda one, more: one.longest(more, ground.nothing + 1), each)
        for name, each in mine.items()
    }
    found = shortest(ground.order, ground.needs, least, most_held, once=ground.once)
    return _Wave(ground, own, longest, buffers, found)


def _taken_on(
    ground: Ground, day: float
) -> tuple[dict[str, list[Piece]], dict[str, list[Lasting]]]:
    """Return what is taken away on a day of all that has begun, and for how long from then on."""
    own: dict[str, list[tuple[Sequence[str], Floats, Floats]]] = {}
    mine: dict[str, list[Lasting]] = {}
    for name, each in ground.taken.items():
        for hit, share, lost in each:
            start, time = ground.time_of(hit)
            gone = day - start
            left = time.left(ground.nothing + gone)
            if gone >= 0 and left.any():
                still = lost * left if gone > 0 else lost
                own.setdefault(name, []).append((hit.who, share, still))
                mine.setdefault(name, []).append(time.after(ground.nothing + gone))
    return {name: parted(each) for name, each in own.items()}, mine


def _settle(wave: _Wave) -> tuple[int, bool]:
    """Let losses spread until nothing changes; return after how many rounds, and whether it ended."""
    needs, rounds, changed = wave.ground.needs, 0, True
    while changed and rounds < HORIZON:
        rounds, changed = rounds + 1, False
        for name in wave.ground.order:
            if name in wave.own or any(d.input in wave.losses for d in needs.get(name, ())):
                changed |= wave.reach(name)
        changed = changed and not wave.ground.once  # without circles one round reaches everything
    return rounds, not changed


def _felt(wave: _Wave) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return in how many days the loss of each input begins, and in how many it is over."""
    onset: dict[str, Floats] = {}
    until: dict[str, Floats] = {}
    rounds, changed = 0, True
    while changed and rounds < HORIZON:
        rounds, changed = rounds + 1, False
        for name in wave.ground.order:
            if name in wave.losses:
                first, last = _felt_by(wave, name, onset, until)
                changed |= name not in onset or not np.array_equal(first, onset[name])
                changed |= name not in until or not np.array_equal(last, until[name])
                onset[name], until[name] = first, last
        changed = changed and not wave.ground.once
    return onset, until


def _felt_by(
    wave: _Wave, name: str, onset: Mapping[str, Floats], until: Mapping[str, Floats]
) -> tuple[Floats, Floats]:
    never = wave.ground.nothing + np.inf
    first, last = never, wave.ground.nothing
    if name in wave.own:
        taken = own_loss(wave.own[name], wave.ground.nothing) > 0
        first = np.where(taken, 0.0, never)
        last = np.where(taken, wave.own_lasting[name].end, 0.0)
    weights = wave.ground.weights.get(name, {})
    for group in grouped(wave.ground.needs.get(name, ())):
        if any(each.input not in onset for each in group):
            continue
        counts = np.logical_and.reduce([wave.passed(each) > 0 for each in group])
        if group[0].input in weights:
            counts &= weights[group[0].input] > 0
        begun = np.maximum.reduce([onset[e.input] + _stock(wave, e) for e in group])
        over = np.minimum.reduce([until[e.input] for e in group])
        first = np.where(counts, np.minimum(first, begun), first)
        last = np.where(counts, np.maximum(last, over), last)
    return first, last


def _stock(wave: _Wave, each: Dependency) -> Floats | float:
    buffer = wave.buffers.get((each.input, each.into))
    return 0.0 if buffer is None else buffer.stock
