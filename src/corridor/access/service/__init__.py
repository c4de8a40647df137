"""What one can ask of access."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.access.service.account import Account
    from corridor.access.service.bearers import Bearer, Bearers
    from corridor.access.service.borders import Borders
    from corridor.access.service.cases import Cases
    from corridor.access.service.countersigning import Countersigning
    from corridor.access.service.decider import Decider, Explanation, Known
    from corridor.access.service.explaining import Explaining
    from corridor.access.service.grants import Grants
    from corridor.access.service.identities import Identities
    from corridor.access.service.incidents import UseReports
    from corridor.access.service.keys import ApiKeys
    from corridor.access.service.lowerings import Lowerings
    from corridor.access.service.naming import Naming
    from corridor.access.service.people import People
    from corridor.access.service.permitting import Permitting
    from corridor.access.service.policies import Policies
    from corridor.access.service.policy_replay import Replay
    from corridor.access.service.reports import Reports
    from corridor.access.service.requests import Requests
    from corridor.access.service.resolutions import Resolutions
    from corridor.access.service.revocations import Revocations
    from corridor.access.service.tool_calls import ToolCalls

__getattr__ = door_of(__name__)

__all__ = [
    "Account",
    "ApiKeys",
    "Bearer",
    "Bearers",
    "Borders",
    "Cases",
    "Countersigning",
    "Decider",
    "Explaining",
    "Explanation",
    "Grants",
    "Identities",
    "Known",
    "Lowerings",
    "Naming",
    "People",
    "Permitting",
    "Policies",
    "Replay",
    "Reports",
    "Requests",
    "Resolutions",
    "Revocations",
    "ToolCalls",
    "UseReports",
]
