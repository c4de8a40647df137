"""Measures that the node's own records make possible, by one rule.

For each service and each provider that it does not use: the provider joins the service's route. If
it is reached at a partner's node, this is the partner's offer; else it is another model. Nobody
has said what that costs, nor whether the provider could take all of the load: both are for
whoever decides. A provider without an own answer to the service's needs, for example its
language, is proposed too; evidence decides that, not this graph.
"""

from collections.abc import Mapping, Sequence

from corridor.catalogue import Provider
from corridor.supply_chain.ports import Reaches
from corridor.supply_chain.rules import live
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.plans.measures import Cost, Measure, MeasureKind, Placed

RULE = "This node's records: the provider is there, and the service does not use it"


def generated(
    reaches: Sequence[Reaches],
    providers: Mapping[str, Provider],
    graph: Graph,
    cost: Cost | None = None,
) -> list[Placed]:
    """Return the measures that follow from the records; `cost` is what each is taken to cost."""
    return [
        Placed(measure=_joined(each, provider, cost), where="this node's records")
        for each in reaches
        for provider in providers.values()
        if provider.name not in each.providers
        and each.providers
        and live.service(each.service) in graph.needs
        and live.provider(provider.name) in graph.inputs
    ]


def _joined(each: Reaches, provider: Provider, cost: Cost | None) -> Measure:
    kind: MeasureKind = "other-model" if provider.node is None else "partner-offer"
    whose = "" if provider.node is None else f", offered by {provider.node}"
    return Measure(
        name=f"{kind}/{each.service}/{provider.name}",
        title=f"{each.title}: {provider.title} joins the route{whose}",
        kind=kind,
        into=live.service(each.service),
        by=live.provider(provider.name),
        cost=cost,
        source=RULE,
    )
