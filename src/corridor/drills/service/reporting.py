"""Reporting: put together from records what a drill found, and work out what to do first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from corridor.catalogue import Catalogue, Provider
from corridor.core.clock import Clock
from corridor.core.errors import CorridorError, NotFound
from corridor.core.records import Entry, Record, RecordId
from corridor.core.store import Kept, View
from corridor.drills.records import (
    Cited,
    DrillCosts,
    DrillEnded,
    DrillProposed,
    DrillResult,
    DrillsJoined,
    DrillStarted,
    Prediction,
    Source,
    Withdrawn,
)
from corridor.drills.rules.contradictions import contradicted
from corridor.drills.rules.losses import PROVIDER
from corridor.drills.rules.reporting import (
    Advice,
    AdvisedOn,
    Listed,
    Report,
    left_open,
    listed,
    lost_of,
)
from corridor.evaluation import Evaluation
from corridor.gateway import PriceTable, Suspension
from corridor.supply_chain import Scenario, SupplyChain, library

RecordT = TypeVar("RecordT", bound=Record)
COUNTRY = "country"
GONE = "Nothing that was lost is on this node any more."
MOST_STEPS = 3
MOST_ADVISED = 3
"""Of so many services the report says what to do first: those in which least continued."""


@dataclass(frozen=True, slots=True)
class Reporting:
    """Report a drill, this node's own or one that a partner shared."""

    clock: Clock
    catalogue: Catalogue
    chain: SupplyChain

    def report(self, view: View, wanted: str) -> Report:
        """Return the report of a drill, by the id of its result or the beginning of it.

        Raises:
            NotFound: if there is none, or more than one.
        """
        drill = _Drill.of(view, self._kept(view, wanted))
        report = drill.report(view.identity.name, self.clock())
        if drill.result.entry.issuer == report.node:
            advice = tuple(self._advice(view, report))
            report = report.model_copy(update={"advice": advice})
        named = [*drill.named, *_plans(report.advice)]
        records = listed(named, _cited(view, report), report.node)
        return report.model_copy(update={"records": records})

    def _kept(self, view: View, wanted: str) -> Kept[DrillResult]:
        found = [k for k in view.every(DrillResult) if k.record.id.startswith(wanted)]
        if len(found) != 1 or not wanted:
            raise NotFound(
                f"{len(found)} drills have an id that begins with {wanted!r}.",
                hint="`corridor drill list --json` shows the ids in full.",
            )
        return found[0]

    def _advice(self, view: View, report: Report) -> Iterator[Advice]:
        """Yield what to do first for the services in which least continued."""
        tables = tuple(_shown_table(t.name, t.sha256) for t in self.chain.chosen(view))
        names = list(dict.fromkeys(line.service for line in report.lines))
        loss = self._loss(view, report)
        for service in names[:MOST_ADVISED]:
            if loss is None:
                yield Advice(service=service, of="loss", steps=None, why=GONE, tables=tables)
                continue
            under = self._first(view, service, [loss], "loss", tables)
            yield under
            if under.steps is None or not under.steps.steps:
                every = [s for s in library().values() if set(s.parameters) <= {COUNTRY}]
                yield self._first(view, service, every, "library", tables)

    def _first(
        self,
        view: View,
        service: str,
        scenarios: Sequence[Scenario],
        of: AdvisedOn,
        tables: tuple[str, ...],
    ) -> Advice:
        try:
            found = self.chain.first_steps(view, service, scenarios, most=MOST_STEPS)
        except CorridorError as error:  # nothing to plan, or the service is gone: that is said
            return Advice(service=service, of=of, steps=None, why=error.message, tables=tables)
        helping = tuple(each for each in found.steps if each.avoids_alone > 0)
        return Advice(
            service=service,
            of=of,
            steps=found.model_copy(update={"steps": helping}),
            tables=tables,
        )

    def _loss(self, view: View, report: Report) -> Scenario | None:
        """Return what the drill took away, as the supply chain has it; None if nothing of it is here."""
        parts: dict[str, float] = {}
        for name, each in self.catalogue.providers(view).items():
            taken = [w.part for w in lost_of(report.result) if w.target.name in _names(each, w)]
            if taken:
                parts[name] = max(taken)
        if not parts:
            return None
        return Scenario(
            name="this-drill",
            title="What this drill took away",
            disruptions=tuple(
                {"kind": "input", "inputs": [PROVIDER + name], "part": 100.0 * part}
                for name, part in parts.items()
            ),
        )


@dataclass(frozen=True, slots=True)
class _Drill:
    """The records of one drill, as far as they are here."""

    result: Kept[DrillResult]
    started: Kept[DrillStarted] | None
    ended: Kept[DrillEnded] | None
    suspension: Kept[Suspension] | None
    prediction: Kept[Prediction] | None
    costs: Kept[DrillCosts] | None
    joined: Kept[DrillsJoined] | None
    prices: tuple[Kept[PriceTable], ...]

    @classmethod
    def of(cls, view: View, kept: Kept[DrillResult]) -> "_Drill":
        result = kept.record
        drill_id = result.drill_id
        ends = view.every(DrillEnded, naming=drill_id) if drill_id else ()
        spent = view.every(DrillCosts, naming=result.id)
        costs = next((each for each in spent if each.record.result_id == result.id), None)
        prices = [_maybe(view, PriceTable, each) for each in _price_ids(costs)]
        return cls(
            result=kept,
            started=_maybe(view, DrillStarted, drill_id),
            ended=next((each for each in ends if each.record.drill_id == drill_id), None),
            suspension=_maybe(view, Suspension, result.suspension_id),
            prediction=_maybe(view, Prediction, result.prediction_id),
            costs=costs,
            joined=_joined(view, kept),
            prices=tuple(each for each in prices if each is not None),
        )

    @property
    def named(self) -> list[tuple[str, Entry]]:
        """Where each lies, and what it is."""
        found = (
            ("What this drill found", self.result),
            ("What it was foretold to find", self.prediction),
            ("That the drill began, and how far it was to go", self.started),
            ("The first suspension in its name", self.suspension),
            ("That the drill ended, and how", self.ended),
            ("What live requests cost", self.costs),
            *(("Prices of tokens", each) for each in self.prices),
            ("What this node had of the others' parts", self.joined),
        )
        return [(what, each.entry) for what, each in found if each is not None]

    def report(self, node: str, now: datetime) -> Report:
        """Return the report without its records, and without what to do first."""
        result = self.result.record
        found = contradicted(self.prediction.record, result) if self.prediction else ()
        return Report(
            node=node,
            issuer=self.result.entry.issuer,
            made_at=now,
            result=result,
            lost=tuple(str(each) for each in lost_of(result)),
            prediction=self.prediction.record if self.prediction else None,
            contradictions=found,
            costs=self.costs.record if self.costs else None,
            joined=self.joined.record if self.joined else None,
            priced_from={each.record.id: each.record.valid_from for each in self.prices},
            left_open=tuple(left_open(result.lines, found)),
        )


def _joined(view: View, kept: Kept[DrillResult]) -> Kept[DrillsJoined] | None:
    """Return what the drill's node signed last of the drill of several that this is a part of."""
    proposal = kept.record.proposal
    if proposal is None:
        return None
    every = list(view.every(DrillsJoined, kept.entry.issuer, naming=proposal.record_id))
    return next((each for each in reversed(every) if each.record.proposal == proposal), None)


def _maybe(view: View, kind: type[RecordT], record_id: RecordId | None) -> Kept[RecordT] | None:
    """Return a record that may not be here: it is of before, or was not shared."""
    try:
        return view.find(kind, record_id) if record_id else None
    except NotFound:
        return None


def _cited(view: View, report: Report) -> Iterator[Listed]:
    """Yield what the drill names of others and of evidence; what is not here, as it is named."""
    here = {each.record_id: each for each in view.entries()}
    for what, kind, source in (*_parts(report), *_sources(report)):
        entry = here.get(source.record_id)
        yield Listed(
            number=0,
            what=what,
            kind=entry.kind if entry else kind,
            record_id=source.record_id,
            issuer=source.issuer,
            position=source.position,
            sha256=source.sha256,
            made_at=entry.made_at if entry else None,
            own=source.issuer == report.node,
        )


def _names(provider: Provider, lost: Withdrawn) -> tuple[str, ...]:
    """Return by which name a provider is meant where something of a kind is lost."""
    known = {
        "provider": provider.name,
        "supplier": provider.supplier,
        "model": provider.model,
        "model_sha256": provider.model_sha256,
    }
    name = known.get(lost.target.kind)
    return (name,) if name else ()


def _price_ids(costs: Kept[DrillCosts] | None) -> Iterable[RecordId]:
    spent = (costs.record.before, costs.record.during) if costs else ()
    return dict.fromkeys(each for part in spent for each in part.price_ids)


def _plans(advice: Iterable[Advice]) -> Iterator[tuple[str, Entry]]:
    for each in advice:
        if each.steps is not None and each.steps.plan is not None:
            yield "A plan of what to do within a budget", each.steps.plan.entry


def _parts(report: Report) -> Iterator[tuple[str, str, Cited]]:
    if report.result.proposal is not None:
        yield "The proposal of the drill of several", DrillProposed.kind, report.result.proposal
    for part in report.joined.others if report.joined else ():
        if part.result is not None:
            yield f"What the part of {part.node} found", DrillResult.kind, part.result


def _sources(report: Report) -> Iterator[tuple[str, str, Source]]:
    for line in report.result.lines:
        said = [(q.provider, q.source) for q in (line.before, line.after)]
        for provider, source in (*said, *((t.provider, t.source) for t in line.takers)):
            if source is not None:
                yield f"Evaluation of {provider} in {line.language}", Evaluation.kind, source


def _shown_table(name: str, sha256: str) -> str:
    return name if set(sha256) == {"0"} else f"{name} (sha256:{sha256})"
