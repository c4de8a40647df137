"""A whole drill, from what is foretold to what it contradicts, whoever asks for it."""

from dataclasses import dataclass

from corridor.core.store import Store, View
from corridor.drills.ports import Probing
from corridor.drills.records import Contradiction, DrillResult, Prediction
from corridor.drills.rules.ground import Asked
from corridor.drills.rules.loss import Loss, taken_by
from corridor.drills.service.holding import Begun, Halt, Holding, Told, Wanted, bury, unheard
from corridor.drills.service.planning import Planning
from corridor.drills.service.plans import Plan
from corridor.drills.service.rehearsals import Rehearsals
from corridor.drills.service.running import Drills


@dataclass(frozen=True, slots=True)
class Conducted:
    """What a drill was foretold to leave, what it found, and where both exclude each other."""

    result: DrillResult
    prediction: Prediction
    contradictions: tuple[Contradiction, ...]


@dataclass(frozen=True, slots=True)
class Conducting:
    """Foretell a loss, rehearse it on the running node, and hold the one against the other."""

    drills: Drills
    rehearsals: Rehearsals
    planning: Planning
    probing: Probing

    async def conduct(
        self,
        store: Store,
        loss: Loss,
        wanted: Wanted,
        told: Told,
        *,
        halt: Halt | None = None,
        begun: Begun = unheard,
    ) -> Conducted:
        """Hold a drill. What it will leave is foretold first, by access as the process knows it.

        Nothing is kept, and no key made, before it is certain that the drill may begin.

        `halt` ends it before its time; `begun` is called once it is certain that it begins.

        Raises:
            BadScenario, UnknownService, NotFound, NobodyAnswers, NothingLive, NoEvidence: as `Planning.plan`.
            NothingDepends: if no service (or not the named one) rests on what is lost.
            NoDrillAccess, NodeDown, DrillRuns, IncidentRuns, TouchesTooMuch, NeedsSecond, NoStages,
            PartBegan, NoItems, NotPermitted, StoreUnavailable: as `Holding.hold`.
        """
        await bury(store, self.rehearsals, told)
        plan, prediction = self._planned(store, loss, wanted)
        prober = self.probing.to(plan.key)
        holding = Holding(store, self.drills, self.rehearsals, prober, told, halt or Halt(), begun)
        result = await self._held(holding, plan, wanted)
        return Conducted(result, prediction, self.planning.contradictions(prediction, result))

    def _foretold(self, view: View, loss: Loss) -> Prediction:
        asked = Asked(loss.parameters, loss.home, loss.service, day=loss.day)
        if loss.scenario is not None:
            return self.planning.plan(view, loss.scenario, asked)
        return self.planning.plan_without(view, loss.supplier or "", asked)

    def _planned(self, store: Store, loss: Loss, wanted: Wanted) -> tuple[Plan, Prediction]:
        """Return what the drill does, with a key, and what it will leave."""
        with store.view() as view:
            prediction = self._foretold(view, loss)
            taken = taken_by(prediction, loss)
            plan = self.drills.plan(view, taken, loss.service, prediction)
            plan = plan.without(wanted.agreed.without) if wanted.agreed else plan
            self._check(view, plan, wanted)
        with store.transaction("drill") as tx:
            return self.drills.keyed(tx, plan, wanted.lasting), prediction

    def _check(self, view: View, plan: Plan, wanted: Wanted) -> None:
        """Check that the drill may begin, and that who asks may begin it: that first."""
        rehearsals, stages = self.rehearsals, wanted.stages
        plan.items(wanted.items)
        rehearsals.permitted(view, wanted.person, "drill.start", plan.services, stages)
        rehearsals.check(view, plan, stages, wanted.second_key, wanted.agreed, wanted.person)

    async def _held(self, holding: Holding, plan: Plan, wanted: Wanted) -> DrillResult:
        try:
            return await holding.hold(plan, wanted)
        finally:
            await holding.prober.close()
            with holding.store.transaction("drill") as tx:
                self.drills.close(tx, plan)
