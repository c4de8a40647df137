"""The facts of several tables put together, and whether they fit each other."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter

from corridor.core.records import Part
from corridor.supply_chain.errors import UnknownInput
from corridor.supply_chain.records import (
    Actor,
    ActorType,
    Citation,
    Dependency,
    Input,
    KindOf,
    Provision,
    Table,
)
from corridor.supply_chain.rules.markets import FULL, MOST, Market, markets

SUGGESTED = 3


@dataclass(frozen=True, slots=True)
class Graph:
    """Inputs, who provides them, and what needs what; found by name."""

    inputs: Mapping[str, Input]
    actors: Mapping[str, Actor]
    citations: Mapping[str, Citation]
    provisions: Mapping[str, Sequence[Provision]]
    """By input."""
    needs: Mapping[str, Sequence[Dependency]]
    """By the input that is made."""
    kinds: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """By the general input: its kinds. Nothing flows here."""

    def input(self, name: str) -> Input:
        """Return an input by its id, or a service of this node by its name.

        Raises:
            UnknownInput: if there is none, with the nearest names.
        """
        if name not in self.inputs and service(name) in self.inputs:
            return self.inputs[service(name)]
        if name not in self.inputs:
            near = nearest(name, self.inputs) or self._called(name)
            raise UnknownInput(f"There is no input {name!r}{near}.")
        return self.inputs[name]

    def _called(self, name: str) -> str:
        """Return the end of a sentence that offers the inputs in whose title a word is."""
        word = name.rpartition("/")[2].casefold().replace("-", " ")
        found = [
            f"{each.id} ({each.title})"
            for each in self.inputs.values()
            if word in each.title.casefold().replace("-", " ")
        ]
        return f"; titles with this are of {', '.join(found[:SUGGESTED])}" if found else ""

    def markets(self, name: str) -> dict[Market, list[Provision]]:
        """Return the shares of an input that can be added, market by market."""
        provisions = self.provisions.get(name, ())
        return markets(provisions, {p.actor: self.actors[p.actor].type for p in provisions})

    def unplaced(self, name: str, market: Market | None) -> list[Provision]:
        """Return who is known to provide an input and has no figure in a market."""
        counted = {p.actor for p in self.markets(name).get(market, ())} if market else set[str]()
        kind = market.type if market else None
        found = {
            p.actor: p
            for p in self.provisions.get(name, ())
            if not p.is_known and p.actor not in counted
        }
        return [p for p in found.values() if kind in (None, self.actors[p.actor].type)]


def service(name: str) -> str:
    """Return what a service of this node is called in the graph."""
    return f"service:{name}"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that offers the names most like one that is not there."""
    found = get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"; the nearest are {', '.join(found)}" if found else ""


def graph_of(tables: Iterable[Table]) -> Graph:
    """Put tables together; where two describe the same input or actor, the first stands.

    So it does where both state a share of one actor from one source. A source that another table
    calls by the same id and is not the same stands under the name of its table and the id.
    """
    inputs: dict[str, Input] = {}
    actors: dict[str, Actor] = {}
    citations: dict[str, Citation] = {}
    provisions: dict[str, list[Provision]] = defaultdict(list)
    needs: dict[str, list[Dependency]] = defaultdict(list)
    kinds: dict[str, list[str]] = defaultdict(list)
    stated: set[tuple[object, ...]] = set()
    for each in tables:
        table = _apart(each, citations)
        inputs = {**{each.id: each for each in table.inputs}, **inputs}
        actors = {**{each.id: each for each in table.actors}, **actors}
        citations = {**{each.id: each for each in table.citations}, **citations}
        mine = [p for p in table.provisions if not (p.is_known and _share(p) in stated)]
        stated.update(_share(p) for p in mine if p.is_known)
        for provision in mine:
            provisions[provision.input].append(provision)
        for dependency in table.dependencies:
            needs[dependency.into].append(dependency)
        for kind in table.kinds:
            kinds[kind.of].append(kind.input)
    return Graph(inputs, actors, citations, provisions, needs, kinds)


def _share(provision: Provision) -> tuple[object, ...]:
    """Return what a share is of; two that agree in it would be counted twice."""
    of = (provision.input, provision.actor, provision.basis)
    return (*of, provision.year, provision.source)


def _apart(table: Table, known: Mapping[str, Citation]) -> Table:
    """Return a table whose sources are not taken for others that are known by the same id."""
    new = {
        each.id: f"{table.name}/{each.id}"
        for each in table.citations
        if each.id in known and known[each.id] != each
    }
    if not new:
        return table
    lists: dict[str, Sequence[Provision | Dependency]] = {
        "provisions": table.provisions,
        "dependencies": table.dependencies,
    }
    changed: dict[str, object] = {
        name: tuple(
            each.model_copy(update={"source": new.get(each.source, each.source)}) for each in items
        )
        for name, items in lists.items()
    }
    changed["citations"] = tuple(
        each.model_copy(update={"id": new.get(each.id, each.id)}) for each in table.citations
    )
    return table.model_copy(update=changed)


class Fault(Part):
    """Something in a table that does not fit, and where."""

    part: str
    """Which list of the table."""
    index: int
    field: str
    message: str


def faults(table: Table, known: Graph | None = None) -> Iterator[Fault]:
    """Yield what of a table does not fit the rest of it, or what is known beside it."""
    yield from _twice(table)
    yield from _dangling(table, known)
    yield from _beyond_the_whole(table, known)
    yield from _beyond_the_cost(table.dependencies)
    yield from _circular(table.kinds, known)


def _twice(table: Table) -> Iterator[Fault]:
    lists: dict[str, Sequence[Input | Actor | Citation]] = {
        "inputs": table.inputs,
        "actors": table.actors,
        "citations": table.citations,
    }
    for part, items in lists.items():
        seen: set[str] = set()
        for index, each in enumerate(items):
            if each.id in seen:
                yield Fault(part=part, index=index, field="id", message=f"{each.id} is there twice")
            seen.add(each.id)


def _dangling(table: Table, known: Graph | None) -> Iterator[Fault]:
    inputs = {i.id for i in table.inputs} | set(known.inputs if known else ())
    actors = {a.id for a in table.actors} | set(known.actors if known else ())
    sources = {c.id for c in table.citations} | set(known.citations if known else ())
    wanted: dict[str, set[str]] = {
        "input": inputs,
        "into": inputs,
        "of": inputs,
        "actor": actors,
        "source": sources,
    }
    lists: dict[str, Sequence[Provision | Dependency | KindOf]] = {
        "provisions": table.provisions,
        "dependencies": table.dependencies,
        "kinds": table.kinds,
    }
    for part, items in lists.items():
        for index, each in enumerate(items):
            for name in wanted.keys() & type(each).model_fields.keys():
                value = str(getattr(each, name))
                if value not in wanted[name]:
                    hint = nearest(value, wanted[name])
                    message = f"there is no {value!r}{hint}"
                    yield Fault(part=part, index=index, field=name, message=message)


def _beyond_the_whole(table: Table, known: Graph | None) -> Iterator[Fault]:
    actors = {**(known.actors if known else {}), **{a.id: a for a in table.actors}}
    types: dict[str, ActorType] = {name: actor.type for name, actor in actors.items()}
    beside = _beside(table, known) if known else []
    placed = [p for p in (*beside, *table.provisions) if p.actor in types]
    last = {p: index for index, p in enumerate(table.provisions)}
    for market, shares in markets(placed, types).items():
        if (all_of_them := sum(p.bounds[0] for p in shares)) > MOST and shares[-1] in last:
            others = " with those of other tables" if not all(p in last for p in shares) else ""
            message = (
                f"the shares of {market.input} by {market.basis} in {market.year} come to "
                f"{all_of_them:g}{others}, which is no rounding"
            )
            index = last[shares[-1]]
            yield Fault(part="provisions", index=index, field="share", message=message)


def _beside(table: Table, known: Graph) -> list[Provision]:
    """Return the shares of other tables that would be added to those of this one."""
    own = {each.id: each for each in table.citations}
    stated = {_share(p) for p in table.provisions if p.is_known}
    return [
        each
        for name in dict.fromkeys(p.input for p in table.provisions)
        for each in known.provisions.get(name, ())
        if each.is_known
        and _share(each) not in stated
        and own.get(each.source, known.citations.get(each.source))
        == known.citations.get(each.source)
    ]


def _beyond_the_cost(dependencies: Sequence[Dependency]) -> Iterator[Fault]:
    """Yield a dependency by which what something is made of costs more than it does itself.

    Of those that can stand in for each other one is bought, so the least of them counts.
    """
    least: dict[str, dict[str, float]] = defaultdict(dict)
    for index, each in enumerate(dependencies):
        part = least[each.into]
        word = f"or {each.alternative}" if each.alternative else each.input
        part[word] = min(part.get(word, MOST), (each.share or (0.0, 0.0))[0])
        if (whole := FULL * sum(part.values())) > MOST:
            message = f"the parts of the cost of {each.into} come to {whole:g} per cent"
            yield Fault(part="dependencies", index=index, field="quantity", message=message)


def _circular(kinds: Sequence[KindOf], known: Graph | None) -> Iterator[Fault]:
    """Yield an edge of a circle, if there is one, with the kinds of other tables too."""
    above: dict[str, set[str]] = defaultdict(set)
    for of, inputs in known.kinds.items() if known else ():
        for name in inputs:
            above[name].add(of)
    for each in kinds:
        above[each.input].add(each.of)
    try:
        TopologicalSorter(above).prepare()
    except CycleError as error:
        circle = set(error.args[1])
        on_it = [i for i, k in enumerate(kinds) if k.input in circle and k.of in circle]
        if on_it:
            message = f"{kinds[on_it[-1]].input} would be a kind of itself"
            yield Fault(part="kinds", index=on_it[-1], field="of", message=message)
