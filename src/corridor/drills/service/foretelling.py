"""The work of planning: losses from the graph, outcomes from the ground, and both put into words.

Takes in NumPy.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import groupby

from corridor import __version__
from corridor.core.errors import NotFound
from corridor.core.store import View
from corridor.drills.errors import NobodyAnswers, NoEvidence, NothingLive
from corridor.drills.records import (
    Answering,
    Choice,
    Figure,
    Foreseen,
    Foretold,
    Least,
    Likely,
    Overall,
    Prediction,
    Readiness,
    Row,
    Source,
    WorstOf,
)
from corridor.drills.rules.figures import UNKNOWN, figure_of
from corridor.drills.rules.flows import Shares
from corridor.drills.rules.ground import Asked, Ground, Way
from corridor.drills.rules.losses import (
    Losses,
    closed,
    homes_of,
    named_in,
    span_of,
    withdrawn,
)
from corridor.drills.rules.predictions import (
    Forecast,
    Outcome,
    least,
    order_of,
    touched_share,
    weighted,
)
from corridor.drills.service.ground import Reader
from corridor.drills.service.taking import taken_on, taken_together
from corridor.supply_chain import Disruption, Scenario, digest, filled

ENGINE = f"corridor {__version__}, continuity 1"
"""The number grows when the same records would give another prediction."""
COUNTRY = "country"


def foretold(reader: Reader, view: View, scenario: Scenario, asked: Asked) -> Prediction:
    """Return what a scenario will leave; see `Planning.plan`."""
    disruptions = filled([scenario], asked.parameters)[0]
    ground = _checked(reader, view, asked)
    day = asked.day
    losses = _losses(ground, disruptions, asked)
    told = Foretold(
        name=scenario.name,
        title=scenario.title,
        sha256=digest(scenario),
        parameters=dict(asked.parameters),
        likelihood=None
        if scenario.likelihood is None
        else Likely(a_year=scenario.likelihood.a_year, source=scenario.likelihood.source),
        span=span_of(disruptions),
        day=day,
    )
    names = named_in(disruptions)
    return _prediction(reader, ground, losses, told, asked, names, _parted(disruptions, day))


def foretold_without(reader: Reader, view: View, supplier: str, asked: Asked) -> Prediction:
    """Return what the withdrawal of a supplier will leave; see `Planning.plan_without`."""
    ground = _checked(reader, view, asked)
    _check_supplier(ground, supplier)
    scenario = Scenario(
        name=f"without-{supplier}"[:63],
        title=f"{supplier} withdraws all that it runs",
        disruptions=({"kind": "supplier", "actor": supplier},),
    )
    told = Foretold(
        name=scenario.name,
        title=scenario.title,
        sha256=digest(scenario),
        span=span_of([Disruption(kind="supplier", actor=supplier)]),
    )
    return _prediction(
        reader, ground, withdrawn(supplier, ground.providers), told, asked, {supplier}
    )


def foretold_closed(
    reader: Reader, view: View, title: str, providers: Sequence[str], cause: str
) -> Prediction:
    """Return what the closing of providers leaves, as it was before its cause; see `Planning.plan_closed`."""
    ground, asked = _checked(reader, view, Asked({}), but=(cause,)), Asked({})
    disruption = Disruption(kind="supplier", actor=providers[0])
    scenario = Scenario(
        name=f"incident-{cause}",
        title=title,
        disruptions=({"kind": "supplier", "actor": providers[0]},),
    )
    told = Foretold(
        name=scenario.name, title=title, sha256=digest(scenario), span=span_of([disruption])
    )
    return _prediction(
        reader, ground, closed(providers, ground.providers), told, asked, set(providers)
    )


def readiness(reader: Reader, view: View, scenarios: Sequence[Scenario], asked: Asked) -> Readiness:
    """Return what each scenario will leave of each service; see `Planning.plan_all`."""
    ground = _checked(reader, view, asked)
    forecast = Forecast.on(ground, asked.seed)
    found: list[Row] = []
    for scenario in scenarios:
        for parameters in _fillings(scenario, asked.parameters, ground.homes):
            disruptions = filled([scenario], parameters)[0]
            losses = _losses(ground, disruptions, asked)
            outcomes = _wanted(forecast.of(losses), asked)
            for name, own in _by_service(outcomes):
                touches = any(each.may_be_touched for each in own)
                found.append(
                    Row(
                        scenario=scenario.name,
                        parameters=parameters,
                        overall=_overall(name, own),
                        touches=touches,
                    )
                )
    found.sort(key=_worst_first)
    names = dict.fromkeys(row.overall.service for row in found)
    services = [_worst_of(name, [r for r in found if r.overall.service == name]) for name in names]
    return Readiness(corridor=_worst_of(None, found), services=tuple(services), rows=tuple(found))


def _worst_of(service: str | None, found: Sequence[Row]) -> WorstOf:
    """Return the first that is known of rows that are sorted, the worst first."""
    known = next((row for row in found if row.overall.worst is not None), None)
    return WorstOf(
        service=service,
        scenario=known.scenario if known else None,
        parameters=known.parameters if known else {},
        least=known.overall.worst if known else None,
        unknown=sum(len(row.overall.unknown) for row in found),
    )


def _checked(reader: Reader, view: View, asked: Asked, but: Collection[str] = ()) -> Ground:
    """Read the ground, and refuse a service that cannot be planned for."""
    ground = reader.read(view, but)
    if asked.service is not None:
        name = reader.gateway.service(view, asked.service).name
        if name in ground.without_route:
            raise NotFound(f"{name} has no route.", hint="Set one: corridor gateway route.")
    if not ground.lines:
        raise NotFound(
            "No service of this node has a route, so there is nothing to plan for.",
            hint="Offer a service and set its route: corridor gateway offer, corridor gateway route.",
        )
    return ground


def _losses(ground: Ground, disruptions: Sequence[Disruption], asked: Asked) -> Losses:
    """Return what is lost if all of it is lost at once, or on the day that is asked for."""
    if asked.day is not None:
        return taken_on(ground, disruptions, asked.home, asked.day)
    return taken_together(ground, disruptions, asked.home)


def _parted(disruptions: Sequence[Disruption], day: float | None) -> list[str]:
    """Return what to say where not all begins on one day, or one day alone is meant."""
    if day is not None:
        return [
            f"what is gone on day {day:g} of the scenario is foretold, and rehearsed, each as on its worst day"
        ]
    days = sorted({each.start_day for each in disruptions})
    if len(days) < 2:
        return []
    said = " and ".join((", ".join(f"{day:g}" for day in days[:-1]), f"{days[-1]:g}"))
    return [
        f"it begins on days {said} of the scenario; foretold, and rehearsed, is that all of it is lost at once"
    ]


def _fillings(
    scenario: Scenario, given: Mapping[str, str], homes: Sequence[str]
) -> list[dict[str, str]]:
    known = {name: given[name] for name in scenario.parameters if name in given}
    if COUNTRY in scenario.parameters and COUNTRY not in known:
        return [{**known, COUNTRY: home} for home in homes]
    return [known]


def _wanted(outcomes: Sequence[Outcome], asked: Asked) -> list[Outcome]:
    return [each for each in outcomes if asked.service in (None, each.line.service)]


def _by_service(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, list[Outcome]]]:
    for name, own in groupby(outcomes, key=lambda each: each.line.service):
        yield name, list(own)


def _prediction(
    reader: Reader,
    ground: Ground,
    losses: Losses,
    told: Foretold,
    asked: Asked,
    names: set[str],
    notes: Sequence[str] = (),
) -> Prediction:
    forecast = Forecast.on(ground, asked.seed)
    outcomes = _wanted(forecast.of(losses), asked)
    touched = sorted((each for each in outcomes if each.may_be_touched), key=order_of)
    if not any(each.before for each in outcomes):
        raise _nobody(outcomes)
    if not touched:
        raise _nothing_live(told, ground, outcomes, names)
    if not any(each.is_known for each in touched):
        raise NoEvidence(
            f"No language of {', '.join(dict.fromkeys(e.line.service for e in touched))} has evidence "
            "for what answers now and for what would answer: nothing can be foretold."
        )
    services = [_overall(name, own) for name, own in _by_service(outcomes)]
    return Prediction(
        made_at=reader.clock(),
        engine_version=ENGINE,
        scenario=told,
        home=asked.home,
        draws=forecast.draws,
        seed=asked.seed,
        gone=losses.gone,
        lines=tuple(_line(each, ground, losses) for each in touched),
        services=tuple(sorted(services, key=_least_first)),
        overall=_overall(None, outcomes),
        notes=(*notes, *ground.notes, *_notes(touched, ground)),
    )


def _nobody(outcomes: Sequence[Outcome]) -> NobodyAnswers:
    services = ", ".join(dict.fromkeys(each.line.service for each in outcomes))
    reasons = ", ".join(dict.fromkeys(w.why for each in outcomes for w in each.line.route))
    return NobodyAnswers(f"Nobody answers {services} now, so nothing can be lost: {reasons}.")


def _nothing_live(
    told: Foretold, ground: Ground, outcomes: Sequence[Outcome], names: set[str]
) -> NothingLive:
    reached = {way.provider for each in outcomes for way in each.line.route}
    suppliers = {ground.providers[name].supplier for name in reached}
    live = sorted({*reached, *suppliers, *homes_of(ground.graph, reached)})
    return NothingLive(
        f"{told.name} takes away nothing that answers these services of this node; {_near(names, live)}."
    )


def _check_supplier(ground: Ground, name: str) -> None:
    """Check that some service rests on a supplier."""
    ways = (way.provider for line in ground.lines for way in line.route)
    live = sorted({ground.providers[each].supplier for each in ways})
    if name not in live:
        raise NothingLive(
            f"No service of this node rests on a supplier {name!r}; {_near({name}, live)}.",
            hint="Name one of those with --withdraw; `corridor gateway services` shows the routes.",
        )


def _near(names: Iterable[str], live: Sequence[str]) -> str:
    """Return which names could have been meant, or all that there are."""
    near = sorted({match for name in names for match in get_close_matches(name, live, n=2)})
    if near:
        return f"the nearest names here are {', '.join(near)}"
    return f"they rest on {', '.join(live) or 'nobody'}"


def _line(outcome: Outcome, ground: Ground, losses: Losses) -> Foreseen:
    line = outcome.line
    worse = None if outcome.if_worse == outcome.continuity else outcome.if_worse
    return Foreseen(
        service=line.service,
        language=line.language,
        traffic=line.traffic,
        before=_answering(outcome, outcome.before, ground),
        after=_answering(outcome, outcome.after, ground),
        continuity=outcome.continuity,
        if_worse=worse,
        paired=outcome.paired,
        choices=tuple(_choice(way, outcome, losses) for way in line.route),
    )


def _answering(outcome: Outcome, shares: Shares, ground: Ground) -> tuple[Answering, ...]:
    evidence = {way.provider: way.evidence for way in outcome.line.route}
    found: list[Answering] = []
    for provider, share in shares.items():
        kept = ground.evidence.get(evidence.get(provider) or "")
        figure: Figure = UNKNOWN if kept is None else figure_of(kept.record.score)
        source = None if kept is None else Source(
            issuer=kept.entry.issuer,
            record_id=kept.record.id,
            position=kept.entry.position,
            sha256=kept.entry.sha256,
            n=kept.record.n,
        )  # fmt: skip
        found.append(
            Answering(provider=provider, share=min(1.0, share), score=figure, source=source)
        )
    return tuple(found)


def _choice(way: Way, outcome: Outcome, losses: Losses) -> Choice:
    lost, may_be = losses.certain.get(way.provider, 0.0), losses.possible.get(way.provider, 0.0)
    why = way.why
    if not way.barred and may_be:
        why = f"lost: {lost:.0%}" if lost == may_be else f"lost: {lost:.0%} to {may_be:.0%}"
    return Choice(
        provider=way.provider,
        eligible=not way.barred and lost < 1.0,
        why=why,
        share=min(1.0, outcome.after.get(way.provider, 0.0)),
    )


def _overall(service: str | None, outcomes: Sequence[Outcome]) -> Overall:
    mean = weighted(outcomes)
    return Overall(
        service=service,
        worst=_least(outcomes, worse=False),
        worst_if_worse=_least(outcomes, worse=True),
        weighted=mean.value,
        weighted_of=mean.of,
        unknown=tuple(
            each.line.language if service else f"{each.line.service}/{each.line.language}"
            for each in outcomes
            if not each.is_known
        ),
        touched=touched_share(outcomes),
    )


def _least(outcomes: Sequence[Outcome], *, worse: bool) -> Least | None:
    found = least((each, each.if_worse if worse else each.continuity) for each in outcomes)
    if found is None:
        return None
    outcome, figure = found
    return Least(service=outcome.line.service, language=outcome.line.language, continuity=figure)


def _notes(touched: Sequence[Outcome], ground: Ground) -> list[str]:
    """Return what is assumed of those who take over."""
    taking = {
        name
        for each in touched
        for name, share in (*each.after.items(), *each.worse.items())
        if share > each.before.get(name, 0.0)
    }
    unstated = sorted(taking - ground.capacities.keys())
    found: list[str] = []
    if unstated:
        found.append(
            f"no capacity is stated for {', '.join(unstated)}: taken to bear all that reaches them"
        )
    loose = sorted({e.line.language for e in touched if e.is_known and not e.paired and e.after})
    if loose:
        found.append(
            f"not of the same items, so taken as independent: {', '.join(loose)}"
        )  # fmt: skip
    return found


def _least_first(each: Overall) -> tuple[bool, float, float, str]:
    value = _value(each.worst)
    return not each.unknown, value, _value(each.worst_if_worse), each.service or ""


def _worst_first(row: Row) -> tuple[float, float, bool, str, str]:
    found = row.overall
    return (
        _value(found.worst),
        _value(found.worst_if_worse),
        not found.unknown,
        row.scenario,
        found.service or "",
    )


def _value(found: Least | None) -> float:
    """Return what to sort by: what is not known at all comes first."""
    return -1.0 if found is None or found.continuity.value is None else found.continuity.value
