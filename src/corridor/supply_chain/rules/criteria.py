"""The four tests by which Japan specifies critical products, as a checklist of what data say.

The Economic Security Promotion Act (Act 43 of 2022) lets the government specify a product if people
need it to survive, if its supply depends too much on the outside, if that may be disrupted, and if
measures are needed. These are judgements of a government. What is here is what the data in the
graph say towards each, and what they do not; no threshold is in the Act.
"""

from collections.abc import Sequence

from corridor.core.records import Part
from corridor.supply_chain.records import Country
from corridor.supply_chain.rules.chokepoints import LARGE, single_points
from corridor.supply_chain.rules.concentration import concentration
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.markets import FULL, chosen
from corridor.supply_chain.rules.scenarios import Scenario

SOURCE = (
    "Japan's Economic Security Promotion Act (Act 43 of 2022), as reported by The Yomiuri Shimbun, "
    "2022-07-15 and 2022-11-17"
)


class Criterion(Part):
    """One of the four tests: what data say towards it, and what they do not."""

    test: str
    indicated: bool | None
    """Whether data point to it; None where they do not say."""
    because: str
    """What the data are; empty where there are none."""
    missing: str


def four_tests(
    graph: Graph, name: str, home: Country | None, scenarios: Sequence[Scenario]
) -> tuple[Criterion, ...]:
    """Return the four tests for an input, for those at home in a country.

    Raises:
        Circular: if something that a service needs is needed for itself.
    """
    return (
        _survival(graph, name),
        _dependence(graph, name, home),
        _disruption(name, scenarios),
        Criterion(
            test="measures are needed",
            indicated=None,
            because="",
            missing="which measures there are already, and what others would avoid (see `plan`)",
        ),
    )


def _survival(graph: Graph, name: str) -> Criterion:
    services = [each.id for each in graph.inputs.values() if each.layer == "service"]
    stopped = [each for each in services if name in (each, *single_points(graph, each))]
    return Criterion(
        test="people need it to survive, or to live and work as they do",
        indicated=None,
        because=f"its loss alone stops {', '.join(stopped)}" if stopped else "",
        missing="how much people depend on what is made with it: no table says so",
    )


def _dependence(graph: Graph, name: str, home: Country | None) -> Criterion:
    markets = graph.markets(name)
    market = chosen(markets)
    test = "its supply depends too much on the outside"
    if market is None:
        missing = "anybody's share of the supply"
        return Criterion(test=test, indicated=None, because="", missing=missing)
    abroad = [p for p in markets[market] if graph.actors[p.actor].country != home or home is None]
    found = concentration(abroad, graph.actors, "country", graph.unplaced(name, market))
    own = sum(p.bounds[0] for p in markets[market]) - sum(p.bounds[0] for p in abroad)
    largest, most = found.top_share, min(FULL - own, found.top_share.high)
    indicated = True if largest.low >= LARGE else False if most < LARGE else None
    inside = f"; {own:g} % is known to be made in {home}" if home else ""
    share = f"{largest.low:g}" if largest.low == most else f"{largest.low:g} to {most:g}"
    return Criterion(
        test=test,
        indicated=indicated,
        because=(
            f"{found.top or 'one country'} has {share} % of the world's "
            f"{market.basis} in {market.year}{inside}"
        ),
        missing=f"from whom {home or 'the country that asks'} itself buys, and what it holds",
    )


def _disruption(name: str, scenarios: Sequence[Scenario]) -> Criterion:
    found = [each for each in scenarios if _names(each, name)]
    likely = [each for each in found if each.likelihood is not None]
    listed = ", ".join(each.name for each in found)
    said = "; ".join(
        f"{each.name}: {each.likelihood.a_year:g} a year ({each.likelihood.source})"
        for each in likely
        if each.likelihood
    )
    return Criterion(
        test="its supply may be disrupted",
        indicated=True if likely else None,
        because=said or (f"scenarios that name it: {listed}" if listed else ""),
        missing="" if likely else "how likely that is: nobody has said",
    )


def _names(scenario: Scenario, name: str) -> bool:
    named = (each.get("inputs") for each in scenario.disruptions)
    return any(isinstance(each, list | tuple) and name in each for each in named)
