"""What happens in a drill, as it happens."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from corridor.core.clock import Steady
from corridor.core.store import View
from corridor.drills.ports import Probe, Probed
from corridor.gateway import Gateway, Handled, Suspension

NOT_TAKEN = ("ConnectError", "ConnectTimeout", "ReadError", "RemoteProtocolError", "status 401")
"""Nobody listened, the connection broke, or the drill's key opens nothing: no provider was asked."""


@dataclass(slots=True)
class Course:
    """What happened in a drill, as it happens."""

    started_at: datetime
    probed: list[Probed] = field(default_factory=list[Probed])
    """What became of probes that came to the gateway."""
    unheard: dict[tuple[str, str], tuple[float, str]] = field(
        default_factory=dict[tuple[str, str], tuple[float, str]]
    )
    """By service and language: since when no probe came to the gateway, and why, where none does."""
    suspension: Suspension | None = None
    withdrawn_at: datetime | None = None
    restored_at: datetime | None = None
    """When what is lost began to come back."""
    returned_at: datetime | None = None
    """When nothing was suspended any more."""
    ended_at: datetime | None = None
    entered_at: list[datetime] = field(default_factory=list[datetime])
    """When each stage began."""
    clock: Steady | None = None
    """By which all of these moments are told; the one on the wall if there is none."""
    line: int = 0
    """The last line of the account when it began."""

    def note(self, probed: Probed) -> bool:
        """Take note of a probe, and tell whether the gateway took it; else it says nothing of any provider."""
        place = probed.service, probed.language
        if probed.error in NOT_TAKEN:
            self.unheard.setdefault(place, (probed.began, probed.error))
            return False
        self.probed.append(probed)
        self.unheard.pop(place, None)
        return True

    def of(self, probe: Probe) -> list[Probed]:
        """Return what became of the probes of one service in one language."""
        place = probe.service, probe.language
        return [each for each in self.probed if (each.service, each.language) == place]

    def unheard_for(self, seconds: float, now: float) -> str:
        """Return why no probe came to the gateway for so long; empty where some did."""
        found = [why for since, why in self.unheard.values() if now - since > seconds]
        return found[0] if found else ""

    def handled(
        self,
        view: View,
        gateway: Gateway,
        since: datetime,
        until: datetime,
        services: Collection[str],
    ) -> list[Handled]:
        """Return requests to some services that were over in a stretch of time, by the drill's own clock.

        The account tells the time of the clock on the wall. What that says again after it was put back
        is told apart by what had been written when the drill began.
        """
        if self.clock is None:
            return gateway.traffic(view, since, until, 0, services)
        found: dict[tuple[str, float], Handled] = {}
        for number, (start, end, ahead) in enumerate(self.clock.stretches(since, until)):
            after = self.line if number else 0
            for each in gateway.traffic(view, start, end, after, services):
                own = each.model_copy(update={"at": each.at - ahead.total_seconds()})
                found.setdefault((each.request_id, each.at), own if ahead else each)
        return list(found.values())
