"""The running corridor as part of the graph: services, routes, providers, suppliers, models.

A service needs one of the providers of its route. Each is run by a supplier, which belongs to an
organisation in a country. What a provider itself needs is not recorded anywhere: one reached over
HTTP is taken to need `hosted-inference`, one in the node's own process `own-inference`, and both
are marked as assumed. Whether a loss of the upstream stops this very provider is not known.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from corridor.catalogue import HttpEndpoint, Model, Organisation, Provider, Supplier
from corridor.supply_chain.ports import Reaches
from corridor.supply_chain.records import (
    Actor,
    Citation,
    Dependency,
    Input,
    Provision,
    Table,
)
from corridor.supply_chain.rules.graph import service

LIVE = "live"
"""The name of the table that is drawn from the node's records."""
STATED, ASSUMED = "corridor/records", "corridor/assumed"
CITATIONS = (
    Citation(id=STATED, title="The records of this node", licence="as the records say"),
    Citation(id=ASSUMED, title="What Corridor assumes of any provider", licence="facts"),
)


def live_table(
    at: datetime,
    reaches: Sequence[Reaches],
    providers: Mapping[str, Provider],
    suppliers: Mapping[str, Supplier],
    organisations: Mapping[str, Organisation],
    models: Mapping[str, Model],
) -> Table:
    """Return what the node's own records say, as a table."""
    used = {name: p for name, p in providers.items() if p.supplier in suppliers}
    return Table(
        made_at=at,
        name=LIVE,
        title="This node: services, routes, providers, suppliers",
        licence="as the records say",
        sha256="0" * 64,
        citations=CITATIONS,
        inputs=(
            *(Input(id=service(r.service), title=r.title, layer="service") for r in reaches),
            *(Input(id=provider(p.name), title=p.title, layer="provider") for p in used.values()),
            *(Input(id=model(m.name), title=m.title, layer="model") for m in models.values()),
        ),
        actors=tuple(
            Actor(id=organisation(o.name), title=o.title, country=o.country)
            for o in organisations.values()
        ),
        provisions=(*_run(at, used, suppliers), *_made(at, models, suppliers, organisations)),
        dependencies=(*_routes(reaches, used), *_upstream(used, models)),
        left_out=tuple(
            f"1 × provider {name}, whose supplier has no record here"
            for name in sorted(providers.keys() - used.keys())
        ),
    )


def provider(name: str) -> str:
    """Return what a provider is called in the graph."""
    return f"provider:{name}"


def model(name: str) -> str:
    """Return what a model is called in the graph."""
    return f"model:{name}"


def organisation(name: str) -> str:
    """Return what an organisation is called in the graph."""
    return f"organisation:{name}"


def _run(
    at: datetime, providers: Mapping[str, Provider], suppliers: Mapping[str, Supplier]
) -> list[Provision]:
    return [
        Provision(
            input=provider(each.name),
            actor=organisation(suppliers[each.supplier].organisation),
            share=100.0,
            basis="units",
            year=at.year,
            source=STATED,
            note=f"run by the supplier {each.supplier}",
        )
        for each in providers.values()
    ]


def _made(
    at: datetime,
    models: Mapping[str, Model],
    suppliers: Mapping[str, Supplier],
    organisations: Mapping[str, Organisation],
) -> list[Provision]:
    return [
        Provision(
            input=model(each.name),
            actor=organisation(maker.organisation),
            share=100.0,
            basis="units",
            year=at.year,
            source=STATED,
        )
        for each in models.values()
        if (maker := suppliers.get(each.supplier)) and maker.organisation in organisations
    ]


def _routes(reaches: Sequence[Reaches], providers: Mapping[str, Provider]) -> list[Dependency]:
    return [
        Dependency(
            input=provider(name),
            into=service(each.service),
            alternative="route",
            lag_days=0.0,
            source=STATED,
            note=f"choice {place} of the route",
        )
        for each in reaches
        for place, name in enumerate(each.providers, start=1)
        if name in providers
    ]


def _upstream(providers: Mapping[str, Provider], models: Mapping[str, Model]) -> list[Dependency]:
    found: list[Dependency] = []
    for each in providers.values():
        remote = isinstance(each.endpoint, HttpEndpoint)
        above = "hosted-inference" if remote else "own-inference"
        found.append(Dependency(input=above, into=provider(each.name), source=ASSUMED))
        if each.model in models:
            own = models[each.model].supplier == each.supplier
            found.append(
                Dependency(
                    input=model(each.model),
                    into=provider(each.name),
                    essentiality=2 if own else 0,
                    source=STATED,
                    note=""
                    if own
                    else "the provider holds the file; its maker cannot take it back",
                )
            )
    return found
