"""What the gateway does in the background."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.gateway.jobs.following import Follower
    from corridor.gateway.jobs.incidents import keep_watching
    from corridor.gateway.jobs.limits import LimitKeeper, keep_pruned
    from corridor.gateway.jobs.retention import keep_expired, keep_retained

__getattr__ = door_of(__name__)

__all__ = [
    "Follower",
    "LimitKeeper",
    "keep_expired",
    "keep_pruned",
    "keep_retained",
    "keep_watching",
]
