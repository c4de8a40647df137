"""A whole drill, from what is foretold to what it contradicts, whoever asks for it."""

from dataclasses import dataclass, replace

from corridor.core.errors import NotFound
from corridor.core.store import Store
from corridor.drills.ports import Probing
from corridor.drills.records import Contradiction, DrillResult, Prediction
from corridor.drills.rules.ground import Asked
from corridor.drills.rules.loss import Loss
from corridor.drills.service.holding import Holding, Told, Wanted
from corridor.drills.service.planning import Planning
from corridor.drills.service.rehearsals import Rehearsals
from corridor.drills.service.running import Drills


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

    async def conduct(self, store: Store, loss: Loss, wanted: Wanted, told: Told) -> Conducted:
        """Hold a drill. What it will leave is foretold by access as the process knows it, and kept first.

        Raises:
            NothingDepends: if no service (or not the named one) rests on what is lost.
            NoDrillAccess, NodeDown, DrillRuns, IncidentRuns, TouchesTooMuch, NeedsSecond, NoStages,
            StoreUnavailable: as `Holding.hold`.
        """
        prediction = self._foretold(store, loss, told)
        wanted = replace(wanted, prediction_id=prediction.id if prediction else None)
        result = await self._held(store, loss, wanted, told)
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

    async def _held(self, store: Store, loss: Loss, wanted: Wanted, told: Told) -> DrillResult:
        with store.transaction("drill") as tx:
            plan = self.drills.plan(tx, loss.supplier, wanted.lasting, loss.service)
        prober = self.probing.to(plan.key)
        try:
            return await Holding(store, self.drills, self.rehearsals, prober, told).hold(
                plan, wanted
            )
        finally:
            await prober.close()
            with store.transaction("drill") as tx:
                self.drills.close(tx, plan)
