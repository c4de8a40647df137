"""What the gateway keeps: services, routes, and what is suspended."""

from corridor.gateway.records.services import Route, Service
from corridor.gateway.records.suspensions import Suspension, SuspensionLifted

__all__ = ["Route", "Service", "Suspension", "SuspensionLifted"]
