"""What questions over HTTP have in common: turns at computing, and scenarios by name."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from threading import Semaphore

from corridor.core.errors import TooOften
from corridor.supply_chain.adapters.scenarios import scenario_named
from corridor.supply_chain.errors import UnknownScenario
from corridor.supply_chain.rules.scenarios import Scenario

AT_ONCE, PATIENCE_SECONDS = 2, 20.0
"""So many questions are computed at the same time in one process; others wait so long, and are then refused."""
turns = Semaphore(AT_ONCE)


@contextmanager
def a_turn(
    instead: str = "ask on the command line", patience_seconds: float = PATIENCE_SECONDS
) -> Generator[None]:
    """Compute when it is one's turn; `instead` is what else can be done.

    Raises:
        TooOften: if others compute for too long.
    """
    if not turns.acquire(timeout=patience_seconds):
        raise TooOften(
            f"{AT_ONCE} questions are being computed.",
            hint=f"Ask again in a moment, or {instead}.",
            retry_after=str(int(PATIENCE_SECONDS)),
        )
    try:
        yield
    finally:
        turns.release()


def scenarios_of(wanted: Sequence[str | Scenario]) -> tuple[Scenario, ...]:
    """Return scenarios that are stated, or named; no file of the node is opened for a caller.

    Raises:
        UnknownScenario: if the library has none of a name.
    """
    return tuple(each if isinstance(each, Scenario) else _of_the_library(each) for each in wanted)


def _of_the_library(name: str) -> Scenario:
    if "." in name or "/" in name:
        raise UnknownScenario(f"There is no scenario {name!r}.")
    return scenario_named(name)
