"""A scenario: what goes wrong at a supplier, and what must hold for callers and suppliers then.

Each is played on a node of its own that is served over HTTP, with two suppliers behind it: alpha,
which misbehaves, and beta, which is well. Callers see answers, and suppliers see requests: nothing
else is looked at, except for the account, which is for people to read.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from support.stages import Seen, Stage, a_stage

from corridor.core.clock import wall_clock

Settings = Mapping[str, Mapping[str, object]]
NO_SETTINGS: Settings = {}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold, whether it did, and what was counted or measured."""

    what: str
    held: bool
    figure: str = ""


Play = Callable[[Stage], Iterator[Check]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One fault, and what is right in it."""

    number: str
    title: str
    right: str
    """What a gateway must do, in one sentence."""
    play: Play
    settings: Settings = field(default_factory=dict[str, Mapping[str, object]])
    waits: str = ""
    """For what it waits, while it cannot pass; empty once it must."""

    def played(self, folder: Path) -> list[Check]:
        """Play it on a new node in a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        with a_stage(folder, clock=wall_clock, **self.settings) as stage:
            return list(self.play(stage))


def scenario(
    number: str, title: str, right: str, settings: Settings = NO_SETTINGS, *, waits: str = ""
) -> Callable[[Play], Scenario]:
    """Make a scenario of a function that plays it."""

    def made(play: Play) -> Scenario:
        return Scenario(number, title, right, play, settings, waits)

    return made


def is_whole(seen: Seen, name: str) -> bool:
    """Tell whether a caller got all of one supplier's answer, and nothing else."""
    if (seen.status, seen.provider) != (200, name) or not seen.said.endswith(" says hello"):
        return False
    return '"error"' not in seen.text and '"finish_reason": "stop"' in seen.text


def is_clean_error(seen: Seen) -> bool:
    """Tell whether a caller was told plainly that there is no whole answer."""
    if seen.status != 200:
        return set(seen.value) == {"error"} and bool(seen.error["message"] and seen.error["code"])
    last = seen.events[-1] if seen.events else ""
    invented = "[DONE]" in seen.text or '"finish_reason": "' in seen.text
    return '"error"' in last and '"code"' in last and not invented
