"""What a plan leaves of the loss under one scenario, in shares of service-days.

The graph is settled anew for every set of measures and every slice of time, with the equations of
`spreading`; nothing is added up measure by measure. A cover gives back what its part says, and
never more than what is needed further up allows. A stock holds back all of a loss until it is used
up, counted from the day on which anything that reaches it begins. A stand-in gives no more than its part. Without measures, and without stocks, a slice is what
`spread` says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

import numpy as np

from corridor.supply_chain.records import Dependency, Disruption
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.hits import Hit, hits
from corridor.supply_chain.rules.lasting import DRAWS, Buffer, Floats, buffer_of
from corridor.supply_chain.rules.plans.measures import Measure, places
from corridor.supply_chain.rules.plans.times import (
    activity,
    covered,
    ready,
    slices,
    starts,
    substituted,
)
from corridor.supply_chain.rules.spreading import (
    HORIZON,
    TOLERANCE,
    Piece,
    drawn_hit,
    drawn_weights,
    in_order,
    own_loss,
    parted,
    upstream,
)

Hits = Sequence[Piece]
Stated = tuple[str, Hit]
"""An input, and what is taken away of it."""
Edge = tuple[str, str]
"""What is needed, and what it is needed for."""
Losses = dict[str, Floats]
"""What is lost of every input, in each draw and slice; what loses nothing is not there."""
Set = frozenset[int]
"""Measures, by their place in the list."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What all scenarios of a plan have in common."""

    graph: Graph
    services: Mapping[str, float]
    """How much each counts; together 1."""
    measures: Sequence[Measure]
    horizon: float = 365.0
    begins: float = 0.0
    """How many days after the decision a scenario's day 0 is."""
    home: str | None = None
    draws: int = 64
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Effects:
    """What each measure changes under a scenario, by its place in the list."""

    covers: Mapping[int, tuple[str, Floats]]
    stocks: Mapping[int, tuple[frozenset[Edge], float]]
    stand_ins: Mapping[int, tuple[Sequence[Dependency], Floats]]


@dataclass(frozen=True, slots=True)
class Near:
    """What a scenario is alike to, but for what follows from some inputs."""

    course: "Course"
    moved: frozenset[str]


@dataclass(frozen=True)
class Course:
    """A scenario, ready to be settled for any set of measures."""

    name: str
    terms: Terms
    ends: Floats
    starts: Mapping[str, float]
    """By input: on which day anything that reaches it begins."""
    order: Sequence[str]
    needs: Mapping[str, Sequence[Dependency]]
    taken: Mapping[str, Hits]
    weights: Mapping[str, Mapping[str, Floats]]
    buffers: Mapping[Edge, Buffer]
    effects: Effects
    disruptions: Sequence[Disruption]
    stated: Sequence[Stated]
    number: int
    circular: bool
    """Whether something may be needed for itself, so that one round is not enough."""
    at_most: Set | None = None
    """The measures that may matter, where that is known; else it is found out."""
    acting: Sequence[Floats] = ()
    """By disruption: which part of it there is in each slice."""
    near: "Near | None" = None
    """What is alike but for a few inputs, and settled already."""
    known: dict[Set, Floats] = field(default_factory=dict[Set, Floats])
    """The loss of sets that were settled already."""
    held: dict[Set, Losses] = field(default_factory=dict[Set, Losses])
    """What is lost of every input with some of these sets, for those that are near."""

    def loss(self, chosen: Set) -> Floats:
        """Return the share of service-days lost, weighted: a lower, an upper bound, and draws."""
        key = chosen & self.matter
        if key not in self.known:
            self.known[key] = self._lost(self.settled(key) if key else self.bare)
        return self.known[key]

    def by_service(self, chosen: Set) -> dict[str, Floats]:
        """Return the share of its days that each service loses."""
        losses, long = self.settled(chosen & self.matter), np.diff(self.ends) / self.ends[-1]
        nothing = np.zeros(DRAWS + self.terms.draws)
        return {s: losses[s] @ long if s in losses else nothing for s in self.terms.services}

    @cached_property
    def bare(self) -> Losses:
        """What is lost of every input without any measure."""
        return self.settled(frozenset())

    def hold(self, chosen: Set) -> None:
        """Keep what is lost with a set, so that what is near need not be settled as a whole."""
        key = chosen & self.matter
        self.held[key] = self.settled(key)

    def moved(self, name: str, **changes: object) -> "Course":
        """Return the same with something changed that only what is lost of one input depends on."""
        near = Near(self, frozenset((name,)))
        return replace(self, at_most=self.matter, near=near, known={}, held={}, **changes)  # pyright: ignore[reportArgumentType]

    @cached_property
    def matter(self) -> Set:
        """The measures that can change anything: they act where something is lost."""
        if self.at_most is not None:
            return self.at_most
        lost, e = self.bare, self.effects
        covers = {m for m, (name, part) in e.covers.items() if name in lost and part.any()}
        stocks = {m for m, (edges, _) in e.stocks.items() if any(a in lost for a, _ in edges)}
        stand_ins = {
            m
            for m, (added, part) in e.stand_ins.items()
            if part.any() and any(d.into in lost for d in added)
        }
        return frozenset(covers | stocks | stand_ins)

    def settled(self, chosen: Set) -> Losses:
        """Return what is lost of every input in each slice; what loses nothing is not there."""
        if not self.circular:
            if self.near is not None and chosen in self.near.course.held:
                return self._settled(chosen, self.near.course.held[chosen], self.near.moved)
            if self.near is not None and not chosen:
                return self._settled(chosen, self.near.course.bare, self.near.moved)
            if chosen:
                return self._settled(chosen, self.bare, self._changed_by(chosen))
        return self._settled(chosen, {}, frozenset(self.taken))

    def _changed_by(self, chosen: Set) -> frozenset[str]:
        """Return the inputs at which measures act."""
        e = self.effects
        covered = {e.covers[at][0] for at in chosen & e.covers.keys()}
        stored = {into for at in chosen & e.stocks.keys() for _, into in e.stocks[at][0]}
        added = {d.into for at in chosen & e.stand_ins.keys() for d in e.stand_ins[at][0]}
        return frozenset(covered | stored | added)

    def _settled(self, chosen: Set, before: Losses, moved: frozenset[str]) -> Losses:
        """Return what is lost, where only what follows from some inputs is not as before."""
        needs, floors = self._with_stand_ins(chosen)
        cover, held = self._covers(chosen), self._held(chosen)
        nothing = np.zeros((DRAWS + self.terms.draws, len(self.ends) - 1))
        losses = dict(before)

        def passed(need: Dependency) -> Floats:
            lost = losses.get(need.input, nothing)
            if (floor := floors.get(id(need))) is not None:
                return np.maximum(lost, floor)
            back = held.get((need.input, need.into))
            return lost if back is None else lost * back

        rounds, changed, stale = 0, np.inf, set(moved)
        while changed > TOLERANCE and rounds < (HORIZON if self.circular else 1):
            rounds, changed = rounds + 1, 0.0
            for name in self.order:
                mine = needs.get(name, ())
                if name not in stale and not any(d.input in stale for d in mine):
                    continue
                above, _ = upstream(mine, passed, self.weights.get(name, {}), nothing)
                loss, old = own_loss(self.taken.get(name, ()), above), losses.get(name, nothing)
                if name in cover:
                    loss = np.maximum(above, loss - cover[name])
                if not np.array_equal(loss, old):
                    stale.add(name)
                    losses[name] = loss
                    changed = max(changed, float((loss - old).max()))
        return {name: loss for name, loss in losses.items() if loss.any()}

    def _lost(self, losses: Mapping[str, Floats]) -> Floats:
        long = np.diff(self.ends) / self.ends[-1]
        total = np.zeros(DRAWS + self.terms.draws)
        for service, weight in self.terms.services.items():
            if service in losses:
                total += weight * (losses[service] @ long)
        return total

    def _with_stand_ins(
        self, chosen: Set
    ) -> tuple[Mapping[str, Sequence[Dependency]], dict[int, Floats]]:
        needs, floors = dict(self.needs), dict[int, Floats]()
        for at in sorted(chosen & self.effects.stand_ins.keys()):
            added, part = self.effects.stand_ins[at]
            for each in added:
                needs[each.into] = (*needs[each.into], each)
                floors[id(each)] = 1.0 - part
        return needs, floors

    def _covers(self, chosen: Set) -> dict[str, Floats]:
        found: dict[str, Floats] = {}
        for at in sorted(chosen & self.effects.covers.keys()):
            name, part = self.effects.covers[at]
            found[name] = found[name] + part if name in found else part
        return found

    def _held(self, chosen: Set) -> dict[Edge, Floats]:
        """Return which part of a loss is handed on, after stocks and beside substitutes."""
        more: dict[Edge, float] = {}
        for at in sorted(chosen & self.effects.stocks.keys()):
            edges, days = self.effects.stocks[at]
            for edge in edges:
                more[edge] = more.get(edge, 0.0) + days
        found: dict[Edge, Floats] = {}
        never = self.ends[-1]
        for edge in dict.fromkeys((*self.buffers, *more)):
            start = self.starts.get(edge[0], never)
            stock, passing = np.zeros((DRAWS + self.terms.draws, 1)), 1.0
            if (buffer := self.buffers.get(edge)) is not None:
                stock = buffer.stock[:, None]
                passing = 1.0 - substituted(buffer, start, self.ends)
            held = covered(stock + more.get(edge, 0.0), start, self.ends)
            found[edge] = (1.0 - held) * passing
        return found


def course(
    name: str,
    terms: Terms,
    disruptions: Sequence[Disruption],
    number: int = 0,
    stated: Sequence[Stated] | None = None,
) -> Course:
    """Prepare a scenario; `number` tells its draws from those of the others.

    `stated` is what is taken away, where that is not to be read from the graph.
    """
    graph, draws = terms.graph, terms.draws
    chance = np.random.default_rng([terms.seed, number])
    ends = slices(terms.horizon, disruptions, terms.measures, terms.begins)
    order, circular = _concerned(terms)
    needs = {
        each: tuple(d for d in graph.needs[each] if d.essentiality > 0)
        for each in order
        if each in graph.needs
    }
    weights = {
        each: {of: w[:, None] for of, w in drawn_weights(needs[each], chance, draws).items()}
        for each in order
        if each in needs
    }
    buffers = {
        (each.input, each.into): buffer_of(each, chance, draws)
        for name in order
        for each in needs.get(name, ())
        if each.inventory or each.lag
    }
    acting = [activity(each, ends, chance, draws) for each in disruptions]
    if stated is None:
        stated = taken_away(terms, disruptions)
    return Course(
        name=name,
        terms=terms,
        ends=ends,
        starts=starts(order, needs, stated, disruptions),
        order=order,
        needs=needs,
        taken=drawn_away(terms, number, stated, acting),
        weights=weights,
        buffers=buffers,
        effects=_effects(terms, disruptions, acting, ends),
        disruptions=disruptions,
        stated=stated,
        number=number,
        circular=circular,
        acting=acting,
    )


def drawn_away(
    terms: Terms, number: int, stated: Sequence[Stated], acting: Sequence[Floats]
) -> dict[str, list[Piece]]:
    """Draw how much is taken away of each input: each share that is hit, and what is lost of it."""
    taken: dict[str, list[tuple[Sequence[str], Floats, Floats]]] = {}
    for place, (name, hit) in enumerate(stated):
        # Each has draws of its own, so that one can be moved without the others.
        own = np.random.default_rng([terms.seed, number, place + 1])
        share, lost = drawn_hit(hit, own, terms.draws)
        acts = acting[hit.disruption]
        taken.setdefault(name, []).append((hit.who, share[:, None], lost[:, None] * acts))
    return {name: parted(each) for name, each in taken.items()}


def taken_away(terms: Terms, disruptions: Sequence[Disruption]) -> list[Stated]:
    """Return what each disruption takes away of each input."""
    found = hits(terms.graph, disruptions, terms.home)
    return [(name, hit) for name, each in found.items() for hit in each]


def _concerned(terms: Terms) -> tuple[list[str], bool]:
    """Return the inputs that a service may need, by any way or measure; each after what it needs.

    The second is whether there is a circle, so that there is no such order.
    """
    more: dict[str, list[str]] = {}
    for measure in terms.measures:
        if measure.by is not None:
            for into, _ in places(measure, terms.graph):
                more.setdefault(into, []).append(measure.by)
    above: dict[str, list[str]] = {}
    waiting = list(terms.services)
    while waiting:
        each = waiting.pop()
        if each not in above:
            needs = [d.input for d in terms.graph.needs.get(each, ()) if d.essentiality > 0]
            above[each] = [*needs, *more.get(each, ())]
            waiting += above[each]
    try:
        return list(TopologicalSorter(above).static_order()), False
    except CycleError:
        return [each for each in in_order(terms.graph) if each in above], True


def _effects(
    terms: Terms, disruptions: Sequence[Disruption], acting: Sequence[Floats], ends: Floats
) -> Effects:
    covers: dict[int, tuple[str, Floats]] = {}
    stocks: dict[int, tuple[frozenset[Edge], float]] = {}
    stand_ins: dict[int, tuple[Sequence[Dependency], Floats]] = {}
    for at, each in enumerate(terms.measures):
        chance = np.random.default_rng([terms.seed, 1_000_000 + at])
        there = ready(each, terms.begins, ends, chance, terms.draws)
        if each.kind == "stock" and each.input is not None and each.days is not None:
            edges = frozenset((each.input, into) for into, _ in places(each, terms.graph))
            stocks[at] = (edges, each.days)
        elif each.by is not None:
            stand_ins[at] = (_added(each, each.by, terms.graph), there)
        elif each.input is not None:
            covers[at] = (each.input, there * _spared(each, terms, disruptions, acting))
    return Effects(covers, stocks, stand_ins)


def _added(measure: Measure, by: str, graph: Graph) -> list[Dependency]:
    return [
        Dependency(input=by, into=into, alternative=group, source="measure")
        for into, group in places(measure, graph)
    ]


def _spared(
    measure: Measure, terms: Terms, disruptions: Sequence[Disruption], acting: Sequence[Floats]
) -> Floats | float:
    """Return what a scenario leaves of a new supply: it is hit as its actor or its country is."""
    actor = terms.graph.actors.get(measure.actor or "")
    country = measure.country or (actor.country if actor is not None else None)
    left: Floats | float = 1.0
    for each, acts in zip(disruptions, acting, strict=True):
        mine = not each.inputs or measure.input in each.inputs
        hit = (
            each.actor == measure.actor
            if each.kind == "supplier"
            else each.takes_from(country, terms.home)
        )
        if mine and hit and each.reaches(terms.home):
            low, high = each.parts
            lost = np.full((len(acts), 1), (low + high) / 2)
            lost[0], lost[1] = low, high
            left = left * (1.0 - lost * acts)
    return left
