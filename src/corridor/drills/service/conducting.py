"""A whole drill, from what is foretold to what it contradicts, whoever asks for it."""

from dataclasses import dataclass, replace

from corridor.core.errors import NotFound
from corridor.core.store import Store
from corridor.drills.ports import Probing
from corridor.drills.records import Contradiction, DrillResult, Prediction
from corridor.drills.rules.ground import Asked
from corridor.drills.rules.loss import Loss
from corridor.drills.service.holding import Begun, Halt, Holding, Told, Wanted, unheard
from corridor.drills.service.planning import Planning
from corridor.drills.service.rehearsals import Rehearsals
from corridor.drills.service.running import Drills, Plan


@dataclass(frozen=True, slots=True)
class Conducted:
    """What a drill was foretold to leave, what it found, and where both exclude each other."""

    result: DrillResult
    prediction: Prediction | None
    """None where nothing could be foretold."""
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
        """Hold a drill. What it will leave is foretold by access as the process knows it, and kept first.

        `halt` ends it before its time; `begun` is called once it is certain that it begins.

        Raises:
            NothingDepends: if no service (or not the named one) rests on what is lost.
            NoDrillAccess, NodeDown, DrillRuns, IncidentRuns, TouchesTooMuch, NeedsSecond, NoStages,
            PartBegan, StoreUnavailable: as `Holding.hold`.
        """
        prediction = self._foretold(store, loss, told)
        wanted = replace(wanted, prediction_id=prediction.id if prediction else None)
        plan = self._planned(store, loss, wanted)
        prober = self.probing.to(plan.key)
        holding = Holding(store, self.drills, self.rehearsals, prober, told, halt or Halt(), begun)
        result = await self._held(holding, plan, wanted)
        found = self.planning.contradictions(prediction, result) if prediction else ()
        return Conducted(result, prediction, tuple(found))

    def _foretold(self, store: Store, loss: Loss, told: Told) -> Prediction | None:
        """Foretell and keep what the drill will leave; None where nothing can be foretold."""
        asked = Asked(loss.parameters, loss.home, loss.service)
        with store.transaction("drill") as tx:
            try:
                found = self.planning.plan_without(tx, loss.supplier, asked)
            except NotFound as error:
                told(f"Nothing is foretold: {error.message}")
                return None
            return self.planning.keep(tx, found, "partners")

    def _planned(self, store: Store, loss: Loss, wanted: Wanted) -> Plan:
        with store.transaction("drill") as tx:
            plan = self.drills.plan(tx, loss.supplier, wanted.lasting, loss.service)
            return plan.without(wanted.agreed.without) if wanted.agreed else plan

    async def _held(self, holding: Holding, plan: Plan, wanted: Wanted) -> DrillResult:
        try:
            return await holding.hold(plan, wanted)
        finally:
            await holding.prober.close()
            with holding.store.transaction("drill") as tx:
                self.drills.close(tx, plan)
