"""What access does in the background."""

from corridor.access.jobs.account import Accountant
from corridor.access.jobs.leases import keep_leases
from corridor.access.jobs.reminders import keep_reminded
from corridor.access.jobs.tool_calls import keep_tool_calls

__all__ = ["Accountant", "keep_leases", "keep_reminded", "keep_tool_calls"]
