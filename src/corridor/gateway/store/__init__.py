"""The gateway's own tables: the account of requests, its sums, and what processes share."""

from corridor.gateway.store import usage
from corridor.gateway.store.requests import MIGRATION, Handled, handled_between, keep, prune
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
from corridor.gateway.store.usage import By, Sum, roll_up, sums

MIGRATIONS = (MIGRATION, usage.MIGRATION, RETAINED)

__all__ = [
    "MIGRATIONS",
    "By",
    "Handled",
    "RetainedBody",
    "SealedBody",
    "Sum",
    "any_expired",
    "bodies_of",
    "drop",
    "drop_expired",
    "handled_between",
    "keep",
    "keep_bodies",
    "prune",
    "retained_bodies",
    "roll_up",
    "sums",
]
