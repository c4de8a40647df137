"""What is left to the subject of a limit, and what lacks where nothing is."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from corridor.gateway.records import Limit
from corridor.gateway.rules.windows import Purse, Window, split

MILLION = 1_000_000
SOON = 1.0
"""Seconds after which it is worth asking again where nobody can say."""
REQUESTS, TOKENS, RUNNING = 0, 1, 2
"""The places in a `Three`."""

Three = tuple[int, int, int]
"""Requests in a minute, tokens in a minute, requests at one time."""
Code = Literal["concurrency", "rate_limit_exceeded", "tokens_per_minute", "budget_exhausted"]

SAID: dict[Code, str] = {
    "concurrency": "has as many requests at one time as it may",
    "rate_limit_exceeded": "has used up its requests per minute",
    "tokens_per_minute": "has fewer tokens per minute left than this request may need",
    "budget_exhausted": "has less of its budget left than this request may cost",
}


@dataclass(frozen=True, slots=True)
class Need:
    """What a request needs of each limit that holds for it."""

    tokens: int = 0
    """In and out, as they are estimated."""
    cost: int = 0
    """In millionths of smallest units, as far as it can be estimated."""


@dataclass(frozen=True, slots=True)
class Lack:
    """Why a request cannot be sent now."""

    code: Code
    text: str
    seconds: float
    """After how long it may be worth asking again."""
    held: bool = False
    """Another process holds what is lacking without having used it; it may let go of it."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a process uses of a limit, and what it may use at most until its next look."""

    used: Three = (0, 0, 0)
    cap: Three = (0, 0, 0)


NOTHING = Held()
IDLE = 4
"""A process that was asked for nothing since its last look takes only such a part of its share."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a process asks of a limit at a look, and what it keeps meanwhile."""

    used: Three
    base: Three
    """It goes on within this until the look is over; never more than it held before."""
    most: Three
    wanted: Three
    active: bool

    def granted(self, others: Held, workers: int) -> Held:
        """Return what it may use until its next look, by what the others hold."""
        parts = workers if self.active else workers * IDLE
        cap = [
            split(self.most[of], self.base[of], others.cap[of], parts, self.wanted[of])
            for of in (REQUESTS, TOKENS, RUNNING)
        ]
        return Held(self.used, (cap[REQUESTS], cap[TOKENS], cap[RUNNING]))


@dataclass(slots=True)
class Meter:
    """The use of one limit's subject, as one process counts it. Times are of a monotonic clock."""

    limit: Limit
    most: tuple[int | None, int | None, int | None] = field(init=False)
    """What the limit says, of each of the three."""
    requests: Window = field(default_factory=Window)
    tokens: Window = field(default_factory=Window)
    running: int = 0
    purse: Purse = field(default_factory=Purse)
    touched: float = 0.0
    """When it was last asked for something."""
    looked: float = 0.0
    """When the last look at the others began."""
    waiting: int = 0
    """Requests that wait for the next look."""
    waiting_tokens: int = 0
    others: Held | None = None
    """What the other processes hold, as of the last look; None where there is no other."""
    cap: Three = (0, 0, 0)
    """What this process may use until its next look, where there are others."""

    def __post_init__(self) -> None:
        self.limit_by(self.limit)

    def limit_by(self, limit: Limit) -> None:
        """Go on by another limit of the same subject."""
        self.limit = limit
        self.most = limit.requests_per_minute, limit.tokens_per_minute, limit.concurrency

    def used(self, now: float) -> Three:
        """Return what this process uses."""
        return self.requests.used(now), self.tokens.used(now), self.running

    def lack(self, now: float, need: Need) -> Lack | None:
        """Return what a request lacks, budgets apart, or None if it may be sent."""
        most = self.most
        cap = most if self.others is None else self.cap
        if most[RUNNING] is not None and self.running >= (cap[RUNNING] or 0):
            return self._lack("concurrency", SOON, RUNNING, self.running + 1)
        if most[REQUESTS] is not None:
            room = (cap[REQUESTS] or 0) - 1
            if (used := self.requests.used(now)) > room:
                wait = self.requests.seconds_until(now, room)
                return self._lack("rate_limit_exceeded", wait, REQUESTS, used + 1)
        if most[TOKENS] is not None:
            room = (cap[TOKENS] or 0) - need.tokens
            if (used := self.tokens.used(now)) > room:
                wait = self.tokens.seconds_until(now, max(room, 0))
                return self._lack("tokens_per_minute", wait, TOKENS, used + need.tokens)
        return None

    def lacks_money(self, at: datetime, cost: int) -> Lack | None:
        """Return which budget a request would pass, or None."""
        limit, purse = self.limit, self.purse
        purse.turn_to(at.astimezone(UTC).date().isoformat())
        for monthly, budget in ((False, limit.daily_budget), (True, limit.monthly_budget)):
            if budget is not None and purse.spent(monthly=monthly) + cost > budget * MILLION:
                wait = _until_next(at, monthly=monthly)
                return Lack("budget_exhausted", self._said("budget_exhausted"), wait)
        return None

    def take(self, now: float, need: Need) -> int:
        """Count a request; return the cell in which it is counted."""
        self.touched = now
        self.running += 1
        self.purse.reserved += need.cost
        self.requests.add(now, 1)
        return self.tokens.add(now, need.tokens)

    def settle(self, now: float, cell: int, estimated: int, tokens: int) -> None:
        """Put the tokens that a request did use in the place of those that were estimated.

        What it used beyond them counts from now on, for it was not known before.
        """
        self.running -= 1
        if tokens < estimated:
            self.tokens.give_back(cell, estimated - tokens)
        elif tokens > estimated:
            self.tokens.add(now, tokens - estimated)

    def begin_shared(self, tokens: int) -> None:
        """Allow the one request at hand before the first look at what the others hold."""
        self.others, self.cap = NOTHING, (1, tokens, 1)

    def claim(self, now: float) -> Claim:
        """Say what is asked for at a look, and keep at most half of what was left meanwhile."""
        used = self.used(now)
        active = self.touched > self.looked or self.waiting > 0
        if self.others is None:
            self.others, self.cap = NOTHING, used
        keep = [
            max(mine, min(cap, mine + (cap - mine + 1) // 2 * active))
            for mine, cap in zip(used, self.cap, strict=True)
        ]
        self.looked, self.cap = now, (keep[REQUESTS], keep[TOKENS], keep[RUNNING])
        most = self.most
        return Claim(
            used,
            self.cap,
            (most[REQUESTS] or 0, most[TOKENS] or 0, most[RUNNING] or 0),
            (self.waiting, self.waiting_tokens, self.waiting),
            active,
        )

    def alone(self, workers: int) -> None:
        """Go on with an even part, where nobody can be asked what the others hold."""
        if self.others is not None:
            part = tuple(-(-(most or 0) // max(workers, 1)) for most in self.most)
            self.cap = (part[REQUESTS], part[TOKENS], part[RUNNING])

    def window(self, of: int) -> Window:
        """Return the minute of requests, or of tokens."""
        return self.tokens if of == TOKENS else self.requests

    def left(self, now: float, of: int) -> int:
        """Return what is left of the limit of requests, or of tokens."""
        left = (self.most[of] or 0) - self.window(of).used(now)
        if self.others is not None:
            left -= self.others.used[of]
        return max(0, left)

    def _lack(self, code: Code, seconds: float, of: int, would_be: int) -> Lack:
        most = self.most[of] or 0
        held = self.others is not None and would_be + self.others.used[of] <= most
        return Lack(code, self._said(code), seconds, held)

    def _said(self, code: Code) -> str:
        limit = self.limit
        whose = "This key" if limit.subject == "key" else f"The {limit.subject} {limit.name}"
        return f"{whose} {SAID[code]}."


def _until_next(at: datetime, *, monthly: bool) -> float:
    day = at.astimezone(UTC).date()
    next_day = day + timedelta(days=1)
    if monthly:
        next_day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return max(SOON, (datetime.combine(next_day, time(), UTC) - at).total_seconds())
