"""The gateway's own tables: the account of requests."""

from corridor.gateway.store.requests import MIGRATION, Handled, handled_between, keep

MIGRATIONS = (MIGRATION,)

__all__ = ["MIGRATIONS", "Handled", "handled_between", "keep"]
