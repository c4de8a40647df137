"""Read what plans rest on: routes, callers and their access, evidence, traffic, the supply graph."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from corridor.access import ApiKeys, Decider, People, Query
from corridor.catalogue import Catalogue, Provider
from corridor.core.clock import Clock
from corridor.core.store import Kept, View
from corridor.drills.rules.ground import Ground, Line, Way
from corridor.drills.rules.losses import homes_of
from corridor.drills.rules.streams import Stream
from corridor.drills.settings import DrillSettings
from corridor.evaluation import Evaluation, Evaluator
from corridor.gateway import Gateway, Known, Load, Order, Snapshot
from corridor.supply_chain import SupplyChain

MINUTES = 60.0
NO_TRAFFIC = "no requests lately: languages count alike, and no stated capacity is held against any"
NOBODY = "nobody holds a key for {0}, and {1} is no principal with the project {2}: nobody may ask"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for a service: for whom access is decided."""

    principal: str
    project: str
    key_id: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads what plans rest on from the records of this node."""

    settings: DrillSettings
    clock: Clock
    catalogue: Catalogue
    evaluator: Evaluator
    gateway: Gateway
    keys: ApiKeys
    people: People
    decider: Decider
    chain: SupplyChain

    def read(self, view: View, but: Collection[str] = ()) -> Ground:
        """Return what plans rest on now, or would `but` for some suspensions; access as the decider knows it."""
        return _Reading(self, view, but).ground()


@dataclass(slots=True)
class _Reading:
    """One look at the store."""

    by: Reader
    view: View
    but: Collection[str] = ()
    known: Known = field(init=False)
    orders: Mapping[tuple[str, str], Order] = field(init=False)
    closed: Snapshot = field(init=False)
    loads: Mapping[tuple[str, str], Sequence[Load]] = field(init=False)
    total: int = field(init=False)
    peak: float = field(init=False)
    """Requests in a minute of the busiest hour."""
    evidence: dict[str, Kept[Evaluation]] = field(default_factory=dict[str, Kept[Evaluation]])
    notes: list[str] = field(default_factory=list[str])
    _allowed: dict[tuple[Caller, str, str], str] = field(
        default_factory=dict[tuple[Caller, str, str], str]
    )

    def ground(self) -> Ground:
        by, view = self.by, self.view
        services, routes = by.gateway.services(view), by.gateway.routes(view)
        self.orders, self.known = by.gateway.routing.ordered(
            view, services, routes, by.gateway.prices(view)
        )
        self.closed = Snapshot(closures=by.gateway.closures(view, self.but))
        self._count(set(services))
        callers = self._callers(set(services) & routes.keys())
        lines = tuple(
            self._line(name, language, callers[name])
            for name, service in services.items()
            if name in routes
            for language in service.languages
        )
        providers = self.known.providers
        graph = by.chain.graph(view)
        reached = {way.provider for line in lines for way in line.route}
        return Ground(
            lines=lines,
            providers=providers,
            graph=graph,
            evidence=self.evidence,
            capacities={
                name: each.requests_per_minute
                for name, each in providers.items()
                if each.requests_per_minute is not None
            },
            homes=tuple(sorted(homes_of(graph, reached))),
            without_route=tuple(sorted(set(services) - routes.keys())),
            notes=tuple(self.notes),
        )

    def _count(self, services: set[str]) -> None:
        """Take note of the traffic of services; the probes of drills are none."""
        now, days = self.by.clock(), timedelta(days=self.by.settings.traffic_days)
        found, busiest = self.by.gateway.loads(self.view, now - days, now)
        real = [
            each
            for each in found
            if each.target in services and each.project != self.by.settings.project
        ]
        everything = sum(each.requests for each in found)
        self.total = sum(each.requests for each in real)
        self.peak = busiest / MINUTES * (self.total / everything if everything else 0.0)
        loads: dict[tuple[str, str], list[Load]] = {}
        for each in real:
            loads.setdefault((each.target, each.language), []).append(each)
        self.loads = loads
        if not self.total:
            self.notes.append(NO_TRAFFIC)

    def _callers(self, services: set[str]) -> dict[str, tuple[Caller, ...]]:
        """Return who may be asking for each service: whoever holds a key for it that is in force."""
        settings, found = self.by.settings, dict[str, list[Caller]]()
        for key, state in self.by.keys.keys(self.view):
            if state != "in_force" or key.project in (None, settings.project):
                continue
            for name in services if "*" in key.models else services & set(key.models):
                found.setdefault(name, []).append(
                    Caller(key.principal, key.project or "", str(key.id))
                )
        own = Caller(settings.principal, settings.project)
        for name in sorted(services - found.keys()):
            if self._is_known(own):
                found[name] = [own]
                self.notes.append(
                    f"nobody holds a key for {name}: access is judged for {own.principal}"
                )
            else:
                self.notes.append(NOBODY.format(name, own.principal, own.project))
        return {name: tuple(found.get(name, ())) for name in services}

    def _is_known(self, caller: Caller) -> bool:
        active = {each.name for each in self.by.people.people(self.view) if each.active}
        return caller.principal in active and caller.project in self.by.people.projects(self.view)

    def _line(self, service: str, language: str, callers: Sequence[Caller]) -> Line:
        order = self.orders[service, language]
        found = self._measured(order, language)
        now = self.by.clock()
        suspended = {
            each.name
            for each in order.providers
            if self.closed.suspended(each, now, service, language)
        }
        loads = self.loads.get((service, language), ())
        requests = sum(each.requests for each in loads)
        demand = self.peak * requests / self.total if self.total else 0.0
        refused: dict[str, list[str]] = {}
        streams: list[tuple[float, Stream]] = []
        for weight, caller in _weighed(callers, loads):
            may: list[str] = []
            for each in order.providers:
                reason = self._refusal(caller, each, language)
                if reason:
                    refused.setdefault(each.name, []).append(reason)
                elif each.name not in suspended:
                    may.append(each.name)
            streams.append((weight, Stream(tuple(may), demand * weight)))
        return Line(
            service,
            language,
            requests / self.total if self.total else None,
            tuple(streams),
            tuple(self._ways(order, found, suspended, refused, len(callers))),
        )

    def _ways(
        self,
        order: Order,
        found: Mapping[str, str],
        suspended: set[str],
        refused: Mapping[str, Sequence[str]],
        callers: int,
    ) -> list[Way]:
        ways: list[Way] = []
        for number, place in enumerate(order.places, start=1):
            name, reasons = place.provider.name, refused.get(place.provider.name, ())
            why, barred = f"choice {number}: {place.why}", False
            if name in suspended:
                why, barred = "suspended now", True
            elif not callers:
                why, barred = "nobody holds a key for the service", True
            elif reasons:
                barred = len(reasons) == callers
                who = "" if barred else f" to {len(reasons)} of {callers} callers"
                why = f"access refused{who}: {', '.join(dict.fromkeys(reasons))}"
            ways.append(Way(name, why, barred, found.get(name)))
        left = [Way(each.provider.name, each.why, barred=True) for each in order.left_out]
        return [*ways, *left]

    def _measured(self, order: Order, language: str) -> dict[str, str]:
        """Return the records of scores by provider: those that can be compared with each other."""
        by_requirement = {p.provider.name: p.evidence.kept for p in order.places if p.evidence}
        found = by_requirement or self._alike(order.providers, language)
        self.evidence |= {str(kept.record.id): kept for kept in found.values()}
        return {name: str(kept.record.id) for name, kept in found.items()}

    def _alike(self, providers: Sequence[Provider], language: str) -> dict[str, Kept[Evaluation]]:
        """Return evidence made in the same way as that on the first of a list on which there is any."""
        own, found = self.view.identity.name, dict[str, Kept[Evaluation]]()
        first: Evaluation | None = None
        for each in providers:
            standing = self.known.standing.get((each.model_sha256, language), ())
            kept = self.by.evaluator.chosen(standing, language, own, like=first)
            if kept is not None:
                found[each.name] = kept
            first = first or (kept.record if kept else None)
        return found

    def _refusal(self, caller: Caller, provider: Provider, language: str) -> str:
        """Return why a caller may not use a provider in a language; empty where it may."""
        place = caller, provider.name, language
        if place not in self._allowed:
            query = Query(
                principal=caller.principal,
                project=caller.project,
                model=provider.model,
                model_sha256=provider.model_sha256,
                language=language,
                key_id=caller.key_id,
            )
            decision = self.by.decider.decide(query, provider.node or "")
            reasons = "" if decision.allowed else ", ".join(decision.reasons)
            self._allowed[place] = reasons
        return self._allowed[place]


def _weighed(callers: Sequence[Caller], loads: Sequence[Load]) -> list[tuple[float, Caller]]:
    """Return callers with their share of the requests; alike where none of them asked lately."""
    asked = {key: sum(e.requests for e in loads if e.key_id == key) for key in
             {each.key_id for each in callers}}  # fmt: skip
    total = sum(asked[each.key_id] for each in callers)
    if not total:
        return [(1.0 / len(callers), each) for each in callers]
    return [(asked[each.key_id] / total, each) for each in callers if asked[each.key_id]]
