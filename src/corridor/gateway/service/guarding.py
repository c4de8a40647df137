"""Setting guards: which policy each service has, and what a policy would find in a text."""

from collections.abc import Mapping
from dataclasses import dataclass

from corridor.core.clock import Clock
from corridor.core.store import Transaction, View
from corridor.gateway.errors import UnknownService
from corridor.gateway.records import ALL, GuardPolicy, GuardStep, Service
from corridor.gateway.rules.guards.finding import DETECTORS, Found, found_in
from corridor.gateway.rules.guards.plans import Plan, plans_of


@dataclass(frozen=True, slots=True)
class Guarding:
    """Say which guards requests and answers go through."""

    clock: Clock

    def guard(self, tx: Transaction, service: str, steps: tuple[GuardStep, ...]) -> GuardPolicy:
        """Set the guards of a service, or of all (`*`); the same again changes nothing.

        Raises:
            UnknownService: if there is no such service.
        """
        present = self.stated(tx).get(service)
        if present is not None and present.steps == steps:
            return present
        if service != ALL and all(each.name != service for each in tx.own(Service)):
            raise UnknownService(f"There is no service {service!r}.")
        policy = GuardPolicy(made_at=self.clock(), service=service, steps=steps)
        tx.append(policy)
        tx.audit("guard.set", service, steps=" ".join(step.guard for step in steps))
        return policy

    def guards(self, view: View) -> dict[str, GuardPolicy]:
        """Return the policies by service, those without a step left out."""
        return {name: policy for name, policy in self.stated(view).items() if policy.steps}

    def plans(self, view: View) -> Mapping[str, Plan]:
        """Return what requests to each service go through."""
        policies = self.guards(view)
        return plans_of(policies, [each.name for each in view.own(Service)]) if policies else {}

    def stated(self, view: View) -> dict[str, GuardPolicy]:
        """Return the last policy of each service, also one without a step."""
        return {policy.service: policy for policy in view.own(GuardPolicy)}

    def seen(self, text: str) -> tuple[Found, ...]:
        """Return what all detectors find in a text."""
        return found_in(text, tuple(DETECTORS.values()))
