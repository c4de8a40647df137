"""What the limits let in: exactly so much, in turn, and nothing is lost when somebody leaves."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import NOON, a_store
from support.supply import a_provider

from corridor.core.store import Store
from corridor.gateway import Refusal
from corridor.gateway.jobs import LimitKeeper
from corridor.gateway.records import Limit, Price, PriceTable
from corridor.gateway.rules.limits import in_force, limit_table
from corridor.gateway.rules.meters import Claim
from corridor.gateway.rules.prices import PriceBook, price_book
from corridor.gateway.rules.requests import Asked, Caller
from corridor.gateway.rules.usage import Usage
from corridor.gateway.service.limits import FREE, Entered, Limits
from corridor.gateway.settings import GatewaySettings
from corridor.gateway.store import MIGRATIONS

ALPHA = a_provider("alpha")
TARGET = Asked("helpline", None, (ALPHA,))
BODY: dict[str, object] = {"max_tokens": 10}
SIZE = 40  # ten tokens


def a_limit(**fields: object) -> Limit:
    return Limit.model_validate(
        {"made_at": NOON, "subject": "project", "name": "helpdesk", **fields}
    )


@dataclass
class Hands:
    """A clock that a test turns by hand."""

    seconds: float = 1000.0
    at: datetime = field(default_factory=lambda: datetime(2026, 11, 30, 12, tzinfo=UTC))

    def monotonic(self) -> float:
        return self.seconds

    def clock(self) -> datetime:
        return self.at


def limits_of(
    *found: Limit, prices: PriceBook | None = None, hands: Hands | None = None, **set_to: object
) -> Limits:
    hands = hands or Hands()
    limits = Limits(GatewaySettings.model_validate(set_to), hands.clock, hands.monotonic)
    limits.learn(limit_table(in_force(found), {}, {}), prices or PriceBook())
    return limits


def a_caller(name: str = "ana", project: str = "helpdesk") -> Caller:
    return Caller(name, name, project, ("*",), key_id=name)


async def enter(limits: Limits, name: str = "ana", size: int = SIZE) -> Entered:
    return await limits.enter(a_caller(name), TARGET, BODY, size)


async def refused(entering: Coroutine[None, None, Entered]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await entering
    return caught.value


def prices(currency: str = "INR") -> PriceBook:
    price = Price(
        of="provider", name="alpha", per_million_in=100, per_million_out=300, currency=currency
    )
    return price_book([PriceTable(made_at=NOON, valid_from=NOON, prices=(price,))])


def test_where_nothing_is_set_everybody_gets_the_same_and_nothing_is_counted() -> None:
    async def story() -> None:
        limits = limits_of()
        assert await enter(limits) is FREE
        FREE.leave(Usage(1, 1), ALPHA, kept=True)
        assert FREE.headers() == {}
        assert limits.meters == {}

    asyncio.run(story())


def test_a_request_beyond_the_limit_is_told_why_and_when_to_ask_again() -> None:
    async def story() -> None:
        hands = Hands()
        limits = limits_of(a_limit(requests_per_minute=2), hands=hands)
        for _ in range(2):
            (await enter(limits)).leave()
        refusal = await refused(enter(limits))
        assert (refusal.status, refusal.code) == (429, "rate_limit_exceeded")
        assert refusal.retry_after == 61
        assert refusal.headers["x-ratelimit-limit-requests"] == "2"
        assert refusal.headers["x-ratelimit-remaining-requests"] == "0"
        assert limits.refused == {"rate_limit_exceeded": 1}
        assert (await limits.enter(a_caller(project="other"), TARGET, BODY, SIZE)) is FREE
        hands.seconds += 61
        (await enter(limits)).leave()

    asyncio.run(story())


def test_tokens_are_held_by_estimate_and_settled_by_what_was_used() -> None:
    async def story() -> None:
        limits = limits_of(a_limit(tokens_per_minute=50))
        first, second = await enter(limits), await enter(limits)
        assert (await refused(enter(limits))).code == "tokens_per_minute"
        first.leave(Usage(2, 1), ALPHA, kept=True)
        first.leave(Usage(9, 9), ALPHA, kept=True)  # it is settled already
        assert limits.meters["project:helpdesk"].tokens.total == 23
        second.leave(Usage(None, None), ALPHA, kept=True)  # unknown: the estimate stays
        third = await enter(limits)
        third.leave()  # nobody was asked
        assert limits.meters["project:helpdesk"].tokens.total == 23
        assert limits.meters["project:helpdesk"].running == 0

    asyncio.run(story())


def test_a_budget_is_spent_by_price_and_closed_when_it_is_used_up() -> None:
    async def story() -> None:
        hands = Hands()
        # A request may cost 10 * 100 + 10 * 300 = 4000 millionths; the budget is 1.
        limits = limits_of(a_limit(daily_budget=1, currency="INR"), prices=prices(), hands=hands)
        for _ in range(249):
            (await enter(limits)).leave(Usage(10, 10), ALPHA, kept=True)
        last = await enter(limits)
        refusal = await refused(enter(limits))
        assert (refusal.code, refusal.retry_after) == ("budget_exhausted", 12 * 3600)
        last.leave(Usage(1, 1), ALPHA, kept=True)
        assert limits.meters["project:helpdesk"].purse.spent(monthly=True) == 249 * 4000 + 400
        hands.at = hands.at.replace(month=12, day=1, hour=0)
        (await enter(limits)).leave()

    asyncio.run(story())


def test_whoever_has_a_budget_may_not_use_what_has_no_price_in_it() -> None:
    async def story() -> None:
        for book in (PriceBook(), prices("JPY")):
            limits = limits_of(a_limit(daily_budget=1, currency="INR"), prices=book)
            refusal = await refused(enter(limits))
            assert (refusal.status, refusal.code) == (403, "price_unknown")
            assert limits.meters["project:helpdesk"].running == 0

    asyncio.run(story())


def test_the_narrowest_limit_counts_nothing_if_a_wider_one_refuses() -> None:
    async def story() -> None:
        limits = limits_of(
            a_limit(subject="key", name="ana", requests_per_minute=5),
            a_limit(subject="model", name="helpline", concurrency=1),
        )
        first = await enter(limits)
        assert (await refused(enter(limits))).code == "concurrency"
        assert limits.meters["key:ana"].requests.total == 1
        first.leave()
        (await enter(limits)).leave()

    asyncio.run(story())


def test_a_flood_of_one_caller_leaves_another_its_share_of_the_places() -> None:
    async def story() -> None:
        limits, served = limits_of(concurrency=2), list[str]()

        async def ask(name: str) -> None:
            entered = await enter(limits, name)
            served.append(name)
            await asyncio.sleep(0)
            entered.leave()

        flood = [asyncio.ensure_future(ask("flood")) for _ in range(200)]
        await asyncio.sleep(0)
        others = [asyncio.ensure_future(ask("other")) for _ in range(20)]
        await asyncio.gather(*flood, *others)
        last = max(place for place, name in enumerate(served) if name == "other")
        # In turn by weight: a quantum of each is some hundred such requests.
        assert last < 2 * (20 + 2048 // 20)
        assert limits.places.taken == 0

    asyncio.run(story())


def test_the_lowest_priority_is_turned_away_when_too_many_wait() -> None:
    async def story() -> None:
        limits = limits_of(
            a_limit(subject="key", name="low", priority=1),
            a_limit(subject="key", name="high", priority=8),
            concurrency=1,
            queue=1,
        )
        first = await enter(limits)
        low = asyncio.ensure_future(enter(limits, "low"))
        await asyncio.sleep(0)
        assert (await refused(enter(limits, "low"))).code == "overloaded"
        high = asyncio.ensure_future(enter(limits, "high"))
        await asyncio.sleep(0)
        assert (await refused(low)).code == "overloaded"
        first.leave()
        (await high).leave()
        assert limits.places.taken == limits.places.queue.size == 0
        assert all(meter.running == 0 for meter in limits.meters.values())

    async def refused(task: Coroutine[None, None, Entered] | asyncio.Task[Entered]) -> Refusal:
        with pytest.raises(Refusal) as caught:
            await task
        return caught.value

    asyncio.run(story())


def test_a_request_that_waits_too_long_for_its_turn_is_told_so() -> None:
    async def story() -> None:
        limits = limits_of(concurrency=1, queue_seconds=0.01)
        first = await enter(limits)
        assert (await refused(enter(limits))).code == "overloaded"
        first.leave()
        (await enter(limits)).leave()

    asyncio.run(story())


def test_a_late_event_loop_turns_away_the_least_important_first() -> None:
    async def story() -> None:
        limits = limits_of(a_limit(subject="key", name="high", priority=9))
        for _ in range(6):
            limits.note_lag(10)
        assert (await refused(enter(limits))).code == "overloaded"
        for _ in range(10):
            limits.note_lag(10)
        (await enter(limits, "high")).leave()
        for _ in range(9):
            limits.note_lag(0)
        assert await enter(limits) is FREE

    asyncio.run(story())


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["leave", "cancel", "early", "error"])),
        max_size=30,
    ),
    st.integers(1, 4),
)
def test_no_place_is_lost_whatever_becomes_of_requests(
    requests: list[tuple[str, str]], places: int
) -> None:
    async def story() -> None:
        limits = limits_of(a_limit(concurrency=100), concurrency=places, queue=10)
        busiest = Counter[str]()

        async def ask(name: str, how: str) -> None:
            entered = await enter(limits, name)
            busiest["now"] += 1
            assert busiest["now"] <= places
            try:
                await asyncio.sleep(0)
                if how == "error":
                    raise ValueError
                if how == "cancel":
                    await asyncio.sleep(60)
            finally:
                busiest["now"] -= 1
                entered.leave()

        tasks = [(asyncio.ensure_future(ask(name, how)), how) for name, how in requests]
        for turn in range(200):
            await asyncio.sleep(0)
            for task, how in tasks:
                if (how == "early" and turn == 1) or (how == "cancel" and turn % 3 == 2):
                    task.cancel()
        await asyncio.gather(*(task for task, _ in tasks), return_exceptions=True)
        assert limits.places.taken == limits.places.queue.size == 0
        assert all(meter.running == 0 for meter in limits.meters.values())

    asyncio.run(story())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path, migrations=MIGRATIONS)
    yield store
    store.close()


def test_two_processes_let_in_no_more_than_the_limit_and_one_request_each(store: Store) -> None:
    """The stated bound: the limit, and one request of each further process."""

    async def story() -> None:
        hands = Hands()
        limit = a_limit(requests_per_minute=40)
        pair = [limits_of(limit, hands=hands, share_seconds=0.01) for _ in range(2)]
        keepers = [LimitKeeper(store, limits) for limits in pair]
        for keeper in (*keepers, *keepers):
            await keeper.look()
        assert [limits.workers for limits in pair] == [2, 2]
        let_in, stop = Counter[int](), asyncio.Event()

        async def ask(which: int) -> None:
            try:
                (await enter(pair[which])).leave()
            except Refusal:
                return
            let_in[which] += 1

        async def looking(keeper: LimitKeeper) -> None:
            while not stop.is_set():
                await keeper.look()
                await asyncio.sleep(0.01)

        looks = [asyncio.ensure_future(looking(keeper)) for keeper in keepers]
        await asyncio.gather(*(ask(number % 2) for number in range(100)))
        stop.set()
        await asyncio.gather(*looks)
        assert 38 <= let_in.total() <= 41

    asyncio.run(story())


def test_what_one_process_spent_counts_for_the_other_and_after_a_restart(store: Store) -> None:
    async def story() -> None:
        limit = a_limit(monthly_budget=1, currency="INR")
        first, second = limits_of(limit, prices=prices()), limits_of(limit, prices=prices())
        keeper, other = LimitKeeper(store, first), LimitKeeper(store, second)
        for _ in range(200):
            (await enter(first)).leave(Usage(10, 10), ALPHA, kept=True)
        await keeper.look()
        await other.look()
        for _ in range(50):
            (await enter(second)).leave(Usage(10, 10), ALPHA, kept=True)
        assert (await refused(enter(second))).code == "budget_exhausted"
        await other.look()
        await keeper.look()
        assert (await refused(enter(first))).code == "budget_exhausted"

    asyncio.run(story())


def test_a_process_that_is_cut_off_from_the_store_keeps_to_its_even_part(store: Store) -> None:
    async def story() -> None:
        limit = a_limit(requests_per_minute=40)
        pair = [limits_of(limit, share_seconds=0.001) for _ in range(2)]
        for keeper in [LimitKeeper(store, limits) for limits in pair] * 2:
            await keeper.look()
        (await enter(pair[0])).leave()
        pair[0].go_on_alone()
        results = await asyncio.gather(*(enter(pair[0]) for _ in range(40)), return_exceptions=True)
        assert sum(isinstance(each, Entered) for each in results) == 19

    asyncio.run(story())


def test_a_keeper_is_run_again_after_a_defect_and_says_in_the_end_that_it_is_gone(
    store: Store,
) -> None:
    class Failing(Limits):
        def claims(self) -> dict[str, Claim]:
            if not self.refused:
                self.refused["a defect"] += 1
                raise RuntimeError("a defect")
            return Limits.claims(self)

    async def story() -> None:
        hands, stop = Hands(), asyncio.Event()
        limits = Failing(GatewaySettings(share_seconds=0.01), hands.clock, hands.monotonic)
        other = limits_of(a_limit(concurrency=1), hands=hands)
        limits.learn(other.table, other.prices)
        keeper = LimitKeeper(store, limits)
        with pytest.raises(RuntimeError):
            await keeper.run(stop)
        running = asyncio.ensure_future(keeper.run(stop))
        neighbour = LimitKeeper(store, other)
        while other.workers < 2:
            await asyncio.sleep(0.01)
            await neighbour.look()
        stop.set()
        await running
        await neighbour.look()
        assert other.workers == 1

    asyncio.run(story())
