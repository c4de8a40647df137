"""Scenarios as callers name them over HTTP."""

from corridor.supply_chain import Scenario, UnknownScenario, scenario_named


def scenario_of(stated: str | Scenario) -> Scenario:
    """Return a scenario: a whole one, or one of the library; no file of the node is opened for a caller.

    Raises:
        UnknownScenario: if the library has none of this name.
    """
    if isinstance(stated, Scenario):
        return stated
    if "." in stated or "/" in stated:
        raise UnknownScenario(f"There is no scenario {stated!r}.")
    return scenario_named(stated)
