"""How much scenarios and services count in a plan, and who says so."""

from collections.abc import Iterable, Mapping, Sequence

from corridor.core.records import Part
from corridor.supply_chain.errors import BadPlan, NothingToPlan
from corridor.supply_chain.records import Disruption
from corridor.supply_chain.rules.digests import digest
from corridor.supply_chain.rules.graph import Graph, nearest
from corridor.supply_chain.rules.scenarios import Scenario

EQUAL = "nobody has said how likely each is, so all count alike"
GIVEN = "as asked for"


class Weighed(Part):
    """A scenario with its parameters put in, and how much it counts."""

    scenario: Scenario
    parameters: dict[str, str]
    disruptions: tuple[Disruption, ...]
    weight: float
    source: str

    @property
    def label(self) -> str:
        """What it is called among others."""
        return "/".join((self.scenario.name, *self.parameters.values()))

    @property
    def sha256(self) -> str:
        """Of its content."""
        return digest(self.scenario)


def weighed(
    scenarios: Sequence[Scenario],
    given: Mapping[str, str],
    countries: Iterable[str],
    weights: Mapping[str, float],
    notes: list[str],
) -> list[Weighed]:
    """Return the scenarios with what each counts.

    A parameter `country` that is not given stands for each of `countries` in turn; the weight of
    the scenario is split between them. Where weights are given, what they do not name is left out.

    Raises:
        BadPlan: if weights name what is not there, or none is above zero.
        BadScenario: if another parameter is missing, or a disruption is none.
        NothingToPlan: if no scenario is left.
    """
    scenarios = _that_take(scenarios, notes)
    _check_weights(weights, [each.name for each in scenarios])
    shares = _shares(scenarios, weights, notes)
    found: list[Weighed] = []
    for each in scenarios:
        if each.name not in shares:
            continue
        fillings = _fillings(each, given, sorted(set(countries)))
        if not fillings:
            notes.append(f"{each.name} is left out: no provider's country is known to put in")
        weight, source = shares[each.name]
        found += [
            Weighed(
                scenario=each,
                parameters=dict(filling),
                disruptions=each.filled(filling),
                weight=weight / len(fillings),
                source=source,
            )
            for filling in fillings
        ]
    if not found:
        raise NothingToPlan("No scenario is left to plan for.")
    return found


def _that_take(scenarios: Sequence[Scenario], notes: list[str]) -> list[Scenario]:
    """Return the scenarios that take something away; prices are no loss of service-days."""
    found: list[Scenario] = []
    for each in scenarios:
        if all(stated.get("kind") == "price" for stated in each.disruptions):
            notes.append(f"{each.name} is left out: it takes nothing away, it is about prices")
        else:
            found.append(each)
    return found


def _check_weights(weights: Mapping[str, float], names: Sequence[str]) -> None:
    for name, weight in weights.items():
        if name not in names:
            raise BadPlan(f"There is no scenario {name!r} to weigh{nearest(name, names)}.")
        if not 0 <= weight < float("inf"):
            raise BadPlan(f"The weight of {name} is {weight:g}; it has to be 0 or more.")
    if weights and not any(weights.values()):
        raise BadPlan("All weights are 0, so nothing counts.")


def _shares(
    scenarios: Sequence[Scenario], weights: Mapping[str, float], notes: list[str]
) -> dict[str, tuple[float, str]]:
    if weights:
        whole = sum(weights.values())
        return {name: (weight / whole, GIVEN) for name, weight in weights.items() if weight > 0}
    stated = {e.name: e.likelihood for e in scenarios if e.likelihood is not None}
    if len(stated) == len(scenarios):
        notes.append("weights are likelihoods a year, so the loss is what is expected in a year")
        return {name: (found.a_year, found.source) for name, found in stated.items()}
    if stated:
        missing = len(scenarios) - len(stated)
        notes.append(f"{missing} of {len(scenarios)} scenarios have no likelihood: {EQUAL}")
    else:
        notes.append(f"weights: {EQUAL}")
    return {each.name: (1.0 / len(scenarios), EQUAL) for each in scenarios}


def _fillings(
    scenario: Scenario, given: Mapping[str, str], countries: Sequence[str]
) -> list[dict[str, str]]:
    known = {name: given[name] for name in scenario.parameters if name in given}
    if "country" in scenario.parameters and "country" not in given:
        return [{**known, "country": each} for each in countries]
    return [known]


def shares_of_services(graph: Graph, given: Mapping[str, float]) -> dict[str, float]:
    """Return what each service counts: as given, or all alike; those of this node, if there are any.

    Raises:
        UnknownInput: if one is not there.
        BadPlan: if a weight is below zero, or all are zero.
    """
    names = {_found(graph, name): weight for name, weight in given.items()}
    if not names:
        services = [each.id for each in graph.inputs.values() if each.layer == "service"]
        live = [name for name in services if name.startswith("service:")]
        names = dict.fromkeys(live or services, 1.0)
    if any(not 0 <= weight < float("inf") for weight in names.values()):
        raise BadPlan("The weight of a service has to be 0 or more.")
    if not (whole := sum(names.values())):
        raise BadPlan("No service counts.", hint="Name one with --service.")
    return {name: weight / whole for name, weight in names.items() if weight > 0}


def _found(graph: Graph, name: str) -> str:
    """Return a service of this node by its own name, or any input by its name."""
    live = f"service:{name}"
    return live if live in graph.inputs else graph.input(name).id
