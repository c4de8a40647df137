"""The gateway's own tables: the account of requests, its sums, and what processes share."""

from corridor.gateway.store import usage
from corridor.gateway.store.requests import MIGRATION, Handled, handled_between, keep, prune
from corridor.gateway.store.usage import By, Sum, roll_up, sums

MIGRATIONS = (MIGRATION, usage.MIGRATION)

__all__ = [
    "MIGRATIONS",
    "By",
    "Handled",
    "Sum",
    "handled_between",
    "keep",
    "prune",
    "roll_up",
    "sums",
]
