"""When a scheduled drill is due: in which window, and whether one was held too near to it. Pure functions.

A window is told by the day on which it opens, in the schedule's own zone. Each has one turn at most,
and two that are held are at least so many days apart, before or after: so a clock that is put back
or forward does not start a drill twice.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from corridor.drills.errors import NoSchedule
from corridor.drills.records import DrillSchedule, Stage
from corridor.drills.rules.stages import checked

A_DAY = timedelta(days=1)
INTERVAL = re.compile(r"(\d{1,3})([dw])")
BETWEEN = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")
MOST_DAYS = 366
SMALL = (
    Stage(kind="shadow", seconds=30, share=0.0),
    Stage(kind="canary", seconds=60, share=0.05),
)
"""What a scheduled drill does if nothing else is said."""


@dataclass(frozen=True, slots=True)
class Window:
    """The hours in which a scheduled drill may be held."""

    day: date
    """On which it opens, in the schedule's zone."""
    opens: datetime
    closes: datetime

    def holds(self, now: datetime, lasting: timedelta) -> bool:
        """Tell whether a drill that begins now is over before it closes."""
        return self.opens <= now and now + lasting <= self.closes


def window_of(schedule: DrillSchedule, day: date) -> Window:
    """Return the window that opens on a day; where clocks are changed it may be shorter or longer."""
    zone = ZoneInfo(schedule.zone)
    opens, closes = time.fromisoformat(schedule.opens), time.fromisoformat(schedule.closes)
    until = day if closes > opens else day + A_DAY
    return Window(
        day,
        datetime.combine(day, opens, zone).astimezone(UTC),
        datetime.combine(until, closes, zone).astimezone(UTC),
    )


def window_now(schedule: DrillSchedule, now: datetime) -> Window | None:
    """Return the window that is open."""
    today = now.astimezone(ZoneInfo(schedule.zone)).date()
    windows = [window_of(schedule, day) for day in (today - A_DAY, today)]
    return next((each for each in windows if each.opens <= now < each.closes), None)


def window_past(schedule: DrillSchedule, now: datetime) -> Window:
    """Return the window that closed last."""
    today = now.astimezone(ZoneInfo(schedule.zone)).date()
    windows = [window_of(schedule, today - A_DAY * back) for back in range(3)]
    return next(each for each in windows if each.closes <= now)


def is_due(
    schedule: DrillSchedule, day: date, turned: Iterable[date], held: Iterable[date]
) -> bool:
    """Tell whether a drill is due in the window of a day, by the days of other turns of its schedule."""
    apart = (abs(day - each) for each in held)
    return day not in set(turned) and all(each.days >= schedule.every_days for each in apart)


def next_due(
    schedule: DrillSchedule, now: datetime, turned: Iterable[date], held: Iterable[date]
) -> Window:
    """Return the first window that has not closed, and in which it is due."""
    days, held_on = set(turned), list(held)
    day = now.astimezone(ZoneInfo(schedule.zone)).date() - A_DAY
    for ahead in range(3 * MOST_DAYS):
        window = window_of(schedule, day + A_DAY * ahead)
        if window.closes > now and is_due(schedule, window.day, days, held_on):
            return window
    return window_of(schedule, day + A_DAY * 3 * MOST_DAYS)


def days_in(text: str) -> int:
    """Read how often: 1d, 10d, 2w.

    Raises:
        NoSchedule: if it is none, or more than a year.
    """
    found = INTERVAL.fullmatch(text.strip())
    days = int(found[1]) * (7 if found[2] == "w" else 1) if found else 0
    if not 1 <= days <= MOST_DAYS:
        raise NoSchedule(f"{text[:40]!r} is not how often: write 1d, 10d or 2w, at most a year.")
    return days


def hours_in(text: str) -> tuple[str, str]:
    """Read a window such as 02:00-04:00.

    Raises:
        NoSchedule: if it is none.
    """
    found = BETWEEN.fullmatch(text.strip())
    if found is None:
        raise NoSchedule(f"{text[:40]!r} is no window of hours: write 02:00-04:00.")
    return found[1], found[2]


def scheduled(fields: Mapping[str, object]) -> DrillSchedule:
    """Return a schedule of fields as people give them.

    Raises:
        NoSchedule: if one of them is not as it has to be, with its name.
    """
    try:
        return DrillSchedule.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(each) for each in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise NoSchedule(f"{place}: {said}." if place else f"{said.capitalize()}.") from error


def fitting(schedule: DrillSchedule, margin: timedelta) -> DrillSchedule:
    """Return a schedule whose drill fits into its window, with `margin` for what goes round its stages.

    Raises:
        NoSchedule: if it does not, or its time zone is not known.
        NoStages: if its stages contradict each other.
    """
    checked(schedule.stages)
    try:
        zone = ZoneInfo(schedule.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise NoSchedule(
            f"There is no time zone {schedule.zone!r}.", hint="Write it as Asia/Kolkata or UTC."
        ) from error
    opens, closes = (time.fromisoformat(each) for each in (schedule.opens, schedule.closes))
    start = datetime.combine(date(2000, 1, 1), opens)
    end = datetime.combine(date(2000, 1, 1 if closes > opens else 2), closes)
    if start + lasting_of(schedule) + margin > end:
        raise NoSchedule(
            f"A drill of {(lasting_of(schedule) + margin).total_seconds():.0f} s does not fit "
            f"between {schedule.opens} and {schedule.closes} ({zone.key})."
        )
    return schedule


def lasting_of(schedule: DrillSchedule) -> timedelta:
    """Return how long all stages are together."""
    return timedelta(seconds=sum(stage.seconds for stage in schedule.stages))


def a_loss_of(schedule: DrillSchedule) -> str:
    """Return what is lost, as people name it."""
    if schedule.supplier is not None:
        return schedule.supplier
    return "/".join((schedule.scenario or "", *schedule.parameters.values()))


def every_text(days: int) -> str:
    """Return how often, as `days_in` reads it."""
    return f"{days // 7}w" if days % 7 == 0 else f"{days}d"
