"""What is seen of a drill while it runs: plain values, written down by the drill and read by whoever watches."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypedDict

from corridor.drills.ports import Probed
from corridor.drills.records import DrillStarted
from corridor.drills.rules.running import others_of, usual_provider


class Row(TypedDict):
    """One service in one language."""

    service: str
    language: str
    answering: str
    """Who answered the last probe; empty if nobody did."""
    before: int
    """How many probes were answered before the withdrawal ..."""
    kept: int
    """... how many since, by whom was asked first before ..."""
    moved: int
    """... and by others ..."""
    failed: int
    """... and how many were not answered since."""
    switched: float | None
    """Seconds from the withdrawal to the first answer of another provider."""


class Showing(TypedDict):
    """A drill as it is seen while it runs."""

    drill: str
    scenario: str
    """Its name and parameters; empty where a supplier withdraws."""
    lost: list[str]
    stage: str
    since: float
    """Seconds since the stage began."""
    services: list[Row]


def shown(
    started: DrillStarted,
    reached: Mapping[str, Sequence[str]],
    parts: Mapping[str, float],
    probed: Sequence[Probed],
    *,
    stage: str,
    since: float,
    withdrawn: datetime | None,
    restored: datetime | None,
) -> Showing:
    """Return what is seen of a drill now.

    `reached` are the providers of each service's route, `parts` which part of each is lost.
    """
    by_line: dict[tuple[str, str], list[Probed]] = {}
    for each in probed:
        by_line.setdefault((each.service, each.language), []).append(each)
    return Showing(
        drill=started.id,
        scenario="" if started.scenario is None else str(started.scenario),
        lost=[str(each) for each in started.taken],
        stage=stage,
        since=round(since, 1),
        services=[
            _row(line, found, reached.get(line[0], ()), parts, withdrawn, restored)
            for line, found in sorted(by_line.items())
        ],
    )


def _row(
    line: tuple[str, str],
    probed: Sequence[Probed],
    reached: Sequence[str],
    parts: Mapping[str, float],
    withdrawn: datetime | None,
    restored: datetime | None,
) -> Row:
    began = withdrawn.timestamp() if withdrawn else float("inf")
    over = restored.timestamp() if restored else float("inf")
    usual = usual_provider(each for each in probed if each.ended < began)
    others = others_of(reached, parts, usual)
    during = [each for each in probed if began <= each.began < over]
    became = Counter(
        "failed" if each.provider is None else "moved" if each.provider in others else "kept"
        for each in during
    )
    switched = [each.ended for each in during if each.provider in others]
    return Row(
        service=line[0],
        language=line[1],
        answering=probed[-1].provider or "",
        before=sum(each.provider is not None for each in probed if each.ended < began),
        kept=became["kept"],
        moved=became["moved"],
        failed=became["failed"],
        switched=round(min(switched) - began, 3) if switched else None,
    )
