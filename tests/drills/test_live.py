"""Live requests while something is lost: what is counted as what, how fast, at what cost."""

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drilled import NOON_SECONDS, a_request, a_taker

from corridor.drills.records import Figure, Live
from corridor.drills.rules.figures import NOTHING, UNKNOWN
from corridor.drills.rules.live import (
    Account,
    is_worse,
    live_of,
    pace_of,
    spent_on,
    timeline,
    together,
)
from corridor.gateway import Handled

OUTCOMES = ("served", "moved", "failed")
WORSE, LIKE, OPEN = a_taker("worse", 0), a_taker("like", 24), a_taker("open", None)


def account(*handled: Handled, withdrawn: float = 4, restored: float = 34) -> Account:
    begin, end = NOON_SECONDS + withdrawn, NOON_SECONDS + restored
    return Account(handled, {"helpline": ("partner-small",)}, begin, end)


def asked(at: float, outcome: str = "moved", **fields: object) -> Handled:
    """Return a request that would have asked the vendor first."""
    given: dict[str, object] = {"first_choice": "vendor-small", "attempts": 1, **fields}
    if outcome == "moved":
        given = {"provider": "partner-small", **given}
    return a_request(at, outcome).model_copy(update=given)


@st.composite
def requests(draw: st.DrawFn) -> list[Handled]:
    whos = st.sampled_from(["worse", "like", "open", "nobody-knows"])
    rows = draw(st.lists(st.tuples(st.sampled_from(OUTCOMES), whos), max_size=40))
    return [asked(5, outcome, provider=who) for outcome, who in rows]


class TestCounting:
    @given(requests())
    def test_what_became_of_requests_adds_up_to_what_was_sent(self, sent: list[Handled]) -> None:
        found = live_of(sent, (WORSE, LIKE, OPEN))

        assert found.served + found.moved + found.degraded + found.failed == len(sent)
        assert found.unmeasured <= found.moved
        assert found.degraded == sum(e.provider == "worse" and e.outcome == "moved" for e in sent)

    @given(st.lists(requests(), max_size=4))
    def test_the_whole_is_the_sum_of_its_parts(self, parts: list[list[Handled]]) -> None:
        takers = (WORSE, LIKE, OPEN)
        whole = live_of([each for part in parts for each in part], takers)

        assert together(live_of(part, takers) for part in parts) == whole

    def test_a_request_is_degraded_where_who_answers_is_worse_beyond_noise(self) -> None:
        found = live_of(
            [asked(5, provider=each.provider) for each in (WORSE, LIKE, OPEN)], (WORSE, LIKE, OPEN)
        )

        assert found == Live(sent=3, served=0, moved=2, degraded=1, failed=0, unmeasured=1)

    def test_what_nobody_has_measured_is_unmeasured_and_not_degraded(self) -> None:
        assert live_of([asked(5, provider="new")]).unmeasured == 1
        assert not is_worse(UNKNOWN)
        assert not is_worse(Figure(value=0.5, low=0.1, high=None))
        assert not is_worse(Figure(value=0.9, low=0.7, high=1.0))
        assert is_worse(NOTHING)

    def test_counts_that_do_not_add_up_are_no_record(self) -> None:
        with pytest.raises(ValueError, match="add up"):
            Live(sent=3, served=1, moved=1, degraded=0, failed=0)
        with pytest.raises(ValueError, match="unmeasured"):
            Live(sent=1, served=0, moved=1, degraded=0, failed=0, unmeasured=2)

    def test_live_requests_are_those_on_their_way_while_it_lasted_but_the_drills_own(self) -> None:
        crossing_in = asked(4.5, seconds=2.0)
        crossing_out = asked(40.0, seconds=7.0)
        after = asked(40.0, seconds=1.0)
        before = asked(3.9)
        probe = asked(10).model_copy(update={"caller": "drill"})
        left, refused = asked(10, "left"), asked(10, "refused")

        found = account(before, crossing_in, probe, left, refused, crossing_out, after)

        assert found.during == [crossing_in, crossing_out]
        assert found.before == [before]

    def test_how_it_was_before_is_told_by_five_minutes(self) -> None:
        old, late = asked(-297), asked(-295)

        assert account(old, late).before == [late]


class TestDetecting:
    def test_it_is_detected_by_the_first_request_that_passes_by_the_lost_provider(self) -> None:
        late = asked(4.05, attempts=1)  # was on its way when it began
        twice = asked(5.0, attempts=2)  # the lost one was asked, and another after it
        own = asked(5.5, "served", first_choice="partner-small", provider="partner-small")
        first = asked(6.1, seconds=0.1)

        found = account(late, twice, own, first, asked(9.0))

        assert found.detected(found.handled) == pytest.approx(2.0)

    def test_a_request_that_nobody_was_asked_for_tells_too(self) -> None:
        found = account(asked(6.1, "failed", attempts=0, seconds=0.1))

        assert found.detected(found.handled) == pytest.approx(2.0)

    @pytest.mark.parametrize(
        "seen", [(), (asked(40.0),), (asked(3.0),)], ids=["none", "after", "before"]
    )
    def test_without_such_a_request_it_is_not_known(self, seen: Sequence[Handled]) -> None:
        assert account(*seen).detected(seen) is None


class TestPace:
    def test_median_and_p95_are_of_what_was_answered(self) -> None:
        seconds = [float(each) for each in range(1, 101)]
        found = pace_of(
            [asked(5, seconds=each) for each in seconds] + [asked(5, "failed", seconds=900.0)]
        )

        assert (found.answered, found.median_seconds, found.p95_seconds) == (100, 50.5, 95.0)

    def test_of_nothing_nothing_is_known(self) -> None:
        found = pace_of([asked(5, "failed")])

        assert (found.answered, found.median_seconds, found.p95_seconds) == (0, None, None)


class TestCosts:
    def test_costs_are_summed_by_currency_and_what_has_no_price_is_counted(self) -> None:
        priced = [asked(5, cost=c, currency="INR", price_id="p1") for c in (10, 20)]
        yen = asked(5, cost=7, currency="JPY", price_id="p2")

        found = spent_on([*priced, yen, asked(5), asked(5, "failed")])

        assert [(a.currency, a.millionths, a.answers) for a in found.amounts] == [
            ("INR", 30, 2),
            ("JPY", 7, 1),
        ]
        assert (found.answered, found.unpriced, found.price_ids) == (4, 1, ("p1", "p2"))

    def test_a_price_of_nothing_is_known_and_no_price_is_not(self) -> None:
        free = spent_on([asked(5, cost=0, currency="INR", price_id="p")])

        assert (free.amounts[0].millionths, free.unpriced) == (0, 0)
        assert spent_on([asked(5)]).amounts == ()


class TestTimeline:
    @given(st.lists(st.tuples(st.floats(0, 90), st.sampled_from(OUTCOMES)), max_size=30))
    def test_every_request_is_in_one_step(self, rows: list[tuple[float, str]]) -> None:
        handled = [asked(at, outcome) for at, outcome in rows]

        found = timeline(handled, NOON_SECONDS, NOON_SECONDS + 90)

        assert sum(sum(row.counts) for row in found.rows) == len(rows)
        assert found.step_seconds == 2
        assert {len(row.counts) for row in found.rows} <= {45}

    def test_probes_and_live_requests_are_apart_and_failures_have_nobody(self) -> None:
        outcomes = product(("drill", "tester"), ("moved", "failed"))
        handled = [
            asked(5, outcome).model_copy(update={"caller": caller}) for caller, outcome in outcomes
        ]

        found = timeline(handled, NOON_SECONDS, NOON_SECONDS + 10)

        assert {(row.probes, row.provider) for row in found.rows} == {
            (True, "partner-small"),
            (True, None),
            (False, "partner-small"),
            (False, None),
        }

    def test_a_drill_of_a_day_has_no_more_steps_than_can_be_seen(self) -> None:
        found = timeline([asked(5)], NOON_SECONDS, NOON_SECONDS + 86_400)

        assert [len(row.counts) for row in found.rows] == [48]
