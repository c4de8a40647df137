"""What access does in the background."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.access.jobs.account import Accountant
    from corridor.access.jobs.leases import keep_leases
    from corridor.access.jobs.reminders import keep_reminded
    from corridor.access.jobs.tool_calls import keep_tool_calls

__getattr__ = door_of(__name__)

__all__ = ["Accountant", "keep_leases", "keep_reminded", "keep_tool_calls"]
