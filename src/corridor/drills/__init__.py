"""Drills: rehearse the loss of a supplier on the running node, and measure what continues.

A drill suspends the supplier at the live gateway, sends probes of its own beside the real
requests, restores the supplier, and signs what it found. It measures this node's routes; what a
real withdrawal would do beyond them it cannot know.
"""

from corridor.drills.errors import NodeDown, NothingDepends
from corridor.drills.records import DrillResult, Figure, Line, Requests, Worst
from corridor.drills.service import Drills

__all__ = [
    "DrillResult",
    "Drills",
    "Figure",
    "Line",
    "NodeDown",
    "NothingDepends",
    "Requests",
    "Worst",
]
