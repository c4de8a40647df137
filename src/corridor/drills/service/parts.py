"""Parts of drills that the node begins by itself, at the time that its operator set."""

import time
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from corridor.core.errors import CorridorError
from corridor.core.store import Store
from corridor.drills.records import DrillStarted
from corridor.drills.rules.loss import Loss
from corridor.drills.service.agreements import Agreements
from corridor.drills.service.holding import Wanted

AGAIN_SECONDS = 60.0
"""After a part could not begin, it is tried again so much later, as long as its window lasts."""

log = structlog.get_logger()


class Starting(Protocol):
    """Begins drills that go on by themselves."""

    def start(self, store: Store, loss: Loss, wanted: Wanted) -> DrillStarted:
        """Begin a drill, and return when it has begun."""
        ...


@dataclass(slots=True)
class Parts:
    """Begin this node's parts when they are due."""

    agreements: Agreements
    starting: Starting
    _not_before: dict[str, float] = field(default_factory=dict[str, float])
    """By proposal; of the monotonic clock."""

    def look(self, store: Store) -> list[DrillStarted]:
        """Begin what is due now; one that cannot begin is tried again later."""
        with store.view() as view:
            due = self.agreements.due(view)
        begun: list[DrillStarted] = []
        for part in due:
            if time.monotonic() < self._not_before.get(part.name, 0.0):
                continue
            try:
                begun.append(self.starting.start(store, part.loss, part.wanted))
            except CorridorError as error:
                self._not_before[part.name] = time.monotonic() + AGAIN_SECONDS
                log.warning("drill.part.not_begun", proposal=part.name, reason=error.message)
            else:
                log.info("drill.part.begun", proposal=part.name, drill=begun[-1].id)
        known = {part.name for part in due}
        self._not_before = {n: at for n, at in self._not_before.items() if n in known}
        return begun
