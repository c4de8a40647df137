"""Which blocks of guards make an incident, and when its count is told again.

Blocks of one guard, by one act, at one service, on one file are one incident for as many hours as its watch
says. How often its count is told is bounded: each time it is ten times the last, else at most once an hour.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from corridor.gateway.records import ALL, GuardWatch, Watch

HOUR = 3600
MOST_HOURS = 168
"""The longest that one incident counts."""
TELL_SECONDS = 3600.0
GROWTH = 10
"""A count that is so many times the last one is told at once."""

Group = tuple[str, str, str, str]
"""Service or provider, guard, act, and the file's digest."""


@dataclass(frozen=True)
class Blocked:
    """What one guard blocked in one hour."""

    hour: int
    target: str
    language: str
    guard: str
    act: str
    model: str
    """Of whoever answered, or was to be asked first."""
    model_sha256: str
    count: int
    first_at: float
    last_at: float
    request_id: str
    """Of the first."""

    @property
    def group(self) -> Group:
        """What it is counted with."""
        return self.target, self.guard, self.act, self.model_sha256


@dataclass(frozen=True)
class Opened:
    """An incident, and which hours it counts."""

    finding: str
    target: str
    guard: str
    act: str
    model_sha256: str
    from_hour: int
    until_hour: int
    """The first hour that it counts no more."""
    told: int
    told_at: float

    @property
    def group(self) -> Group:
        """What it counts."""
        return self.target, self.guard, self.act, self.model_sha256


@dataclass(frozen=True, slots=True)
class Count:
    """Several hours of what one guard blocked, together."""

    hours: tuple[Blocked, ...]

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(each.count for each in self.hours)

    @property
    def first(self) -> Blocked:
        """Return the first of them."""
        return min(self.hours, key=lambda each: each.first_at)

    @property
    def last_at(self) -> float:
        """When the last one was, in seconds since the epoch."""
        return max(each.last_at for each in self.hours)

    @property
    def languages(self) -> tuple[str, ...]:
        """In which languages they were, where it is known."""
        return tuple(sorted({each.language for each in self.hours} - {"und"}))


def watch_of(
    stated: Mapping[str, GuardWatch], target: str, guard: str, act: str
) -> tuple[Watch, int] | None:
    """Return what is watched of a guard at a service, and the hour from which on; None if nothing is."""
    for record in (stated.get(target), stated.get(ALL)):
        for watch in record.watches if record is not None else ():
            if record is not None and watch.guard == guard and act in watch.acts:
                return watch, int(record.made_at.timestamp() // HOUR)
    return None


def to_open(
    stated: Mapping[str, GuardWatch],
    blocked: Sequence[Blocked],
    opened: Iterable[Opened],
    now: int,
) -> list[tuple[Watch, Count]]:
    """Return what makes a new incident in the hour that it is now.

    What an earlier incident counts is in no other, and what was blocked before it was watched, in none.
    """
    counted: dict[Group, int] = {}
    for each in opened:
        counted[each.group] = max(each.until_hour, counted.get(each.group, 0))
    found: list[tuple[Watch, Count]] = []
    for group in dict.fromkeys(each.group for each in blocked):
        watched = watch_of(stated, *group[:3])
        if watched is None:
            continue
        watch, since = watched
        begins = max(since, counted.get(group, 0), now - watch.hours + 1)
        hours = tuple(each for each in blocked if each.group == group and each.hour >= begins)
        if hours and sum(each.count for each in hours) >= watch.at_least:
            found.append((watch, Count(hours)))
    return found


def counted_by(opened: Opened, blocked: Iterable[Blocked]) -> Count:
    """Return what an incident counts."""
    return Count(
        tuple(
            each
            for each in blocked
            if each.group == opened.group and opened.from_hour <= each.hour < opened.until_hour
        )
    )


def to_tell(opened: Opened, count: Count, now: float) -> bool:
    """Tell whether the count of an incident is to be told again."""
    if not count.hours or count.total <= opened.told:
        return False
    is_over = now >= opened.until_hour * HOUR
    return is_over or count.total >= GROWTH * opened.told or now - opened.told_at >= TELL_SECONDS
