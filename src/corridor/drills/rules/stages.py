"""The stages of a drill, and when it ends by itself. Pure functions."""

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from corridor.drills.errors import NoStages
from corridor.drills.records.rehearsals import Stage, Tripwire
from corridor.drills.rules.running import LONGEST, duration
from corridor.gateway import Handled

STAGE = re.compile(r"(shadow|full):(\d+[smh])|canary:(\d+[smh])@(\d{1,2}(?:\.\d+)?)%")


def stages_in(text: str) -> tuple[Stage, ...]:
    """Read stages such as `shadow:10s,canary:30s@10%,full:60s`.

    Raises:
        NoStages: if they are none, contradict each other, or last for more than a day together.
        NoDuration: if one of them lasts for no time, or for too long.
    """
    return checked([_stage(each.strip()) for each in text.split(",")])


def checked(stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """Return stages that follow from each other: each concerns more requests than the one before.

    Raises:
        NoStages: if they do not.
    """
    shares = [stage.share for stage in stages]
    if not stages or any(later <= earlier for earlier, later in pairwise(shares)):
        raise NoStages("Each stage has to concern more requests than the one before it.")
    if sum(stage.seconds for stage in stages) > LONGEST.total_seconds():
        raise NoStages("All stages together last for more than a day.")
    return tuple(stages)


def written(stages: Sequence[Stage]) -> str:
    """Return stages as `stages_in` reads them; of whole seconds, and of a canary tenths of a percent."""
    return ",".join(
        f"{each.kind}:{each.seconds:.0f}s"
        + (f"@{each.share * 100:g}%" if each.kind == "canary" else "")
        for each in stages
    )


def shares_left(steps: int) -> list[float]:
    """Return which share of what was taken away is not back yet, step by step: 0.75, 0.5, 0.25."""
    return [1.0 - step / (steps + 1) for step in range(1, steps + 1)]


def _stage(text: str) -> Stage:
    found = STAGE.fullmatch(text)
    if found is None:
        raise NoStages(f"{text[:40]!r} is no stage.")
    if found[1]:
        share = 1.0 if found[1] == "full" else 0.0
        lasting = duration(found[2]).total_seconds()
        return Stage.model_validate({"kind": found[1], "seconds": lasting, "share": share})
    share = float(found[4]) / 100
    if share == 0:
        raise NoStages("A canary of no requests at all is a shadow.")
    return Stage(kind="canary", seconds=duration(found[3]).total_seconds(), share=share)


def tripped(before: Sequence[Handled], during: Sequence[Handled], wire: Tripwire) -> str:
    """Return why a drill has to end, from live requests before it and during it; empty if it may go on.

    What the gateway refused, and whose caller left, says nothing.
    """
    then, now = _told(before), _told(during)
    if len(now) < wire.least:
        return ""
    failed = _failed(now) - _failed(then)
    if failed > wire.failed:
        return f"{failed:.0%} more of live requests fail than before"
    quick, slow = _median(then), _median(now)
    if quick and slow and slow > wire.slower * quick:
        return f"live requests take {slow / quick:.1f} times as long as before"
    return ""


def _told(handled: Sequence[Handled]) -> list[Handled]:
    return [each for each in handled if each.outcome in ("served", "moved", "failed")]


def _failed(handled: Sequence[Handled]) -> float:
    return sum(each.outcome == "failed" for each in handled) / len(handled) if handled else 0.0


def _median(handled: Sequence[Handled]) -> float:
    answered = [each.seconds for each in handled if each.outcome != "failed"]
    return median(answered) if answered else 0.0
