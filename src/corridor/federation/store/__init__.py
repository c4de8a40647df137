"""The questions federation puts to the store."""

from corridor.core.store import Migration
from corridor.federation.store import invitations, sync, witness

MIGRATIONS: tuple[Migration, ...] = (
    sync.MIGRATION,
    witness.MIGRATION,
    invitations.MIGRATION,
    sync.TARGETS,
)
"""Numbered over all of federation."""
