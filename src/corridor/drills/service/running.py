"""The running of a drill: withdraw a supplier at the live gateway, probe, restore, conclude."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from corridor.access import ApiKey, ApiKeys, People
from corridor.catalogue import Catalogue
from corridor.core.clock import Clock
from corridor.core.errors import NotFound
from corridor.core.records import RecordId
from corridor.core.store import Transaction, View
from corridor.drills.errors import NodeDown, NoDrillAccess, NothingDepends
from corridor.drills.ports import Probe, Probed, Prober
from corridor.drills.records import (
    DrillResult,
    DrillStarted,
    Ending,
    Figure,
    Line,
    Measured,
    Prediction,
    Quality,
    Source,
)
from corridor.drills.rules import figures, running
from corridor.drills.rules.live import BEFORE_SECONDS, PROBE_LABEL, Account
from corridor.drills.rules.loss import Taken
from corridor.drills.service.asking import Asking
from corridor.drills.service.course import Course
from corridor.drills.service.live import costs_of, with_live
from corridor.drills.service.plans import Plan
from corridor.drills.service.recovering import recovered_seconds, setbacks
from corridor.drills.service.weighing import beside, continued
from corridor.drills.settings import DrillSettings
from corridor.evaluation import Evaluation, Evaluator, Question, Quizzes
from corridor.gateway import Gateway, Handled, Route

DEFAULT_QUESTION = "What is the capital of Japan?"
SUITE = "parallel-facts"
CHECK_PAUSE_SECONDS = 0.1
KEY_MARGIN = timedelta(hours=24)
"""A drill's key ends by itself so long after the drill, which revokes it: a clock put forward does not end it."""
GATEWAY_FAILURES = ("status 502", "status 503", "status 504")
"""A gateway whose providers all fail is one that answers: that is what a drill is to show."""


@dataclass(frozen=True, slots=True)
class Drills:
    """Rehearse the loss of a supplier on the running node, and measure what continues."""

    settings: DrillSettings
    clock: Clock
    catalogue: Catalogue
    evaluator: Evaluator
    gateway: Gateway
    keys: ApiKeys
    people: People
    quizzes: Quizzes

    def plan(
        self,
        view: View,
        taken: Taken,
        service: str | None = None,
        prediction: Prediction | None = None,
    ) -> Plan:
        """Find what depends on what is taken away.

        Raises:
            NothingDepends: if no service (or not the named one) has any of it in its route.
        """
        providers = self.catalogue.providers(view)
        named = {self.gateway.service(view, service).name} if service else None
        reached: dict[str, tuple[str, ...]] = {}
        for name, route in self.gateway.routes(view).items():
            leads_to = tuple(each for each in _reached(route, providers) if each in providers)
            if taken.parts.keys().isdisjoint(leads_to) or (named is not None and name not in named):
                continue
            reached[name] = leads_to
        if not reached:
            wanted = taken.supplier or ", ".join(sorted(taken.parts))
            raise NothingDepends(f"No service's route leads to {wanted}.")
        names = sorted({each for found in reached.values() for each in found} & taken.parts.keys())
        lost = taken.lost(names)
        first = lost[0].target
        return Plan(
            first.name if first.kind == "supplier" else providers[first.name].supplier,
            lost,
            {name: taken.parts[name] for name in names},
            tuple(self._probes(view, reached)),
            reached,
            taken.scenario,
            prediction,
        )

    def keyed(self, tx: Transaction, plan: Plan, lasting: timedelta) -> Plan:
        """Return a plan with a key to probe with, for as long as the drill lasts.

        Raises:
            NoDrillAccess: if the drill has no principal and project to ask as.
        """
        record, key = self._key(tx, plan.services, lasting + KEY_MARGIN)
        mixed = tuple(running.shuffled(probe, record.id) for probe in plan.probes)
        return replace(plan, probes=mixed, key_prefix=record.prefix, key_id=record.id, key=key)

    async def check(self, plan: Plan, prober: Prober) -> None:
        """Make sure that the gateway answers, and knows the drill's key.

        Raises:
            NodeDown: if it does not, or another program answers in its place.
        """
        reason = ""
        for _ in range(1 + int(self.settings.check_seconds / CHECK_PAUSE_SECONDS)):
            found = await prober.ask(plan.probes[0])
            if found.error is None or found.error in GATEWAY_FAILURES:
                return
            if found.error == "status 403":
                raise NoDrillAccess(
                    f"{self.settings.principal} may not use {plan.probes[0].service} in "
                    f"{plan.probes[0].language}."
                )
            if not found.error.startswith("status"):
                raise NodeDown(f"The node's gateway does not answer ({found.error}).")
            reason = found.error
            await asyncio.sleep(CHECK_PAUSE_SECONDS)  # until the gateway has read the key's record
        raise NodeDown(f"What answers at the node's address is not its gateway ({reason}).")

    def asking(self, plan: Plan, prober: Prober, course: Course, items: int = 0) -> Asking:
        """Return how a drill asks its probes; so many items of each language, if that is said."""
        return Asking(self.settings, plan, prober, course, items)

    def conclude(
        self,
        tx: Transaction,
        plan: Plan,
        course: Course,
        started: DrillStarted | None = None,
        how: Ending = "finished",
        why: str = "",
    ) -> DrillResult:
        """Sign what was found."""
        ended = course.ended_at or self.clock()
        account = self._account(tx, plan, course, ended)
        handled = [
            item
            for item in account.handled
            if course.started_at.timestamp() <= item.at <= ended.timestamp()
        ]
        lines = tuple(self._line(tx, plan, course, probe, handled) for probe in plan.probes)
        result = DrillResult(
            made_at=ended,
            visibility="partners",
            supplier=plan.supplier,
            started_at=course.started_at,
            withdrawn_at=course.withdrawn_at or ended,
            restored_at=course.restored_at or ended,
            ended_at=ended,
            suspension_id=course.suspension.id if course.suspension else RecordId("0" * 32),
            lines=lines,
            requests=running.counted(handled),
            probes=running.counted(h for h in handled if h.caller == PROBE_LABEL).sent,
            switch_seconds=running.slowest(
                line.switch_seconds for line in lines if line.was_lost is not False
            ),
            recovered_seconds=recovered_seconds(plan, course),
            worst_case=figures.worst_of(lines),
            drill_id=started.id if started else None,
            stages=started.stages if started else (),
            how=how,
            why=why[:500],
            entered_at=tuple(course.entered_at),
            proposal=started.proposal if started else None,
            scenario=plan.scenario,
            lost=plan.lost,
            prediction_id=plan.prediction.id if plan.prediction else None,
            returned_at=course.returned_at,
            setbacks=setbacks(plan, course),
        )
        result = with_live(result, account, partial(self._judged, tx))
        tx.append(result)
        tx.append(costs_of(result, account))
        return result

    def close(self, tx: Transaction, plan: Plan) -> None:
        """Take the drill's key back, however the drill went."""
        in_force = {key.prefix for key, state in self.keys.keys(tx) if state == "in_force"}
        if plan.key_prefix in in_force:
            self.keys.revoke(tx, plan.key_prefix, "drill over")

    def results(self, view: View) -> list[DrillResult]:
        """Return this node's drills, oldest first."""
        return list(view.own(DrillResult))

    def result(self, view: View, record_id: str) -> DrillResult:
        """Return one drill, by its id or the beginning of it.

        Raises:
            NotFound: if there is none, or more than one.
        """
        found = [result for result in self.results(view) if result.id.startswith(record_id)]
        if len(found) != 1 or not record_id:
            raise NotFound(
                f"{len(found)} drills have an id that begins with {record_id!r}.",
                hint="`corridor drill list --json` shows the ids in full.",
            )
        return found[0]

    def _line(
        self,
        view: View,
        plan: Plan,
        course: Course,
        probe: Probe,
        handled: Sequence[Handled],
    ) -> Line:
        mine = course.of(probe)
        withdrawn = (course.withdrawn_at or self.clock()).timestamp()
        restored = (course.restored_at or self.clock()).timestamp()
        suite = self._suite(view, probe.service)
        answered = [p for p in mine if p.ended < withdrawn]
        before = self._quality(view, probe.language, answered, suite=suite)
        # An answer of the withdrawn supplier was on its way before the gateway had noticed; of those
        # asked shortly before the restoration, the answers of others count, however slow.
        left = {None, *plan.others[probe.service]}
        during = [p for p in mine if withdrawn <= p.began < restored and p.provider in left]
        others = running.others_of(plan.reached[probe.service], plan.parts, before.provider)
        after = self._quality(view, probe.language, during, like=before.source)
        was_lost = None if before.provider is None else before.provider in plan.parts
        asked = [h for h in handled if (h.target, h.language) == (probe.service, probe.language)]
        return Line(
            service=probe.service,
            language=probe.language,
            before=before,
            after=after,
            continuity=continued(
                view,
                lambda name: self._evidence(view, name, probe.language, before.source, ""),
                (answered, during),
                before,
                by_lot=plan.is_partly_lost(probe.service),
            ),
            requests=running.counted(asked),
            switch_seconds=None
            if was_lost is False
            else running.first_of(
                running.switched_after(mine, withdrawn, others),
                running.answered_after(asked, withdrawn, others),
            ),
            measured=_measured(answered, during),
            was_lost=was_lost,
        )

    def _account(self, view: View, plan: Plan, course: Course, ended: datetime) -> Account:
        """Return requests to the watched services, some time before the withdrawal among them."""
        withdrawn = course.withdrawn_at or ended
        since = min(course.started_at, withdrawn - timedelta(seconds=BEFORE_SECONDS))
        now = course.clock() if course.clock is not None else self.clock()
        return Account(
            course.handled(view, self.gateway, since, max(ended, now), plan.services),
            plan.others,
            withdrawn.timestamp(),
            (course.restored_at or ended).timestamp(),
            [name for name, part in plan.parts.items() if part < 1.0],
        )

    def _judged(self, view: View, line: Line, name: str) -> tuple[Quality, Figure]:
        suite = self._suite(view, line.service)
        quality = self._evidence(view, name, line.language, line.before.source, suite)
        return quality, beside(view, line.before, quality)

    def _quality(
        self,
        view: View,
        language: str,
        probes: Sequence[Probed],
        like: Source | None = None,
        suite: str = "",
    ) -> Quality:
        name = running.usual_provider(probes)
        if name is None:
            # Asked and not answered is zero; never asked is not known.
            nothing = figures.NOTHING if probes else figures.UNKNOWN
            return Quality(provider=None, figure=nothing, source=None)
        return self._evidence(view, name, language, like, suite)

    def _evidence(
        self, view: View, name: str, language: str, like: Source | None, suite: str
    ) -> Quality:
        """Return what the evidence says of a provider; of what `like` can be compared with, if given."""
        provider = self.catalogue.provider(view, name)
        other = view.find(Evaluation, like.record_id).record if like else None
        kept = self.evaluator.evidence(
            view, provider.model_sha256, language, like=other, suite=suite
        )
        if kept is None:
            return Quality(provider=name, figure=figures.UNKNOWN, source=None)
        figure: Figure = figures.figure_of(kept.record.score)
        source = Source(
            issuer=kept.entry.issuer,
            record_id=kept.record.id,
            position=kept.entry.position,
            sha256=kept.entry.sha256,
            n=kept.record.n,
        )
        return Quality(provider=name, figure=figure, source=source)

    def _suite(self, view: View, service: str) -> str:
        """Return the suite that a service's route rests on; empty where it rests on none."""
        route = self.gateway.routes(view).get(service)
        return route.requirement.suite if route and route.requirement else ""

    def _probes(self, view: View, reached: Mapping[str, tuple[str, ...]]) -> Iterator[Probe]:
        for name, leads_to in reached.items():
            for language in self.gateway.service(view, name).languages:
                items = self._items(view, name, language, leads_to)
                yield Probe(name, language, self._question(language), items)

    def _key(
        self, tx: Transaction, services: Sequence[str], lasting: timedelta
    ) -> tuple[ApiKey, str]:
        """Make the drill's key: it asks as a principal of its own, with grants as any other."""
        name, project = self.settings.principal, self.settings.project
        known = {each.name for each in self.people.people(tx) if each.active}
        if name not in known or project not in self.people.projects(tx):
            raise NoDrillAccess(f"There is no principal {name!r} with a project {project!r}.")
        return self.keys.issue(tx, name, project, PROBE_LABEL, services, lasting)

    def _items(
        self, view: View, service: str, language: str, reached: Sequence[str]
    ) -> tuple[Question, ...]:
        """Return items of the suite that a service's evidence in a language rests on."""
        providers, suite = self.catalogue.providers(view), self._suite(view, service)
        for name in reached:
            digest = providers[name].model_sha256
            kept = self.evaluator.evidence(view, digest, language, suite=suite)
            if kept is not None:
                return self.quizzes.questions(view, kept.record.suite, name, language)
        return ()

    def _question(self, language: str) -> str:
        shots = self.evaluator.suite(SUITE).shots.get(language, ())
        return shots[0].question if shots else DEFAULT_QUESTION


def _measured(before: Sequence[Probed], during: Sequence[Probed]) -> Measured | None:
    # Only here: it takes in NumPy, and a node that serves does without.
    from corridor.drills.rules.measuring import measured

    return measured(before, during)


def _reached(route: Route, every: Iterable[str]) -> Iterable[str]:
    """Return the providers that a route may lead to, in any language."""
    return (route.requirement.among or every) if route.requirement else route.providers
