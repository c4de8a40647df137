"""Assess a service: put together for one reader what the graph and the scenarios say of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from corridor.core.records import Part
from corridor.supply_chain.errors import BadMeasure, BadScenario, NothingToPlan, Unsolved
from corridor.supply_chain.records import Country, Table
from corridor.supply_chain.rules.assessing import (
    Assessment,
    Drawn,
    Exposed,
    Figure,
    First,
    LeastSet,
    Outcome,
    Share,
    needs,
    reached,
    rests_on,
    sources_along,
    sources_of,
    unknowns,
)
from corridor.supply_chain.rules.chokepoints import Of, single_points, thin
from corridor.supply_chain.rules.concentration import concentration
from corridor.supply_chain.rules.graph import Graph, graph_of, nearest
from corridor.supply_chain.rules.live import LIVE
from corridor.supply_chain.rules.markets import chosen
from corridor.supply_chain.rules.plans.measures import Placed, check_measures
from corridor.supply_chain.rules.scenarios import Scenario
from corridor.supply_chain.service.plans import Terms, first_steps
from corridor.supply_chain.service.shocks import COUNTRY as COUNTRY_CODE
from corridor.supply_chain.service.shocks import shocked
from corridor.supply_chain.service.thinness import cuts, exposures

NOTHING = Figure(low=0.0, high=0.0, p5=0.0, median=0.0, p95=0.0)
WORST = 3
"""Of a scenario with a parameter nobody gave, so many countries are shown."""
COUNTRY = "country"
"""The parameter of a scenario for which every country can be tried."""
MOST = 12
"""Countries, and suppliers, whose loss is shown."""
OF: tuple[Of, ...] = ("country", "supplier")


@dataclass(frozen=True, slots=True)
class Brief:
    """What a reader wants to have assessed, and how."""

    name: str
    home: Country | None = None
    """Who asks; None is anybody abroad."""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of scenarios; where one is missing, every country is tried and the worst are shown."""
    draws: int = 1_000
    seed: int = 0
    seconds: float = 10.0
    """For each search of smallest sets."""
    measures: Sequence[Placed] = ()
    """What could be done; those that fit the service are put in order."""
    files: Sequence[str] = ()
    """Which of the measures were named, beside those of the node's records."""
    tables: Sequence[str] = ()
    """Which tables were named; all, if none was."""

    @property
    def words(self) -> tuple[str, ...]:
        """What of this is no default, as words of the command; draws and seed left out."""
        home = ("--home", self.home) if self.home else ()
        given = (word for pair in self.parameters.items() for word in ("--set", "=".join(pair)))
        files = (word for name in self.files for word in ("--measures", name))
        tables = (word for name in self.tables for word in ("--table", name))
        return (*home, *given, *files, *tables)


def assess(
    tables: Sequence[Table],
    scenarios: Sequence[Scenario],
    asked: Brief,
    node: str,
    at: datetime,
) -> Assessment:
    """Return what a service rests on, where that is thin, and what scenarios would do to it.

    Raises:
        UnknownInput: if there is no such service or input, with the nearest names.
        BadScenario: if no scenario has a parameter that is given, or the home is no country.
        Circular: if something is needed for itself.
    """
    graph = graph_of(tables)
    name = graph.input(asked.name).id
    _check(asked, scenarios)
    names = reached(graph, name)
    few = thin(graph, [each for each in names if each != name])
    exposed = [each for of in OF for each in _exposed(graph, name, of, asked)]
    outcomes = [each for scenario in scenarios for each in _outcomes(graph, name, scenario, asked)]
    sets, unsolved = _sets(graph, name, asked)
    return _with_sources(
        graph,
        Assessment(
            service=name,
            title=graph.inputs[name].title,
            node=node,
            at=at,
            home=asked.home,
            draws=asked.draws,
            seed=asked.seed,
            asked=asked.words,
            tables=tuple(_drawn(each) for each in tables),
            rests_on=tuple(rests_on(graph, name, [each.input for each in few])),
            needs=tuple(needs(graph, name)),
            alone=tuple(reversed(single_points(graph, name))),
            few=tuple(few),
            sets=tuple(sets),
            unsolved=unsolved,
            shares=tuple(sorted(_shares(graph, names), key=lambda s: (-s.hhi.low, s.input))),
            exposed=tuple(exposed),
            outcomes=tuple(sorted(outcomes, key=_worst_first)),
            first=_first(graph, name, scenarios, outcomes, asked),
            unknown=tuple(unknowns(graph, name)),
            actors={
                each.actor: graph.actors[each.actor].title
                for n in names
                for each in graph.provisions.get(n, ())
            },
            sources=(),
        ),
    )


def _check(asked: Brief, scenarios: Sequence[Scenario]) -> None:
    """Refuse what would make every scenario fail alike."""
    if asked.home is not None and not COUNTRY_CODE.fullmatch(asked.home):
        hint = "Write two capital letters, as IN."
        raise BadScenario(f"{asked.home!r} is no country.", hint=hint)
    known = {name for each in scenarios for name in each.parameters}
    for name in asked.parameters.keys() - known:
        raise BadScenario(f"No scenario has a parameter {name!r}{nearest(name, known)}.")


def _drawn(table: Table) -> Drawn:
    return Drawn(
        name=table.name,
        title=table.title,
        licence=table.licence,
        rows=len(table.provisions) + len(table.dependencies),
        sha256=None if table.name == LIVE else table.sha256,
    )


def _sets(graph: Graph, name: str, asked: Brief) -> tuple[list[LeastSet], str | None]:
    """Return the smallest sets, and why there are none, where the time was over first."""
    found: list[LeastSet] = []
    wrong = None
    for of in OF:
        try:
            sets = cuts(graph, name, of, seconds=asked.seconds)
        except Unsolved as error:
            wrong = error.message
        else:
            found += [LeastSet.model_validate({"of": of, **each.model_dump()}) for each in sets]
    return found, wrong


def _shares(graph: Graph, names: Iterable[str]) -> Iterator[Share]:
    """Yield the figures of the market that stands for each input that has one."""
    for name in names:
        markets = graph.markets(name)
        market = chosen(markets)
        if market is not None:
            by = "country" if market.type == "country" else "provider"
            unplaced = graph.unplaced(name, market)
            found = concentration(markets[market], graph.actors, by, unplaced)
            yield Share(
                input=name,
                title=graph.inputs[name].title,
                by=by,
                hhi=found.hhi,
                tighter=found.hhi_tighter,
                top=found.top,
                top_share=found.top_share,
                covered=found.covered,
                basis=market.basis,
                year=market.year,
                source=market.source,
                notes=found.notes,
            )


def _exposed(graph: Graph, name: str, of: Of, asked: Brief) -> Iterator[Exposed]:
    for each in exposures(graph, name, of, seed=asked.seed)[:MOST]:
        yield Exposed(
            of=of,
            who=each.who,
            loss=_figure(each),
            path=each.path,
            sources=sources_along(graph, each.path),
        )


def _outcomes(graph: Graph, name: str, scenario: Scenario, asked: Brief) -> list[Outcome]:
    """Return what a scenario does; where its country is not given, with the worst countries."""
    given = {k: v for k, v in asked.parameters.items() if k in scenario.parameters}
    if {*scenario.parameters} - {*given} != {COUNTRY}:
        return [_outcome(graph, name, scenario, given, asked)]
    known = {a.country for a in graph.actors.values() if a.country is not None}
    homes = sorted(each for each in known if each != asked.home)
    tried = [_outcome(graph, name, scenario, {**given, COUNTRY: h}, asked) for h in homes]
    found = sorted((each for each in tried if each.loss and each.loss.high > 0), key=_worst_first)
    if not found:
        named = dict.fromkeys(source for each in tried for source in each.sources)
        nowhere = {"loss": NOTHING, "beside": len(homes), "sources": tuple(named)}
        return [_said(scenario, given).model_copy(update=nowhere)]
    beside = {"beside": len(homes) - len(found[:WORST])}
    return [each.model_copy(update=beside) for each in found[:WORST]]


def _outcome(
    graph: Graph, name: str, scenario: Scenario, given: Mapping[str, str], asked: Brief
) -> Outcome:
    """Return what a scenario does, or why that cannot be said with these tables."""
    try:
        found = shocked(
            graph, [scenario], given, asked.home, asked.draws, asked.seed, follow=(name,)
        )
    except BadScenario as error:
        return _said(scenario, given).model_copy(update={"wrong": error.message})
    loss = next((each for each in found.losses if each.input == name), None)
    rise = next((each for each in found.prices if each.input == name), None)
    moments = next((each.moments for each in found.in_time if each.input == name), ())
    named = [each for one in scenario.filled(given) for each in one.inputs]
    path = loss.path if loss else rise.path if rise else ()
    return _said(scenario, given).model_copy(
        update={
            "loss": _figure(loss) if loss else NOTHING,
            "rise": _figure(rise) if rise else None,
            "path": path,
            "days": loss.days if loss else None,
            "begins": found.begins,
            "left_out": found.left_out,
            "moments": moments,
            "sources": sources_along(graph, path) or sources_of(graph, [*found.taken, *named]),
        }
    )


def _figure(found: Part) -> Figure:
    return Figure.model_validate(found.model_dump(include=set(Figure.model_fields)))


def _first(
    graph: Graph,
    name: str,
    scenarios: Sequence[Scenario],
    outcomes: Sequence[Outcome],
    asked: Brief,
) -> First | None:
    """Return which measures to take first, under all scenarios that can be put to these tables."""
    names = reached(graph, name)
    fitting = [each for each in asked.measures if _fits(each, graph, names)]
    wrong = {each.scenario for each in outcomes if each.wrong}
    put = [each for each in scenarios if each.name not in wrong]
    if not fitting or not put:
        return None
    given = (each.parameters.get(COUNTRY) for each in outcomes)
    terms = Terms(
        services={name: 1.0},
        parameters=dict(asked.parameters),
        countries=tuple(sorted({each for each in given if each is not None})),
        home=asked.home,
        seed=asked.seed,
    )
    try:
        found = first_steps(graph, put, fitting, terms)
    except NothingToPlan:
        return None
    avoiding = tuple(each for each in found.steps if each.avoids_alone > 0)
    costs = {each.measure.name: each.measure.cost for each in fitting}
    currencies = {name: cost.currency for name, cost in costs.items() if cost is not None}
    return First(
        unit=found.unit,
        before=found.before,
        steps=avoiding,
        notes=found.notes,
        currencies=currencies,
    )


def _fits(placed: Placed, graph: Graph, names: Mapping[str, int]) -> bool:
    """Say whether a measure is about what the service rests on, and all that it names is there."""
    measure = placed.measure
    if not {measure.input, measure.into} & names.keys():
        return False
    try:
        check_measures([placed], graph)
    except BadMeasure:
        return False
    return True


def _said(scenario: Scenario, given: Mapping[str, str]) -> Outcome:
    said = scenario.likelihood
    return Outcome(
        scenario=scenario.name,
        title=scenario.title,
        text=scenario.text,
        parameters=given,
        likelihood=said.a_year if said else None,
        likelihood_source=said.source if said else None,
    )


def _worst_first(each: Outcome) -> tuple[bool, float, float, float, str]:
    loss = each.loss or NOTHING
    return each.loss is None, -loss.median, -loss.low, -loss.high, each.scenario


def _with_sources(graph: Graph, found: Assessment) -> Assessment:
    """Return an assessment with all sources that its figures name, in the order of the page."""
    named = dict.fromkeys(
        source
        for each in (*found.rests_on, *found.few, *found.exposed, *found.outcomes)
        for source in each.sources
    )
    named |= dict.fromkeys(each.source for each in found.shares)
    return found.model_copy(update={"sources": tuple(graph.citations[each] for each in named)})
