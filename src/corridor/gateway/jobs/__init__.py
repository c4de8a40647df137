"""What the gateway does in the background."""

from corridor.gateway.jobs.following import Follower
from corridor.gateway.jobs.limits import LimitKeeper, keep_pruned

__all__ = ["Follower", "LimitKeeper", "keep_pruned"]
