"""Whether a person may do something with services beside using them: by the node's policies alone.

Nothing is permitted that no policy permits, whatever roles the person has. Nothing is remembered:
a policy, a person or an identity that changes counts for the very next question.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from corridor.access.errors import NotPermitted
from corridor.access.records import Act, ActFacts, Permit, Principal
from corridor.access.rules.secrets import Secrets
from corridor.access.service.people import People
from corridor.access.service.policies import Policies
from corridor.core.clock import Clock
from corridor.core.store import View


@dataclass(frozen=True, slots=True)
class Permitting:
    """Say what a person may do with services."""

    clock: Clock
    secrets: Secrets
    policies: Policies
    people: People

    def permit(
        self,
        view: View,
        person: Principal,
        act: Act,
        services: Sequence[str],
        share: float,
        critical: Collection[str] = (),
    ) -> Permit:
        """Return that a person may do something with each of some services.

        `share` is which part of their live requests it concerns, at most.

        Raises:
            NotPermitted: if the policies do not permit it on one of them.
        """
        policies, level = (
            self.policies.in_force(view),
            self.people.identity_level(view, person.name),
        )
        by = dict[str, None]()
        for service in services:
            facts = ActFacts(
                organisation=person.organisation,
                roles=tuple(person.roles),
                identity_level=level,
                critical=service in critical,
                share_percent=math.ceil(round(100 * share, 6)),
                hour=self.clock().hour,
            )
            ruling = policies.rule_act(act, person.name, service, facts)
            if not ruling.allowed:
                raise NotPermitted(
                    f"{person.name} may not do {act} on {service}: {', '.join(ruling.reasons)}."
                )
            by |= dict.fromkeys(ruling.policies)
        pseudonym = self.pseudonym(view, person.name)
        return Permit(person.name, pseudonym, tuple(by), policies.version)

    def pseudonym(self, view: View, name: str) -> str:
        """Return who a person is in records of this node that others may see."""
        return self.secrets.pseudonym(name, view.identity.name)
