"""What federation does in the background."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.federation.jobs.recovery import first_look, keep_recovering
    from corridor.federation.jobs.sync import keep_synced
    from corridor.federation.jobs.witness import keep_witnessed

__getattr__ = door_of(__name__)

__all__ = ["first_look", "keep_recovering", "keep_synced", "keep_witnessed"]
