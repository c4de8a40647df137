"""What a dearer input does to the prices of all that is made with it: the Leontief price model.

    rise_j = sum over inputs i of a_ij rise_i

with a_ij the part of j's cost that goes into i (Miller and Blair, Input-Output Analysis, 2nd ed.
2009, 2.6: p' = p' A + v). Costs are passed on in full, by everybody, at once. An input whose price a
scenario names costs that much more, whatever it is made of.

What it does not do: nobody buys less, or something else, because it is dear; nobody earns less
instead; what is short does not become dear; wages do not follow. Where nobody has stated how much of
the cost an input is, that is an interval from nothing to all that the stated parts leave. Of inputs
that can stand in for each other one pays between the least and the largest rise.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corridor.supply_chain.records import Dependency, Disruption, bounds
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.lasting import DRAWS, HIGH, LOW, Floats, Lasting, drawn
from corridor.supply_chain.rules.spreading import HORIZON, TOLERANCE, in_order


@dataclass(frozen=True)
class Rises:
    """By which part of its usual price each input is dearer: bounds, then draws."""

    rises: Mapping[str, Floats]
    ways: Mapping[str, Mapping[str, str]]
    """By input: on its dearest day, what makes each input dearer most, at the upper bound."""
    begins: Mapping[str, float]
    """On which day each is dearer first."""
    rounds: int
    settled: bool

    def beside(self, day: float, found: "_Day") -> "Rises":
        """Return the most of this and of what is dearer on another, later day."""
        rises, ways, begins = dict(self.rises), dict(self.ways), dict(self.begins)
        for name, rise in found.rises.items():
            if rise.max() > 0:
                before = rises.get(name)
                if before is None or rise[HIGH] > before[HIGH]:
                    ways[name] = found.through
                rises[name] = rise if before is None else np.maximum(before, rise)
                begins.setdefault(name, day)
        return Rises(
            rises, ways, begins, max(self.rounds, found.rounds), self.settled and found.settled
        )


@dataclass(frozen=True)
class _Day:
    """What is dearer on a day, by what, after how many rounds, and whether nothing changes any more."""

    rises: Mapping[str, Floats]
    through: Mapping[str, str]
    rounds: int
    settled: bool


@dataclass(frozen=True)
class _Group:
    """Inputs of which one is bought, and how much of the cost that is."""

    inputs: Sequence[str]
    part: Floats
    known: bool
    between: Floats
    """In each draw: where between the least and the largest rise."""


def rises(
    graph: Graph,
    disruptions: Sequence[Disruption],
    chance: np.random.Generator,
    draws: int,
    times: Sequence[Lasting] = (),
) -> Rises:
    """Return what dearer inputs do; rises of one input by several disruptions are added.

    `times` says for how long each disruption lasts; without them prices never fall. They only fall
    until another disruption begins, so what is returned is the most of all days on which one does.
    """
    stated = _stated(disruptions, chance, draws)
    order = [name for name in in_order(graph) if graph.needs.get(name)] if stated else []
    made = {name: _groups(graph.needs[name], chance, draws) for name in order}
    found = Rises({}, {}, {}, 0, settled=True)
    for day in sorted({disruptions[each].start_day for each in stated}):
        found = found.beside(day, _settled(_named_on(day, stated, disruptions, times), made))
    return found


def _stated(
    disruptions: Sequence[Disruption], chance: np.random.Generator, draws: int
) -> dict[int, Floats]:
    """Return by how much each disruption of prices raises them, by its place."""
    return {
        place: drawn(bounds(each.rise), chance, draws) / 100
        for place, each in enumerate(disruptions)
        if each.kind == "price" and each.rise is not None
    }


def _named_on(
    day: float,
    stated: Mapping[int, Floats],
    disruptions: Sequence[Disruption],
    times: Sequence[Lasting],
) -> dict[str, Floats]:
    """Return by how much the inputs that are named are dearer on a day."""
    named: dict[str, Floats] = {}
    for place, rise in stated.items():
        gone = day - disruptions[place].start_day
        if gone >= 0:
            left = times[place].left(np.full_like(rise, gone)) if times and gone > 0 else 1.0
            for name in disruptions[place].inputs if np.any(left) else ():
                named[name] = named.get(name, 0.0) + rise * left
    return named


def _settled(named: Mapping[str, Floats], made: Mapping[str, Sequence[_Group]]) -> _Day:
    found, through = dict(named), {name: name for name in named}
    rounds, changed = 0, bool(made)
    while changed and rounds < HORIZON:
        rounds, changed = rounds + 1, False
        for name, groups in made.items():
            if name not in named and any(i in found for g in groups for i in g.inputs):
                rise, by = _passed_on(groups, found)
                before = found.get(name, np.zeros_like(rise))
                changed |= float((rise - before).max()) > TOLERANCE
                found[name], through[name] = rise, by
    return _Day(found, through, rounds, not changed)


def _groups(needs: Sequence[Dependency], chance: np.random.Generator, draws: int) -> list[_Group]:
    by_word: dict[str, list[Dependency]] = defaultdict(list)
    for each in needs:
        if each.essentiality > 0 or each.share is not None:
            by_word[each.alternative or f"={each.input}"].append(each)
    stated = {word: [d.share for d in group if d.share] for word, group in by_word.items()}
    known = {
        word: drawn((min(low for low, _ in parts), max(high for _, high in parts)), chance, draws)
        for word, parts in stated.items()
        if parts
    }
    whole = np.maximum(1.0, sum(known.values(), np.zeros(DRAWS + draws)))
    left = np.maximum(0.0, 1.0 - sum(known.values(), np.zeros(DRAWS + draws)))
    left[HIGH] = max(0.0, 1.0 - sum(float(part[LOW]) for part in known.values()))
    unknown = [word for word in by_word if word not in known]
    flat = chance.exponential(size=(len(unknown) + 1, draws))
    flat *= left[DRAWS:] / flat.sum(axis=0)
    parts = {word: np.concatenate(([0.0, left[HIGH]], flat[at])) for at, word in enumerate(unknown)}
    return [
        _Group(
            inputs=[d.input for d in group],
            part=known[word] / whole if word in known else parts[word],
            known=word in known,
            between=np.concatenate(([0.0, 1.0], chance.uniform(0, 1, draws))),
        )
        for word, group in by_word.items()
    ]


def _passed_on(groups: Sequence[_Group], found: Mapping[str, Floats]) -> tuple[Floats, str]:
    """Return the rise of what is made of these, and by which of them it is dearer most."""
    nothing = np.zeros_like(groups[0].part)
    rise, widest, by, most = nothing.copy(), 0.0, "", 0.0
    for group in groups:
        each = [found.get(name, nothing) for name in group.inputs]
        least, largest = np.minimum.reduce(each), np.maximum.reduce(each)
        part = group.part * (least + group.between * (largest - least))
        if (high := float(part[HIGH])) > most:
            most, by = high, max(group.inputs, key=lambda n: float(found.get(n, nothing)[HIGH]))
        if not group.known:
            widest, part[HIGH] = max(widest, high), 0.0
        rise += part
    rise[HIGH] += widest  # at most all that is unknown is spent on the dearest of them
    return rise, by
