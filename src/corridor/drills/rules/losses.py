"""What a scenario takes from this node: which of its providers are lost, for certain or possibly.

The supply graph says how much of each input is lost, as bounds. What it cannot know is that a
provider here is one of those that an input of the graph stands for: a provider over HTTP is
inference at a provider, so a disruption that takes that from all of a country takes this provider
if whoever runs it is at home there. That is added here, and is certain.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from corridor.catalogue import Provider
from corridor.drills.records import Gone, Span, What
from corridor.supply_chain import Disruption, Graph, Loss, Range, Shock, bounds

SITES = frozenset({"cloud", "server", "energy"})
"""Layers of the graph that are places and what runs them."""
ESSENTIAL = 2
Since = tuple[float | None, float | None]
"""From which day on something may be lost, and from which it is for certain."""
ByName = tuple[float, float, str, float]
"""What is lost at least and at most, of what, and from which day on."""
NOBODY_SAYS: Since = (None, None)
PROVIDER, MODEL = "provider:", "model:"
"""How the graph begins the names of what is on this node."""


@dataclass(frozen=True, slots=True)
class Losses:
    """What is lost, and which part of each provider, 0 to 1."""

    certain: Mapping[str, float]
    possible: Mapping[str, float]
    gone: tuple[Gone, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether no provider of this node may lose anything."""
        return not self.possible


def losses_of(
    shock: Shock,
    graph: Graph,
    disruptions: Sequence[Disruption],
    providers: Mapping[str, Provider],
    begins: Mapping[str, Since],
) -> Losses:
    """Return what disruptions take from this node, all at once; `begins` says from which days each input."""
    lost = {each.input: each for each in shock.losses}
    parts: dict[str, tuple[float, float]] = {}
    ways: dict[str, tuple[str, ...]] = {}
    days: dict[str, Since] = {}
    for name in providers:
        own = lost.get(PROVIDER + name)
        low, high, ways[name] = 0.0, 0.0, ()
        if own is not None:
            low, high, ways[name] = _surely(name, own, lost, shock, graph), own.high, own.path
        named = _by_name(name, graph, disruptions, shock.home)
        if named is not None and named[1] >= high:
            ways[name] = (named[2], PROVIDER + name)
        if named is not None:
            low, high = max(low, named[0]), max(high, named[1])
        days[name] = _since(begins.get(PROVIDER + name, NOBODY_SAYS), named, certain=low > 0.0)
        if high > 0.0:
            parts[name] = low, high
    certain = {name: low for name, (low, _) in parts.items() if low > 0.0}
    possible = {name: high for name, (_, high) in parts.items()}
    own_gone = [
        Gone(
            what="provider",
            name=name,
            low=low,
            high=high,
            by=ways[name],
            begins_day=days[name][0],
            certain_day=days[name][1],
        )
        for name, (low, high) in parts.items()
    ]
    return Losses(
        certain,
        possible,
        (*_suppliers(parts, providers, days), *_first(own_gone), *_behind(shock, begins)),
    )


def withdrawn(supplier: str, providers: Mapping[str, Provider]) -> Losses:
    """Return what is lost when a supplier withdraws all that it runs."""
    names = [each.name for each in providers.values() if each.supplier == supplier]
    return closed(names, providers, by=(supplier,))


def closed(
    names: Iterable[str], providers: Mapping[str, Provider], by: tuple[str, ...] = ()
) -> Losses:
    """Return what is lost when providers are closed."""
    names = sorted(names)
    all_of_it = dict.fromkeys(names, 1.0)
    gone = [Gone(what="provider", name=name, low=1.0, high=1.0, by=by) for name in names]
    whole = dict.fromkeys(names, (1.0, 1.0))
    return Losses(all_of_it, all_of_it, (*_suppliers(whole, providers, {}), *gone))


def span_of(disruptions: Sequence[Disruption]) -> Span:
    """Return when disruptions that happen together begin, and how long they last.

    They last as long as the longest, which nobody knows if one's length is not known.
    """
    lasts = _longest([each.duration_days for each in disruptions])
    recovers = _longest([each.recovery_days for each in disruptions if each.recovery_days])
    return Span(
        begins_day=min(each.start_day for each in disruptions),
        lasts_low=lasts[0] if lasts else None,
        lasts_high=lasts[1] if lasts else None,
        recovers_low=recovers[0] if recovers else None,
        recovers_high=recovers[1] if recovers else None,
    )


def named_in(disruptions: Iterable[Disruption]) -> set[str]:
    """Return what disruptions name: actors, countries, inputs."""
    found = [(each.actor, each.country, *each.inputs) for each in disruptions]
    return {name for names in found for name in names if name}


def homes_of(graph: Graph, providers: Iterable[str]) -> set[str]:
    """Return the countries of those who run some providers, where they are known."""
    runs = (each.actor for name in providers for each in graph.provisions.get(PROVIDER + name, ()))
    return {country for actor in runs if (country := graph.actors[actor].country) is not None}


def _surely(name: str, own: Loss, lost: Mapping[str, Loss], shock: Shock, graph: Graph) -> float:
    """Return what of a provider is lost for certain: of itself, or of what it is stated to need.

    What a provider over HTTP needs in turn is assumed of any such provider. A part of that which is
    lost is lost to some of them, nobody knows to which; all of it is lost to this one, too.
    """
    if own.low >= 1.0:
        return 1.0
    hits = shock.taken.get(PROVIDER + name, ())
    stated = [
        lost[each.input].low
        for each in graph.needs.get(PROVIDER + name, ())
        if each.input.startswith(MODEL) and each.input in lost and each.essentiality == ESSENTIAL
    ]
    return max([min(1.0, sum(hit.low * hit.lost_low for hit in hits)), *stated])


def _by_name(
    name: str, graph: Graph, disruptions: Sequence[Disruption], home: str | None
) -> ByName | None:
    """Return which part of a provider is lost because it is one of what is taken, of what, and since when."""
    runs = [graph.actors[each.actor] for each in graph.provisions.get(PROVIDER + name, ())]
    above = {each.input for each in graph.needs.get(PROVIDER + name, ())}
    found = [
        (*each.parts, kind, each.start_day)
        for each in disruptions
        if each.kind not in ("input", "price") and each.reaches(home)
        for kind in each.inputs
        if kind in above and any(each.concerns(actor, home) for actor in runs)
    ]
    return max(found, default=None)


def _suppliers(
    parts: Mapping[str, tuple[float, float]],
    providers: Mapping[str, Provider],
    days: Mapping[str, Since],
) -> list[Gone]:
    """Return the suppliers of what is lost: of each, what is lost of all that it runs."""
    owners = sorted({providers[name].supplier for name in parts})
    found: list[Gone] = []
    for owner in owners:
        own = [name for name, each in providers.items() if each.supplier == owner]
        low = min(parts.get(name, (0.0, 0.0))[0] for name in own)
        high = max(parts.get(name, (0.0, 0.0))[1] for name in own)
        since = [days.get(name, NOBODY_SAYS) for name in own if name in parts]
        found.append(
            Gone(
                what="supplier",
                name=owner,
                low=low,
                high=high,
                begins_day=min((day for day, _ in since if day is not None), default=None),
                certain_day=_all_by([day for _, day in since]) if low > 0.0 else None,
            )
        )
    return _first(found)


def _behind(shock: Shock, begins: Mapping[str, Since]) -> list[Gone]:
    """Return the models, sites and inputs that are lost."""
    found: list[Gone] = []
    for each in shock.losses:
        what: What = "input"
        if each.input.startswith((PROVIDER, "service:")):
            continue
        if each.input.startswith(MODEL) or each.layer == "model":
            what = "model"
        elif each.layer in SITES:
            what = "site"
        name = each.input.removeprefix(MODEL)
        found.append(
            Gone(
                what=what,
                name=name,
                low=each.low,
                high=each.high,
                by=each.path,
                begins_day=begins.get(each.input, NOBODY_SAYS)[0],
                certain_day=begins.get(each.input, NOBODY_SAYS)[1],
            )
        )
    return _first(found)


def _since(own: Since, named: ByName | None, *, certain: bool) -> Since:
    """Return from which day on a provider may be lost, and is for certain."""
    begun, surely = own
    if named is not None:
        begun = named[3] if begun is None else min(begun, named[3])
        surely = named[3] if named[0] > 0.0 else surely
    return begun, surely if certain else None


def _all_by(days: Sequence[float | None]) -> float | None:
    known = [day for day in days if day is not None]
    return max(known) if known and len(known) == len(days) else None


def _first(found: Iterable[Gone]) -> list[Gone]:
    """Return what is lost, the surest and the most first."""
    return sorted(found, key=lambda each: (-each.low, -each.high, each.name))


def _longest(stated: Sequence[Range | float | None]) -> tuple[float, float] | None:
    known = [bounds(each) for each in stated if each is not None]
    if not known or len(known) < len(stated):
        return None
    return max(low for low, _ in known), max(high for _, high in known)
