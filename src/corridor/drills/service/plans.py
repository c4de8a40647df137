"""What a drill takes away, and what it watches."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from corridor.core.records import RecordId
from corridor.drills.errors import NoItems, NothingDepends
from corridor.drills.ports import Probe
from corridor.drills.records import Prediction, Rehearsed, Withdrawn
from corridor.drills.rules.running import others_of

NO_KEY = RecordId("")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a drill takes away, and what it watches."""

    supplier: str
    """Who withdraws; of a scenario who runs the first of what is lost."""
    lost: tuple[Withdrawn, ...]
    parts: Mapping[str, float]
    """By provider, which part of it is lost; of those that the services reach."""
    probes: tuple[Probe, ...]
    """One for each service and language that depends on what is lost."""
    reached: Mapping[str, tuple[str, ...]]
    """By service: the providers that its route may lead to."""
    scenario: Rehearsed | None = None
    """None where a supplier withdraws."""
    prediction: Prediction | None = field(default=None, repr=False)
    """What is foretold of it; kept when the drill begins."""
    key_prefix: str = ""
    key_id: RecordId = NO_KEY
    key: str = field(default="", repr=False)
    """The drill's own API key, for the services it watches, revoked at its end."""

    @property
    def services(self) -> tuple[str, ...]:
        """The services it watches."""
        return tuple(dict.fromkeys(probe.service for probe in self.probes))

    @property
    def others(self) -> dict[str, tuple[str, ...]]:
        """By service: the providers of its route of which something is left."""
        return {name: others_of(found, self.parts) for name, found in self.reached.items()}

    def items(self, wanted: int) -> int:
        """Return how many items of each language are to be asked; 0 if that is not said.

        Raises:
            NoItems: if there are none.
        """
        most = max(len(probe.items) for probe in self.probes)
        if wanted and not most:
            raise NoItems(f"Nobody knows items for {', '.join(self.services)} here.")
        return min(wanted, most)

    @property
    def cause(self) -> str:
        """What is lost, as people name it."""
        return self.supplier if self.scenario is None else str(self.scenario)

    @property
    def in_words(self) -> str:
        """What happens, as the beginning of a sentence."""
        if self.scenario is None:
            return f"{self.supplier} is withdrawn"
        return f"{self.scenario}: {', '.join(map(str, self.lost))} lost"

    def without(self, services: Sequence[str]) -> "Plan":
        """Return the plan for the other services alone; these keep all that they have.

        Raises:
            NothingDepends: if there are no others.
        """
        probes = tuple(probe for probe in self.probes if probe.service not in services)
        if not probes:
            raise NothingDepends(f"Without these services nothing rests on {self.cause}.")
        reached = {name: who for name, who in self.reached.items() if name not in services}
        return replace(self, probes=probes, reached=reached)

    def part_of(self, service: str) -> float:
        """Return which share of a service's requests may meet a loss, at most."""
        met = [self.parts[name] for name in self.reached[service] if name in self.parts]
        return 1.0 - math.prod(1.0 - part for part in met)

    def is_partly_lost(self, service: str) -> bool:
        """Tell whether a part of a provider that a service reaches is lost, and another is not."""
        return any(0.0 < self.parts.get(name, 0.0) < 1.0 for name in self.reached[service])
