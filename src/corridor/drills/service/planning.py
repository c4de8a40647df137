"""Planning: foretell from records alone what a loss will leave of each service in each language.

Nothing has to run, and nothing is changed. What is foretold holds for the routes, access, evidence
and traffic of the moment; whoever is asked and fails without being lost is no part of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from corridor.core.records import Visibility
from corridor.core.store import Transaction, View
from corridor.drills.errors import NoSuchPrediction
from corridor.drills.records import Check, Contradiction, DrillResult, Figure, Prediction, Readiness
from corridor.drills.rules.contradictions import contradicted
from corridor.drills.rules.ground import Asked
from corridor.drills.service.ground import Reader
from corridor.gateway import Handled
from corridor.supply_chain import Scenario


@dataclass(frozen=True, slots=True)
class Planning:
    """Foretell what a loss will leave of each service in each language."""

    reader: Reader

    def plan(self, view: View, scenario: Scenario, asked: Asked) -> Prediction:
        """Return what a scenario will leave.

        Raises:
            BadScenario: if it names what is not there, or lacks a parameter.
            UnknownService, NotFound: if the service that is named is not there or has no route.
            NothingLive: if nothing that a service rests on is touched.
            NoEvidence: if nothing is known of what would answer, in no language.
        """
        # Only here, and below: NumPy is not taken in by what starts often, such as the gateway.
        from corridor.drills.service.foretelling import foretold

        return foretold(self.reader, view, scenario, asked)

    def plan_without(self, view: View, supplier: str, asked: Asked) -> Prediction:
        """Return what the withdrawal of a supplier will leave.

        Raises:
            NothingLive: if no route leads to the supplier, with the nearest names.
            UnknownService, NotFound, NoEvidence: as for `plan`.
        """
        from corridor.drills.service.foretelling import foretold_without

        return foretold_without(self.reader, view, supplier, asked)

    def plan_closed(
        self, view: View, title: str, providers: Sequence[str], cause: str
    ) -> Prediction:
        """Return what the closing of some providers leaves, measured against how it was before its cause.

        Raises:
            NothingLive, NotFound, NoEvidence: as for `plan`.
        """
        from corridor.drills.service.foretelling import foretold_closed

        return foretold_closed(self.reader, view, title, providers, cause)

    def endured(
        self, view: View, before: Sequence[Handled], during: Sequence[Handled]
    ) -> dict[tuple[str, str], Figure]:
        """Return by service and language what continued, from requests before a loss and during it."""
        from corridor.drills.rules.enduring import endured

        return endured(self.reader.read(view), before, during)

    def plan_all(self, view: View, scenarios: Sequence[Scenario], asked: Asked) -> Readiness:
        """Return what each scenario will leave of each service, the worst first.

        A parameter `country` that is not given stands for each country in which a provider is at
        home, in turn. Evidence and routes are read once.

        Raises:
            UnknownService, NotFound: if the service that is named is not there or has no route.
            BadScenario: if a scenario lacks another parameter, or names what is not there.
        """
        from corridor.drills.service.foretelling import readiness

        return readiness(self.reader, view, scenarios, asked)

    def keep(
        self, tx: Transaction, found: Prediction, visibility: Visibility = "internal"
    ) -> Prediction:
        """Sign a prediction and keep it, to be held against what a drill measures."""
        return keep(tx, found, visibility)

    def predictions(self, view: View) -> list[Prediction]:
        """Return this node's kept predictions, oldest first."""
        return list(view.own(Prediction))

    def prediction(self, view: View, record_id: str) -> Prediction:
        """Return a kept prediction, by its id or the beginning of it.

        Raises:
            NoSuchPrediction: if there is none, or more than one.
        """
        found = [each for each in self.predictions(view) if each.id.startswith(record_id)]
        if len(found) != 1 or not record_id:
            raise NoSuchPrediction(
                f"{len(found)} predictions have an id that begins with {record_id!r}."
            )
        return found[0]

    def contradictions(
        self, prediction: Prediction, result: DrillResult
    ) -> tuple[Contradiction, ...]:
        """Return where a drill measured otherwise than was foretold: the model or evidence is wrong."""
        return contradicted(prediction, result)

    def checks(self, view: View, prediction: Prediction, result: DrillResult) -> tuple[Check, ...]:
        """Return what was foretold beside what the drill's probes measured, where they measured."""
        from corridor.drills.service.checking import checks

        return checks(view, prediction, result)


def keep(tx: Transaction, found: Prediction, visibility: Visibility) -> Prediction:
    """Sign a prediction and keep it."""
    kept = found.model_copy(update={"visibility": visibility})
    tx.append(kept)
    tx.audit("drill.predict", kept.scenario.name, record=kept.id)
    return kept
