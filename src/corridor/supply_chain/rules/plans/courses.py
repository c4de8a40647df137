"""What a plan leaves of the loss under one scenario, in shares of service-days.

The graph is settled anew for every set of measures and every slice of time, with the equations of
`spreading`; nothing is added up measure by measure. A cover gives back what its part says, and
never more than what is needed further up allows. A stock holds back all of a loss until it is used
up. A stand-in gives no more than its part. Without measures, and without stocks, a slice is what
`spread` says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from corridor.supply_chain.records import Dependency, Disruption
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.hits import hits
from corridor.supply_chain.rules.plans.measures import Measure, places
from corridor.supply_chain.rules.plans.times import activity, covered, ready, slices
from corridor.supply_chain.rules.spreading import (
    DRAWS,
    HORIZON,
    TOLERANCE,
    Floats,
    drawn_hit,
    drawn_weights,
    in_order,
    own_loss,
    upstream,
)

Hits = Sequence[tuple[Floats, Floats]]
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
    stocks: Mapping[int, tuple[frozenset[tuple[str, str]], float]]
    stand_ins: Mapping[int, tuple[Sequence[Dependency], Floats]]


@dataclass(frozen=True)
class Course:
    """A scenario, ready to be settled for any set of measures."""

    name: str
    terms: Terms
    ends: Floats
    start: float
    order: Sequence[str]
    needs: Mapping[str, Sequence[Dependency]]
    taken: Mapping[str, Hits]
    weights: Mapping[str, Mapping[str, Floats]]
    effects: Effects
    known: dict[Set, Floats] = field(default_factory=dict[Set, Floats])
    """What was settled already."""

    def loss(self, chosen: Set) -> Floats:
        """Return the share of service-days lost, weighted: a lower, an upper bound, and draws."""
        key = chosen & self.matter
        if key not in self.known:
            self.known[key] = self._lost(self.settled(key))
        return self.known[key]

    def by_service(self, chosen: Set) -> dict[str, Floats]:
        """Return the share of its days that each service loses."""
        losses, long = self.settled(chosen & self.matter), np.diff(self.ends) / self.ends[-1]
        nothing = np.zeros(DRAWS + self.terms.draws)
        return {s: losses[s] @ long if s in losses else nothing for s in self.terms.services}

    @cached_property
    def matter(self) -> Set:
        """The measures that can change anything: they act where something is lost."""
        lost = set(self.settled(frozenset()))
        e = self.effects
        covers = {m for m, (name, part) in e.covers.items() if name in lost and part.any()}
        stocks = {m for m, (edges, _) in e.stocks.items() if any(a in lost for a, _ in edges)}
        stand_ins = {
            m
            for m, (added, part) in e.stand_ins.items()
            if part.any() and any(d.into in lost for d in added)
        }
        return frozenset(covers | stocks | stand_ins)

    def settled(self, chosen: Set) -> dict[str, Floats]:
        """Return what is lost of every input in each slice; what loses nothing is not there."""
        needs, floors = self._with_stand_ins(chosen)
        cover, held = self._covers(chosen), self._held(chosen)
        nothing = np.zeros((DRAWS + self.terms.draws, len(self.ends) - 1))
        losses: dict[str, Floats] = {}

        def passed(need: Dependency) -> Floats:
            lost = losses.get(need.input, nothing)
            if (floor := floors.get(id(need))) is not None:
                return np.maximum(lost, floor)
            back = held.get((need.input, need.into))
            return lost if back is None else lost * back

        rounds, changed = 0, np.inf
        while changed > TOLERANCE and rounds < HORIZON:
            rounds, changed = rounds + 1, 0.0
            for name in self.order:
                mine = needs.get(name, ())
                if name not in self.taken and not any(d.input in losses for d in mine):
                    continue
                above, _ = upstream(mine, passed, self.weights.get(name, {}), nothing)
                loss = own_loss(self.taken.get(name, ()), above)
                if name in cover:
                    loss = np.maximum(above, loss - cover[name])
                changed = max(changed, float((loss - losses.get(name, nothing)).max()))
                losses[name] = loss
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

    def _held(self, chosen: Set) -> dict[tuple[str, str], Floats]:
        days: dict[tuple[str, str], float] = {
            (d.input, d.into): d.inventory_days
            for needs in self.needs.values()
            for d in needs
            if d.inventory_days
        }
        for at in sorted(chosen & self.effects.stocks.keys()):
            edges, more = self.effects.stocks[at]
            for edge in edges:
                days[edge] = days.get(edge, 0.0) + more
        return {edge: 1.0 - covered(d, self.start, self.ends) for edge, d in days.items()}


def course(name: str, terms: Terms, disruptions: Sequence[Disruption], number: int = 0) -> Course:
    """Prepare a scenario; `number` tells its draws from those of the others."""
    graph, draws = terms.graph, terms.draws
    chance = np.random.default_rng([terms.seed, number])
    ends = slices(terms.horizon, disruptions, terms.measures, terms.begins)
    order = _concerned(terms)
    needs = {
        each: tuple(d for d in graph.needs[each] if d.essentiality > 0)
        for each in order
        if each in graph.needs
    }
    taken: dict[str, list[tuple[Floats, Floats]]] = {}
    acting: list[Floats] = []
    for each in disruptions:
        acting.append(activity(each, ends, chance, draws))
        for input_, found in hits(graph, [each], terms.home).items():
            for hit in found:
                share, lost = drawn_hit(hit, chance, draws)
                pair = (share[:, None], lost[:, None] * acting[-1])
                taken.setdefault(input_, []).append(pair)
    weights = {
        each: {of: w[:, None] for of, w in drawn_weights(needs[each], chance, draws).items()}
        for each in order
        if each in needs
    }
    return Course(
        name=name,
        terms=terms,
        ends=ends,
        start=min(each.start_day for each in disruptions),
        order=order,
        needs=needs,
        taken=taken,
        weights=weights,
        effects=_effects(terms, disruptions, acting, ends),
    )


def _concerned(terms: Terms) -> list[str]:
    """Return the inputs that a service may need, by any way or measure, in order."""
    more: dict[str, set[str]] = {}
    for measure in terms.measures:
        if measure.by is not None:
            for into, _ in places(measure, terms.graph):
                more.setdefault(into, set()).add(measure.by)
    found, waiting = set[str](), list(terms.services)
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += [d.input for d in terms.graph.needs.get(each, ()) if d.essentiality > 0]
            waiting += more.get(each, ())
    return [each for each in in_order(terms.graph) if each in found]


def _effects(
    terms: Terms, disruptions: Sequence[Disruption], acting: Sequence[Floats], ends: Floats
) -> Effects:
    covers: dict[int, tuple[str, Floats]] = {}
    stocks: dict[int, tuple[frozenset[tuple[str, str]], float]] = {}
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
            else each.country is not None and each.country == country
        )
        if mine and hit and each.reaches(terms.home):
            low, high = each.parts
            lost = np.full((len(acts), 1), (low + high) / 2)
            lost[0], lost[1] = low, high
            left = left * (1.0 - lost * acts)
    return left
