"""Who may send a request now, who waits, and who is turned away; one for each process.

Where nothing is set it costs a look-up. A request that is let in holds its share until it leaves,
which happens once, whatever becomes of it: answered, failed, or given up by the caller.
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from uuid import uuid4

from corridor.catalogue import Provider
from corridor.core.clock import Clock
from corridor.gateway.errors import Refusal
from corridor.gateway.records import Limit
from corridor.gateway.rules.limits import (
    UNBOUND,
    Bounds,
    LimitTable,
    next_level,
    tokens_in,
    tokens_out,
)
from corridor.gateway.rules.meters import NOTHING, REQUESTS, TOKENS, Claim, Lack, Meter, Need
from corridor.gateway.rules.prices import PriceBook
from corridor.gateway.rules.requests import Asked, Caller
from corridor.gateway.rules.usage import UNKNOWN, Usage
from corridor.gateway.service.deadlines import Lateness
from corridor.gateway.service.places import Places, overloaded
from corridor.gateway.service.sharing import Look
from corridor.gateway.settings import GatewaySettings
from corridor.gateway.store.shares import Spent

MOST_BOUNDS = 10_000
LOOKS = 5
"""For so many looks a request waits for what another process holds and does not use."""
FORGET_SECONDS = 120.0
"""After so long without a request what a subject used in a minute is forgotten."""

Body = Mapping[str, object]


@dataclass(slots=True, eq=False)
class Entered:
    """A request that was let in; `leave` has to be called once, and more often does nothing."""

    limits: "Limits | None" = None
    meters: tuple[tuple[Meter, Need, int], ...] = ()
    """What counts it: with what was estimated, and in which cell."""
    placed: bool = False
    """Whether it holds one of the places that `gateway.concurrency` gives."""

    def leave(
        self, usage: Usage = UNKNOWN, provider: Provider | None = None, *, kept: bool = False
    ) -> None:
        """Settle what was used; nothing, unless `kept`. `provider` is who answered.

        What was used and is not known stays as it was estimated.
        """
        limits, self.limits = self.limits, None
        if limits is not None:
            limits.settle(self, usage, provider if kept else None, kept=kept)

    def headers(self) -> dict[str, str]:
        """Return what OpenAI's clients know of limits: of each the one with least left."""
        if not self.meters:
            return {}
        return _headers([meter for meter, _, _ in self.meters], time.monotonic())


HEADERS = [
    (of, [f"x-ratelimit-{what}-{name}" for what in ("limit", "remaining", "reset")])
    for of, name in ((REQUESTS, "requests"), (TOKENS, "tokens"))
]
FREE = Entered()
"""Of a request that nothing limits."""


@dataclass(slots=True)
class Limits:
    """Count what requests use, and let in what the limits allow."""

    settings: GatewaySettings
    clock: Clock
    monotonic: Callable[[], float] = time.monotonic
    worker: str = field(default_factory=lambda: uuid4().hex)
    """How this process is told from the others of the node."""
    table: LimitTable = field(default_factory=LimitTable)
    prices: PriceBook = field(default_factory=PriceBook)
    meters: dict[str, Meter] = field(default_factory=dict[str, Meter])
    workers: int = 1
    """How many processes share the limits, this one included."""
    level: int = 0
    """Requests of a priority below it are turned away, for the event loop is late."""
    spent_elsewhere: Sequence[Spent] = ()
    """By the other processes, and earlier ones, this month."""
    refused: Counter[str] = field(default_factory=Counter[str])
    """How many were turned away, by code."""
    lateness: Lateness = field(default_factory=Lateness)
    """How long this process was held up."""
    places: Places = field(init=False)
    _looked: asyncio.Event = field(default_factory=asyncio.Event)
    _bounds: dict[tuple[str, str, str, str], Bounds] = field(
        default_factory=dict[tuple[str, str, str, str], Bounds]
    )
    """By issuer, key, project and target, of the table in force."""

    def __post_init__(self) -> None:
        self.places = Places(self.settings)

    def learn(self, table: LimitTable, prices: PriceBook) -> None:
        """Go on with other limits and prices; what was used until now stays used."""
        self.table, self.prices = table, prices
        self._bounds.clear()

    async def enter(self, caller: Caller, target: Asked, body: Body, size: int) -> Entered:
        """Let a request in, at once or when its turn comes. `size` is that of its body in bytes.

        Raises:
            Refusal: 429 with the reason, and after how long to ask again.
        """
        bounds = UNBOUND if self.table.is_empty else self.bounds_of(caller, target.target)
        if not bounds.limits and self.places.are_free and not self.level:
            return FREE
        try:
            return await self._entered(bounds, caller, target, body, size)
        except Refusal as refusal:
            self.refused[refusal.code] += 1
            raise

    def settle(
        self, entered: Entered, usage: Usage, provider: Provider | None, *, kept: bool
    ) -> None:
        """Put what a request did use in the place of what was estimated."""
        if entered.placed:
            self.places.free()
        if not entered.meters:
            return
        now, total = self.monotonic(), usage.total if kept else 0
        for meter, need, cell in entered.meters:
            meter.settle(now, cell, need.tokens, need.tokens if total is None else total)
            if meter.limit.currency is not None or need.cost:
                self._pay(meter, need, usage, provider, kept=kept)

    def _pay(
        self, meter: Meter, need: Need, usage: Usage, provider: Provider | None, *, kept: bool
    ) -> None:
        """Put what a request did cost in the place of what was reserved."""
        at = self.clock()
        price = self.prices.of(provider, at) if provider is not None else None
        cost = price.cost(usage.tokens_in, usage.tokens_out) if price is not None else None
        in_kind = price is not None and price.price.currency == meter.limit.currency
        spent = (cost if in_kind and cost is not None else need.cost) if kept else 0
        meter.purse.settle(at.astimezone(UTC).date().isoformat(), need.cost, spent)

    def note_lag(self, seconds: float) -> None:
        """Take note of how late the event loop was, at a look that comes again and again."""
        self.level = next_level(self.level, seconds, self.settings.lag_seconds)

    def claims(self) -> dict[str, Claim]:
        """Return what is asked of each limit at a look at the other processes; none where alone."""
        now = self.monotonic()
        for name in [n for n, m in self.meters.items() if self._is_done(m, now)]:
            del self.meters[name]
        if self.workers < 2:
            return {}
        return {name: meter.claim(now) for name, meter in self.meters.items()}

    def spent(self) -> list[Spent]:
        """Return what this process spent of each budget today."""
        return [
            Spent(name, meter.limit.currency, meter.purse.day, meter.purse.today)
            for name, meter in self.meters.items()
            if meter.limit.currency is not None and meter.purse.day
        ]

    def take_in(self, look: Look) -> None:
        """Go on by what a look found."""
        self.workers, self.spent_elsewhere = look.workers, look.spent
        for name, meter in self.meters.items():
            if look.workers < 2:
                meter.others = None
            elif name in look.held:
                meter.others, meter.cap = look.others.get(name, NOTHING), look.held[name].cap
            self._count_elsewhere(name, meter)
        self._wake()

    def go_on_alone(self) -> None:
        """Go on without knowing what the other processes do: each with an even part."""
        for meter in self.meters.values():
            meter.alone(self.workers)
        self._wake()

    def _wake(self) -> None:
        self._looked.set()
        self._looked = asyncio.Event()

    def _count_elsewhere(self, name: str, meter: Meter) -> None:
        """Put what other processes spent into a purse."""
        currency, purse = meter.limit.currency, meter.purse
        if currency is None:
            return
        found = [s for s in self.spent_elsewhere if (s.subject, s.currency) == (name, currency)]
        purse.turn_to(self.clock().astimezone(UTC).date().isoformat())
        purse.others_today = sum(s.millionths for s in found if s.day == purse.day)
        purse.others_month = sum(s.millionths for s in found if s.day[:7] == purse.day[:7])

    def _is_done(self, meter: Meter, now: float) -> bool:
        idle = not meter.running and not meter.waiting and now - meter.touched > FORGET_SECONDS
        return idle and meter.limit.currency is None

    def bounds_of(self, caller: Caller, target: str) -> Bounds:
        """Return which limits hold for a request; looked up once, as long as the table holds."""
        kind = (caller.issuer, caller.key_id, caller.project, target)
        found = self._bounds.get(kind)
        if found is None:
            if len(self._bounds) >= MOST_BOUNDS:
                self._bounds.clear()
            found = self._bounds[kind] = Bounds.of(self.table.of(*kind))
        return found

    async def _entered(
        self, bounds: Bounds, caller: Caller, target: Asked, body: Body, size: int
    ) -> Entered:
        priority = self.settings.priority if bounds.priority is None else bounds.priority
        if priority < self.level:
            raise overloaded("The gateway answers late, and serves what is more important first.")
        inside = tokens_in(body, size)
        outside = tokens_out(body, self.settings.assumed_answer_tokens)
        needs = [
            (self._meter(name, each), self._need(each, target, inside, outside))
            for name, each in zip(bounds.names, bounds.limits, strict=True)
        ]
        if self._lack(needs) is not None:
            await self._may(needs)
        now = self.monotonic()
        entered = Entered(
            self, tuple([(meter, need, meter.take(now, need)) for meter, need in needs])
        )
        if self.places.are_free:
            return entered
        try:
            who = f"{caller.issuer}/{caller.principal}"
            entered.placed = await self.places.take(who, inside + outside, priority)
        except BaseException:
            entered.leave()
            raise
        return entered

    async def _may(self, needs: list[tuple[Meter, Need]]) -> None:
        """Return when a request may be sent; wait a little where another process may let go."""
        for look in range(LOOKS + 1):
            lack = self._lack(needs)
            if lack is None:
                return
            if not lack.held or look == LOOKS:
                raise _refusal(lack, self._headers(needs))
            await self._next_look(needs)

    async def _next_look(self, needs: list[tuple[Meter, Need]]) -> None:
        for meter, need in needs:
            meter.waiting += 1
            meter.waiting_tokens += need.tokens
        try:
            async with asyncio.timeout(2 * self.settings.share_seconds + 0.1):
                await self._looked.wait()
        except TimeoutError:
            return
        finally:
            for meter, need in needs:
                meter.waiting -= 1
                meter.waiting_tokens -= need.tokens

    def _lack(self, needs: list[tuple[Meter, Need]]) -> Lack | None:
        now = self.monotonic()
        for meter, need in needs:
            found = meter.lack(now, need)
            if found is None and meter.limit.currency is not None:
                found = meter.lacks_money(self.clock(), need.cost)
            if found is not None:
                return found
        return None

    def _meter(self, name: str, limit: Limit) -> Meter:
        meter = self.meters.get(name)
        if meter is None:
            meter = self.meters[name] = Meter(limit)
            self._count_elsewhere(name, meter)
            if self.workers > 1:
                meter.begin_shared(limit.tokens_per_minute or 0)
        elif meter.limit is not limit:
            meter.limit_by(limit)
        return meter

    def _need(self, limit: Limit, target: Asked, inside: int, outside: int) -> Need:
        currency = limit.currency
        if currency is None:
            return Need(inside + outside)
        worst = self.prices.worst(target.providers, currency, self.clock())
        if worst is None:
            raise Refusal(
                f"The {limit.subject} {limit.name} has a budget in {currency}, and what "
                f"{target.target} costs in {currency} is not known.",
                status=403,
                code="price_unknown",
                hint="Ask the node's operator to set it: corridor gateway price set.",
            )
        return Need(inside + outside, inside * worst[0] + outside * worst[1])

    def _headers(self, needs: list[tuple[Meter, Need]]) -> dict[str, str]:
        return _headers([meter for meter, _ in needs], self.monotonic())


def _headers(meters: list[Meter], now: float) -> dict[str, str]:
    found: dict[str, str] = {}
    for of, (most, left, reset) in HEADERS:
        limited = [meter for meter in meters if meter.most[of] is not None]
        if not limited:
            continue
        least = limited[0]
        if len(limited) > 1:
            least = min(limited, key=lambda meter: meter.left(now, of))
        found[most] = str(least.most[of])
        found[left] = str(least.left(now, of))
        found[reset] = f"{least.window(of).seconds_until_empty(now):.2f}s"
    return found


def _refusal(lack: Lack, headers: dict[str, str]) -> Refusal:
    seconds = max(1, math.ceil(lack.seconds))
    return Refusal(
        lack.text,
        status=429,
        code=lack.code,
        hint=f"Ask again in {seconds} s.",
        retry_after=seconds,
        headers=headers,
    )
