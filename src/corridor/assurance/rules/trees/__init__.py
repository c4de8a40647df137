"""Assurance trees: what is wrong with one, what a model shows of it, what differs."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.assurance.rules.trees.checks import BadTree, Fault, checked, faults
    from corridor.assurance.rules.trees.leaves import Asked, Given, Support
    from corridor.assurance.rules.trees.results import RULE, Challenge, Evaluated, evaluated, found

__getattr__ = door_of(__name__)

__all__ = [
    "RULE",
    "Asked",
    "BadTree",
    "Challenge",
    "Evaluated",
    "Fault",
    "Given",
    "Support",
    "checked",
    "evaluated",
    "faults",
    "found",
]
