"""Which parts of a node's own work wait until there is something for them to do.

A node that only answers callers does without the exchange with partners, drills, incidents and
evaluations, and holds nothing of their code, until a record of what they are about arrives.
"""

from dataclasses import dataclass, field

from corridor.core.store import View
from corridor.edge.runtime import Runtime
from corridor.federation import Federation


@dataclass(frozen=True, slots=True)
class Later:
    """A loop that is begun, and its code taken in, once the node has something for it."""

    name: str
    place: str
    """Its module, and its function there."""
    kinds: tuple[str, ...]
    """A record of one of these kinds, whoever issued it, makes it wanted for good."""
    folder: str = ""
    """So does a folder of this name in the node's own."""
    with_peers: bool = False
    """So do witnesses that are no partners, and a log that is held."""


PARTNERS = ("federation.partner",)
LATER = (
    Later("federation", "corridor.federation.jobs:keep_synced", PARTNERS),
    Later("witness", "corridor.federation.jobs:keep_witnessed", PARTNERS, with_peers=True),
    Later("recovery", "corridor.federation.jobs:keep_recovering", PARTNERS, with_peers=True),
    Later(
        "reminders",
        "corridor.access.jobs:keep_reminded",
        ("access.request", "access.tier_request", "access.grant"),
    ),
    Later("embargoes", "corridor.assurance.jobs:keep_disclosed", ("assurance.finding",)),
    Later("incidents", "corridor.gateway.jobs:keep_watching", ("gateway.guard_watch",)),
    Later(
        "drills",
        "corridor.drills.jobs:keep_ended",
        (
            "drills.started",
            "drills.proposed",
            "drills.incident",
            "gateway.suspension",
            "gateway.suspension_proposed",
        ),
    ),
    Later("parts of drills", "corridor.drills.jobs:keep_parts", ("drills.proposed",)),
    Later("schedules", "corridor.drills.jobs:keep_scheduled", ("drills.schedule",)),
    Later("journals", "corridor.evaluation.jobs:keep_journals_short", (), folder="evaluation"),
)


@dataclass(slots=True)
class Waiting:
    """The parts that nothing has made wanted yet."""

    runtime: Runtime
    parts: tuple[Later, ...] = LATER
    _head: int = field(default=-1, init=False)
    """Of the log, when records were looked through last."""

    def look(self) -> list[Later]:
        """Return what has become wanted since the last look.

        Raises:
            StoreUnavailable: if the store cannot be read.
        """
        found = [each for each in self.parts if self._has_folder(each)]
        with self.runtime.store.view() as view:
            head = view.head()
            if head != self._head:
                found += [each for each in self.parts if self._has_records(view, each)]
        self._head = head
        self.parts = tuple(each for each in self.parts if each not in found)
        return found

    def _has_folder(self, part: Later) -> bool:
        return bool(part.folder) and (self.runtime.home / part.folder).exists()

    def _has_records(self, view: View, part: Later) -> bool:
        if part.kinds and view.has_any(part.kinds):
            return True
        return part.with_peers and (
            view.held() is not None or bool(self.runtime.service(Federation).settings.witnesses)
        )
