"""What the gateway does in the background."""

from corridor.gateway.jobs.following import Follower
from corridor.gateway.jobs.incidents import keep_watching
from corridor.gateway.jobs.limits import LimitKeeper, keep_pruned
from corridor.gateway.jobs.retention import keep_expired, keep_retained

__all__ = [
    "Follower",
    "LimitKeeper",
    "keep_expired",
    "keep_pruned",
    "keep_retained",
    "keep_watching",
]
