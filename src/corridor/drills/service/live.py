"""What the gateway's account says of live requests, put into a drill's result and the record of its costs."""

from collections.abc import Callable

from corridor.drills.records import (
    CostLine,
    DrillCosts,
    DrillResult,
    Figure,
    Line,
    Quality,
    Taker,
)
from corridor.drills.rules import live
from corridor.drills.rules.live import Account, Place

Judged = Callable[[Line, str], tuple[Quality, Figure]]
"""Returns what the evidence says of a provider, and what would continue of a line by it alone."""


def with_live(result: DrillResult, account: Account, judged: Judged) -> DrillResult:
    """Return a result with what became of live requests."""
    before, during = live.by_place(account.before), live.by_place(account.during)
    seen = live.by_place(account.handled)
    lines = tuple(_line(line, account, judged, (before, during, seen)) for line in result.lines)
    counted = [line.live for line in lines if line.live]
    elsewhere = live.live_of(live.beyond(during, {_place(line) for line in lines}))
    known = [line.detect_seconds for line in lines if line.detect_seconds is not None]
    start, end = result.started_at.timestamp(), result.ended_at.timestamp()
    return result.model_copy(
        update={
            "lines": lines,
            "live": live.together([*counted, elsewhere]),
            "live_elsewhere": elsewhere,
            "pace_before": live.pace_of(account.before),
            "pace_during": live.pace_of(account.during),
            "detect_seconds": min(known, default=None),
            "timeline": live.timeline(account.handled, start, end),
        }
    )


def costs_of(result: DrillResult, account: Account) -> DrillCosts:
    """Return what live requests cost before the withdrawal and during it."""
    before, during = live.by_place(account.before), live.by_place(account.during)
    return DrillCosts(
        made_at=result.made_at,
        visibility="internal",
        result_id=result.id,
        lines=tuple(
            CostLine(
                service=line.service,
                language=line.language,
                before=live.spent_on(before.get(_place(line), ())),
                during=live.spent_on(during.get(_place(line), ())),
            )
            for line in result.lines
        ),
        before=live.spent_on(account.before),
        during=live.spent_on(account.during),
    )


def _line(
    line: Line,
    account: Account,
    judged: Judged,
    found: tuple[live.Places, live.Places, live.Places],
) -> Line:
    before, during, seen = (each.get(_place(line), []) for each in found)
    takers = tuple(
        _taker(*judged(line, name), name, count) for name, count in live.takers_of(during)
    )
    return line.model_copy(
        update={
            "takers": takers,
            "live": live.live_of(during, takers),
            "pace_before": live.pace_of(before),
            "pace_during": live.pace_of(during),
            "detect_seconds": account.detected(seen),
        }
    )


def _taker(quality: Quality, continuity: Figure, name: str, count: int) -> Taker:
    return Taker(
        provider=name,
        requests=count,
        quality=quality.figure,
        source=quality.source,
        continuity=continuity,
        worse=live.is_worse(continuity),
    )


def _place(line: Line) -> Place:
    return line.service, line.language
