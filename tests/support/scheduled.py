"""Schedules with sensible defaults, and somebody who begins drills without a gateway."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from corridor.core.errors import CorridorError
from corridor.core.records import RecordId
from corridor.core.store import Store
from corridor.drills import DrillSchedule, DrillStarted
from corridor.drills.records import DrillEnded, Stage, Tripwire
from corridor.drills.rules.loss import Loss
from corridor.drills.service import Wanted
from corridor.gateway import Target

NIGHT = datetime(2026, 12, 1, 21, 0, tzinfo=UTC)
"""02:30 on 2 December in Kolkata: within the window of `a_schedule`."""


def a_schedule(**fields: object) -> DrillSchedule:
    """Return one of every night from 02:00 to 04:00 in Kolkata, made before the first."""
    defaults: dict[str, object] = {
        "made_at": NIGHT - timedelta(hours=2),
        "name": "nightly",
        "supplier": "vendor",
        "stages": (Stage(kind="shadow", seconds=30, share=0),),
        "every_days": 1,
        "opens": "02:00",
        "closes": "04:00",
        "zone": "Asia/Kolkata",
    }
    return DrillSchedule.model_validate({**defaults, **fields})


@dataclass
class Starter:
    """Begins drills, and ends them at once; or refuses them."""

    refusal: CorridorError | None = None
    asked: list[tuple[Loss, Wanted]] = field(default_factory=list[tuple[Loss, Wanted]])
    ends: bool = True

    def start(self, store: Store, loss: Loss, wanted: Wanted) -> DrillStarted:
        self.asked.append((loss, wanted))
        if self.refusal is not None:
            raise self.refusal
        now = store.clock()
        started = DrillStarted(
            made_at=now,
            lost=(Target(kind="supplier", name=loss.supplier or "somebody"),),
            services=("helpline",),
            stages=wanted.stages,
            touched=0,
            tripwire=Tripwire(),
            key_id=RecordId("0" * 32),
            asked_by=wanted.asked_by,
        )
        with store.transaction("test") as tx:
            tx.append(started)
            if self.ends:
                tx.append(DrillEnded(made_at=now, drill_id=started.id, how="finished", why=""))
        return started
