"""The facts: tables taken in, the graph they make, and how concentrated each input's supply is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from corridor.catalogue import Catalogue
from corridor.core.clock import Clock
from corridor.core.records import Part
from corridor.core.store import Transaction, View
from corridor.supply_chain.errors import SameTable, TooLarge, UnknownTable
from corridor.supply_chain.ports import Serving
from corridor.supply_chain.records import ActorType, Basis, Citation, Plan, Table
from corridor.supply_chain.rules.concentration import By, Concentration, concentration
from corridor.supply_chain.rules.digests import graph_digest
from corridor.supply_chain.rules.graph import Graph, graph_of, nearest
from corridor.supply_chain.rules.live import live_table
from corridor.supply_chain.rules.markets import Market
from corridor.supply_chain.rules.plans.candidates import generated
from corridor.supply_chain.rules.plans.measures import Cost, Placed
from corridor.supply_chain.rules.scenarios import Scenario
from corridor.supply_chain.service.plans import (
    CitedPlan,
    FirstSteps,
    Ground,
    Terms,
    Wanted,
    first_steps,
)

MOST_ROWS = 20_000
"""A table with more is not kept as a record; it can be analysed where it is."""


class Concentrated(Part):
    """How concentrated one input's supply is, in one market, and where that is from."""

    input: str
    title: str
    type: ActorType | None
    """Whose shares these are, companies' or countries'; None where no share is known."""
    basis: Basis | None
    year: int | None
    source: Citation | None
    figures: Concentration


@dataclass(frozen=True, slots=True)
class SupplyChain:
    """Keep tables of facts, and say what follows from them."""

    clock: Clock
    catalogue: Catalogue
    serving: Serving
    shipped: Callable[[Clock], Table]
    """Reads the table that comes with Corridor."""

    def tables(self, view: View) -> dict[str, Table]:
        """Return the tables by name: the shipped one, those taken in, and the running corridor."""
        shipped = self.shipped(self.clock)
        kept = {table.name: table for table in view.own(Table)}
        live = self.live(view)
        return {shipped.name: shipped, **kept, live.name: live}

    def live(self, view: View) -> Table:
        """Return what this node's own records say, as a table."""
        c = self.catalogue
        return live_table(
            self.clock(),
            self.serving.reaches(view),
            c.providers(view),
            c.suppliers(view),
            c.organisations(view),
            c.models(view),
        )

    def graph(self, view: View, tables: Sequence[str] = ()) -> Graph:
        """Return the graph that all tables make together, or those that are named.

        Raises:
            UnknownTable: if one that is named is not there.
        """
        return graph_of(self.chosen(view, tables))

    def chosen(self, view: View, tables: Sequence[str] = ()) -> list[Table]:
        """Return all tables, or those that are named.

        Raises:
            UnknownTable: if one that is named is not there.
        """
        known = self.tables(view)
        for name in tables:
            if name not in known:
                raise UnknownTable(f"There is no table {name!r}{nearest(name, known)}.")
        return [known[name] for name in (tables or known)]

    def take_in(self, tx: Transaction, table: Table) -> Table:
        """Keep a table; it stands in the place of an earlier one of that name.

        Raises:
            SameTable: if the earlier one has the same content.
            TooLarge: if it has more rows than a record is made for.
        """
        count = len(table.provisions) + len(table.dependencies) + len(table.inputs)
        if count > MOST_ROWS:
            raise TooLarge(
                f"{table.name} has {count:,} rows; at most {MOST_ROWS:,} are kept as a record."
            )
        before = {kept.name: kept for kept in tx.own(Table)}.get(table.name)
        if before is not None and before.sha256 == table.sha256:
            raise SameTable(f"The table {table.name} is kept with this content.")
        tx.append(table)
        tx.audit("supply_chain.table_taken_in", table.name, sha256=table.sha256, rows=count)
        return table

    def concentrated(
        self,
        graph: Graph,
        inputs: Sequence[str] = (),
        by: By | None = None,
        basis: Basis | None = None,
    ) -> list[Concentrated]:
        """Return the figures of each market of some inputs, or of all; each basis by itself.

        Companies' shares are shown by provider and countries' by country, unless `by` says how:
        by country the companies of a country are added up, by provider countries are left out.

        Raises:
            UnknownInput: if one that is named is not there.
        """
        names = [graph.input(name).id for name in inputs] or list(graph.inputs)
        found = (line for name in names for line in figures(graph, name, by))
        return [line for line in found if basis in (None, line.basis)]

    def candidates(self, view: View, graph: Graph, cost: Cost | None = None) -> list[Placed]:
        """Return the measures that this node's records make possible."""
        reaches, providers = self.serving.reaches(view), self.catalogue.providers(view)
        return generated(reaches, providers, graph, cost)

    def homes(self, view: View, services: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the countries of those who run the providers of some services, or of all."""
        c = self.catalogue
        providers, suppliers, who = c.providers(view), c.suppliers(view), c.organisations(view)
        used = {
            name
            for each in self.serving.reaches(view)
            if not services or each.service in services or f"service:{each.service}" in services
            for name in each.providers
        }
        run = {suppliers[p.supplier].organisation for p in providers.values()
               if p.name in used and p.supplier in suppliers}  # fmt: skip
        return tuple(sorted({c for o in run if o in who and (c := who[o].country) is not None}))

    def ground(
        self,
        view: View,
        scenarios: Sequence[Scenario],
        placed: Sequence[Placed],
        wanted: Wanted,
        cost: Cost | None = None,
        tables: Sequence[str] = (),
    ) -> tuple[Ground, Wanted]:
        """Return what a plan stands on: the tables, and measures with those of this node's records.

        A scenario's `country` stands for the countries of those who run providers of the services.

        Raises:
            UnknownTable: if a table that is named is not there.
        """
        chosen = self.chosen(view, tables)
        own = self.candidates(view, graph_of(chosen), cost)
        countries = self.homes(view, list(wanted.services))
        filled = wanted.model_copy(update={"countries": countries})
        return Ground(chosen, scenarios, [*placed, *own]), filled

    def first_steps(
        self,
        view: View,
        service: str,
        scenarios: Sequence[Scenario],
        measures: Sequence[Placed] = (),
        most: int = 5,
    ) -> FirstSteps:
        """Return what to do first for a service, whatever it costs.

        Beside the measures given, those that this node's records make possible. A scenario's
        `country` stands for each country in which a provider of the service is at home. The
        newest kept plan that counts the service is named, to be cited.

        Raises:
            UnknownInput: if there is no such service.
            NothingToPlan: if it loses nothing under the scenarios.
        """
        graph = self.graph(view)
        terms = Terms(services={service: 1.0}, countries=self.homes(view, [service]))
        placed = [*measures, *self.candidates(view, graph)]
        found = first_steps(graph, scenarios, placed, terms, most)
        return found.model_copy(update={"plan": self.cited_plan(view, set(found.services))})

    def cited_plan(self, view: View, services: set[str]) -> CitedPlan | None:
        """Return the newest plan kept by this node that counts one of some services."""
        own = {each.id for each in view.own(Plan)}
        kept = [
            each
            for each in view.every(Plan)
            if each.record.id in own and services & each.record.services.keys()
        ]
        if not kept:
            return None
        entry, plan = kept[-1].entry, kept[-1].record
        return CitedPlan(
            entry=entry,
            measures=tuple(step.measure for step in plan.steps),
            budget=plan.budget,
            currency=plan.currency,
            same_facts=plan.graph_sha256 == graph_digest(self.chosen(view)),
        )


def figures(graph: Graph, name: str, by: By | None = None) -> Iterator[Concentrated]:
    """Yield the figures of each market of an input."""
    markets = graph.markets(name)
    for market in sorted(markets, key=lambda m: (-m.year, m.basis, m.type, m.source)):
        own: By = "country" if market.type == "country" else "provider"
        if by != "provider" or own == "provider":
            yield _line(graph, name, by or own, market)
    if not markets and graph.provisions.get(name):
        yield _line(graph, name, by or "provider", None)


def _line(graph: Graph, name: str, by: By, market: Market | None) -> Concentrated:
    shares = graph.markets(name)[market] if market else []
    unplaced = graph.unplaced(name, market)
    return Concentrated(
        input=name,
        title=graph.inputs[name].title,
        type=market.type if market else None,
        basis=market.basis if market else None,
        year=market.year if market else None,
        source=graph.citations.get(market.source) if market else None,
        figures=concentration(shares, graph.actors, by, unplaced),
    )
