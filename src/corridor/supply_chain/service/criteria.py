"""What governments ask of an input: Japan's four tests, and the EU's supply risk."""

from collections.abc import Sequence

from corridor.core.records import Part
from corridor.supply_chain.errors import BadScenario
from corridor.supply_chain.records import Basis, Citation, Country
from corridor.supply_chain.rules.criteria import SOURCE, Criterion, four_tests
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.markets import chosen
from corridor.supply_chain.rules.scenarios import Scenario
from corridor.supply_chain.rules.supply_risk import Criticality, SupplyRisk, supply_risk
from corridor.supply_chain.service.shocks import COUNTRY


class Criteria(Part):
    """What data say of an input by the criteria of Japan and of the EU, and what they do not."""

    input: str
    title: str
    home: Country | None
    """Who asks."""
    basis: Basis | None
    year: int | None
    source: Citation | None
    """Of the shares; None where no share is known."""
    tests: tuple[Criterion, ...]
    """Japan's four tests for specified critical products."""
    tests_source: str = SOURCE
    supply_risk: SupplyRisk


def criteria(
    graph: Graph,
    inputs: Sequence[str],
    home: Country | None,
    scenarios: Sequence[Scenario],
    known: Criticality | None = None,
) -> list[Criteria]:
    """Return what data say of some inputs, or of all that have a share, by both criteria.

    Raises:
        UnknownInput: if one that is named, or that something is stated of, is not there.
        BadScenario: if who asks is no country.
        Circular: if something that a service needs is needed for itself.
    """
    if home is not None and not COUNTRY.fullmatch(home):
        raise BadScenario(f"{home!r} is no country.", hint="Write two capital letters, as JP.")
    for name in known.inputs if known else ():
        graph.input(name)
    names = [graph.input(name).id for name in inputs]
    return [
        _criteria(graph, name, home, scenarios, known)
        for name in names or [each for each in graph.inputs if graph.markets(each)]
    ]


def _criteria(
    graph: Graph,
    name: str,
    home: Country | None,
    scenarios: Sequence[Scenario],
    known: Criticality | None,
) -> Criteria:
    markets = graph.markets(name)
    market = chosen(markets)
    shares = markets[market] if market else []
    return Criteria(
        input=name,
        title=graph.inputs[name].title,
        home=home,
        basis=market.basis if market else None,
        year=market.year if market else None,
        source=graph.citations.get(market.source) if market else None,
        tests=four_tests(graph, name, home, scenarios),
        supply_risk=supply_risk(shares, graph.actors, name, known),
    )
