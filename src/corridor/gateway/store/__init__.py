"""The gateway's own tables: the account of requests, its sums, and what processes share."""

from corridor.gateway.store import blocked, circuits, leases, usage
from corridor.gateway.store.blocked import (
    blocked_since,
    note_blocked,
    note_opened,
    note_told,
    opened_since,
    prune_blocked,
)
from corridor.gateway.store.circuits import (
    Circuits,
    circuits_told,
    forget_circuits,
    tell_circuits,
)
from corridor.gateway.store.leases import beat, beats
from corridor.gateway.store.requests import (
    MIGRATION,
    Handled,
    counts_between,
    handled_after,
    handled_between,
    handled_by_key,
    keep,
    last_line,
    prune,
)
from corridor.gateway.store.retained import MIGRATION as RETAINED
from corridor.gateway.store.retained import (
    RetainedBody,
    SealedBody,
    any_expired,
    bodies_of,
    drop,
    drop_expired,
    keep_bodies,
    retained_bodies,
)
from corridor.gateway.store.usage import (
    By,
    Load,
    Sum,
    busiest,
    hour_of,
    loads,
    roll_up,
    sums,
    tag_of,
)

MIGRATIONS = (
    MIGRATION,
    usage.MIGRATION,
    RETAINED,
    blocked.MIGRATION,
    leases.MIGRATION,
    circuits.MIGRATION,
)

__all__ = [
    "MIGRATIONS",
    "By",
    "Circuits",
    "Handled",
    "Load",
    "RetainedBody",
    "SealedBody",
    "Sum",
    "any_expired",
    "beat",
    "beats",
    "blocked_since",
    "bodies_of",
    "busiest",
    "circuits_told",
    "counts_between",
    "drop",
    "drop_expired",
    "forget_circuits",
    "handled_after",
    "handled_between",
    "handled_by_key",
    "hour_of",
    "keep",
    "keep_bodies",
    "last_line",
    "loads",
    "note_blocked",
    "note_opened",
    "note_told",
    "opened_since",
    "prune",
    "prune_blocked",
    "retained_bodies",
    "roll_up",
    "sums",
    "tag_of",
    "tell_circuits",
]
