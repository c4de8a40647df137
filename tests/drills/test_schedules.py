"""Scheduled drills: their windows, what is due when, and what clocks that jump do not do."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clocks import StoppedClock
from support.drilled import a_request
from support.nodes import Node, a_node
from support.partners import until
from support.programs import corridor_here
from support.scheduled import NIGHT, Starter, a_schedule
from support.worlds import a_world

from corridor.core.clock import wall_clock
from corridor.core.errors import CorridorError, Invalid, NotFound
from corridor.drills import DrillEnded, DrillSchedule, DrillStarted, Scheduling
from corridor.drills.errors import (
    NodeDown,
    NoSchedule,
    NoStages,
    NoSuchSchedule,
    TouchesTooMuch,
)
from corridor.drills.records import Planned, Stage
from corridor.drills.rules.loss import Loss
from corridor.drills.rules.schedules import (
    days_in,
    every_text,
    fitting,
    hours_in,
    is_due,
    next_due,
    scheduled,
    window_now,
    window_of,
    window_past,
)
from corridor.drills.rules.turns import ALL
from corridor.drills.service import Wanted
from corridor.gateway import Gateway, Handled
from corridor.supply_chain import BadScenario, UnknownScenario

A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)
AROUND = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestWindows:
    def test_a_window_is_of_its_own_zone_and_of_the_day_on_which_it_opens(self) -> None:
        window = window_of(a_schedule(), date(2026, 12, 2))

        assert (window.opens, window.closes) == (at("2026-12-01 20:30"), at("2026-12-01 22:30"))
        assert window_now(a_schedule(), NIGHT) == window
        assert window_now(a_schedule(), at("2026-12-01 22:30")) is None
        assert window_now(a_schedule(), at("2026-12-01 20:29")) is None

    def test_a_window_over_midnight_belongs_to_the_day_before(self) -> None:
        late = a_schedule(opens="23:00", closes="01:00", zone="UTC")

        window = window_now(late, at("2026-12-02 00:30"))

        assert window is not None
        assert window.day == date(2026, 12, 1)
        assert window_past(late, at("2026-12-02 01:00")).day == date(2026, 12, 1)

    @pytest.mark.parametrize(
        ("day", "hours"), [("2026-03-29", 2), ("2026-10-25", 4), ("2026-06-01", 3)]
    )
    def test_where_clocks_are_changed_a_window_is_as_long_as_the_night_is(
        self, day: str, hours: int
    ) -> None:
        window = window_of(
            a_schedule(opens="01:00", closes="04:00", zone="Europe/Berlin"), date.fromisoformat(day)
        )

        assert window.closes - window.opens == hours * AN_HOUR

    @given(
        st.datetimes(
            at("2020-01-01").replace(tzinfo=None),
            at("2035-01-01").replace(tzinfo=None),
            timezones=st.just(UTC),
        ),
        st.sampled_from(["Asia/Kolkata", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"]),
        st.sampled_from([("02:00", "04:00"), ("23:30", "00:30"), ("00:00", "00:00")]),
    )
    def test_the_open_window_holds_the_moment_and_the_past_one_ended_before_it(
        self, now: datetime, zone: str, hours: tuple[str, str]
    ) -> None:
        schedule = a_schedule(opens=hours[0], closes=hours[1], zone=zone)

        window, past = window_now(schedule, now), window_past(schedule, now)

        assert window is None or window.opens <= now < window.closes
        assert past.closes <= now
        assert window is None or past.day < window.day

    @given(
        st.lists(st.integers(0, 40), max_size=8),
        st.integers(1, 10),
        st.integers(0, 40),
    )
    def test_what_is_due_is_never_nearer_to_one_that_was_held_than_its_interval(
        self, held: list[int], every: int, ahead: int
    ) -> None:
        schedule, first = a_schedule(every_days=every), date(2026, 12, 1)
        days = [first + A_DAY * each for each in held]
        now = datetime.combine(first + A_DAY * ahead, datetime.min.time(), UTC)

        window = next_due(schedule, now, days, days)

        assert window.closes > now
        assert is_due(schedule, window.day, days, days)
        assert all(abs((window.day - each).days) >= every for each in days)


class TestWords:
    def test_how_often_is_read_and_written(self) -> None:
        assert [days_in(text) for text in ("1d", "10d", "2w")] == [1, 10, 14]
        assert [every_text(days) for days in (1, 10, 14)] == ["1d", "10d", "2w"]
        assert hours_in("02:00-04:00") == ("02:00", "04:00")

    @pytest.mark.parametrize("text", ["0d", "often", "53w", "1h", ""])
    def test_what_is_no_interval_is_refused(self, text: str) -> None:
        with pytest.raises(NoSchedule):
            days_in(text)

    @pytest.mark.parametrize(
        "fields",
        [
            {"opens": "25:00"},
            {"zone": "Asia/Nowhere"},
            {"zone": "../../etc/passwd"},
            {"closes": "02:01"},
            {"supplier": None},
            {"scenario": "model-withdrawn"},
            {"every_days": 0},
            {"below": 0},
            {"name": "No Name"},
        ],
    )
    def test_a_schedule_that_cannot_be_kept_is_refused_with_the_place(
        self, fields: dict[str, object]
    ) -> None:
        given_fields = {name: getattr(a_schedule(), name) for name in DrillSchedule.model_fields}
        with pytest.raises(NoSchedule) as refusal:
            fitting(scheduled({**given_fields, **fields}), AROUND)
        assert str(refusal.value)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(NIGHT)


@pytest.fixture
def node(tmp_path: Path, clock: StoppedClock) -> Iterator[Node]:
    with a_node(tmp_path, clock=clock) as made:
        made.add_provider("vendor-small", "http://127.0.0.1:9/v1")
        made.offer("helpline", ["vendor-small"])
        yield made


class Keeper:
    """A node's schedules, with somebody else who begins the drills."""

    def __init__(self, node: Node, **fields: object) -> None:
        self.node, self.starter = node, Starter()
        runtime = node.runtime
        known = runtime.service(Scheduling)
        self.scheduling = Scheduling(
            known.settings, known.clock, known.gateway, known.rehearsals, self.starter
        )
        with runtime.store.transaction("test") as tx:
            self.scheduling.add(tx, a_schedule(**fields))

    def look(self) -> list[tuple[str, str, str]]:
        """Look, as the node does; return what became of the last windows, the newest first."""
        self.scheduling.look(self.node.runtime.store)
        return [(turn.day, turn.state, turn.why) for turn in self.planned.turns]

    @property
    def planned(self) -> Planned:
        with self.node.runtime.store.view() as view:
            return self.scheduling.planned(view)[0]


def test_what_is_due_is_begun_once_within_its_window_and_never_outside(
    node: Node, clock: StoppedClock
) -> None:
    keeper = Keeper(node, service="helpline")
    clock.now = NIGHT - AN_HOUR
    assert keeper.look() == []
    clock.now = NIGHT

    assert keeper.look()[0] == ("2026-12-02", "held", "")
    for _ in range(3):
        keeper.look()
    clock.now = NIGHT + 8 * AN_HOUR
    keeper.look()

    [(loss, wanted)] = keeper.starter.asked
    assert (loss.supplier, loss.service) == ("vendor", "helpline")
    assert [stage.kind for stage in wanted.stages] == ["shadow"]
    with node.runtime.store.view() as view:
        [started] = view.own(DrillStarted)
    assert started.asked_by == "schedule nightly"
    assert keeper.planned.turns[0].drill_id == started.id
    assert keeper.planned.next == at("2026-12-02 20:30")


@pytest.mark.parametrize(
    "jumps",
    [
        (-AN_HOUR, AN_HOUR),
        (-A_DAY, A_DAY),
        (-2 * A_DAY, A_DAY, A_DAY),
        (400 * A_DAY, -400 * A_DAY),
        (timedelta(minutes=-31), timedelta(minutes=31)),
        (-5 * A_DAY, A_DAY, A_DAY, A_DAY, A_DAY, A_DAY),
    ],
)
def test_a_clock_that_jumps_does_not_start_a_drill_twice_in_its_interval(
    node: Node, clock: StoppedClock, jumps: tuple[timedelta, ...]
) -> None:
    keeper = Keeper(node, every_days=7)
    keeper.look()
    begun = {NIGHT.date()}

    for jump in jumps:
        clock.now += jump
        before = len(keeper.starter.asked)
        keeper.look()
        if len(keeper.starter.asked) > before:
            assert all(abs(clock.now.date() - day) >= 7 * A_DAY for day in begun)
            begun.add(clock.now.date())

    assert len(keeper.starter.asked) == len(begun)


def test_a_window_in_which_the_node_did_not_run_is_told_and_the_next_one_is_tried(
    node: Node, clock: StoppedClock
) -> None:
    keeper = Keeper(node, every_days=30)
    clock.now = NIGHT + 3 * A_DAY

    keeper.look()

    why = "the node did not run then, or its clock jumped"
    assert keeper.look() == [("2026-12-05", "held", ""), ("2026-12-04", "skipped", why)]


def test_that_a_window_was_skipped_counts_for_nothing_if_the_clock_was_ahead(
    node: Node, clock: StoppedClock
) -> None:
    keeper = Keeper(node)
    keeper.look()
    clock.now = NIGHT + A_DAY + 8 * AN_HOUR  # ahead: the next window seems to be over
    assert keeper.look()[0][:2] == ("2026-12-03", "skipped")

    clock.now = NIGHT + A_DAY  # right again, and now that window is open

    assert keeper.look()[0] == ("2026-12-03", "held", "")


def test_nothing_begins_during_an_incident_and_that_is_told_when_the_window_closes(
    node: Node, clock: StoppedClock
) -> None:
    keeper = Keeper(node, every_days=30)
    suspension = node.suspend("vendor", 30 * 24 * 3600)

    assert keeper.look() == [("2026-12-02", "waits", "an incident: supplier vendor is suspended")]
    clock.now += 3 * AN_HOUR
    assert keeper.look()[0][:2] == ("2026-12-02", "skipped")
    assert "supplier vendor" in keeper.look()[0][2]
    node.lift(suspension)
    assert keeper.look()[0][1] == "skipped"  # it is not made up for in the middle of the day
    clock.now = NIGHT + A_DAY
    assert keeper.look()[0] == ("2026-12-03", "held", "")  # but in the next window
    assert len(keeper.starter.asked) == 1


def test_nothing_begins_beside_another_drill_but_later_in_the_same_window(
    node: Node, clock: StoppedClock
) -> None:
    keeper = Keeper(node)
    wanted = Wanted((Stage(kind="shadow", seconds=30, share=0),))
    other = Starter(ends=False).start(node.runtime.store, Loss("vendor"), wanted)
    assert keeper.look()[0] == ("2026-12-02", "waits", f"drill {other.id[:12]} is not over")
    with node.runtime.store.transaction("test") as tx:
        tx.append(DrillEnded(made_at=clock.now, drill_id=other.id, how="finished", why=""))
    clock.advance(60)

    assert keeper.look()[0] == ("2026-12-02", "held", "")


def test_a_drill_that_would_not_be_over_in_its_window_is_not_begun(
    node: Node, clock: StoppedClock
) -> None:
    keeper = Keeper(node, stages=(Stage(kind="shadow", seconds=1200, share=0),))
    clock.now = at("2026-12-01 22:12")

    assert keeper.look() == [
        ("2026-12-02", "waits", "too little of its window was left when the node looked")
    ]
    clock.now = at("2026-12-01 22:40")
    assert keeper.look()[0][1] == "skipped"
    assert keeper.starter.asked == []


def test_time_for_all_items_is_left_in_a_window_and_asked_for(
    node: Node, clock: StoppedClock
) -> None:
    clock.now = at("2026-12-01 22:25")  # five minutes before it closes
    assert Keeper(node, items=ALL).look()[0][1] == "waits"
    keeper = Keeper(node)
    assert keeper.look()[0][1] == "held"
    clock.now = at("2026-12-02 22:15")
    keeper = Keeper(node, items=ALL)
    assert keeper.look()[0][1] == "held"

    assert keeper.starter.asked[-1][1].items == ALL


def test_what_is_refused_for_good_has_had_its_turn_and_what_may_pass_is_tried_again(
    node: Node, clock: StoppedClock
) -> None:
    keeper = Keeper(node)
    keeper.starter.refusal = NodeDown("The gateway does not answer.")
    assert keeper.look()[0] == ("2026-12-02", "waits", "The gateway does not answer.")
    keeper.starter.refusal = TouchesTooMuch("Too much.")
    assert keeper.look()[0] == ("2026-12-02", "refused", "Too much.")
    keeper.starter.refusal = None
    assert keeper.look()[0][1] == "refused"
    clock.now += A_DAY

    assert keeper.look()[0] == ("2026-12-03", "held", "")


def test_a_busy_node_waits_until_fewer_requests_come(node: Node, clock: StoppedClock) -> None:
    keeper = Keeper(node, below=0.5)
    # three of callers in five minutes are 0.6 a minute; the prober's own do not count
    with node.runtime.store.transaction("test") as tx:
        projects = ["tests"] * 3 + ["drills"] * 50
        asked = [_asked(clock.now, *each) for each in enumerate(projects)]
        node.runtime.service(Gateway).account(tx, asked)
    assert keeper.look()[0] == ("2026-12-02", "waits", "0.6 requests a minute, not below 0.5")
    clock.advance(301)

    assert keeper.look()[0] == ("2026-12-02", "held", "")


def _asked(now: datetime, number: int, project: str) -> Handled:
    fields = {"at": now.timestamp(), "request_id": f"r{number}", "project": project}
    return a_request(0, "served").model_copy(update=fields)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"supplier": "vendro"}, NotFound),
        ({"service": "nowhere"}, NotFound),
        ({"supplier": None, "scenario": "no-such"}, UnknownScenario),
        ({"supplier": None, "scenario": "model-withdrawn"}, BadScenario),
        ({"parameters": {"country": "US"}}, Invalid),
        ({"stages": (Stage(kind="full", seconds=1, share=1),) * 2}, NoStages),
    ],
)
def test_what_could_never_be_held_is_not_scheduled(
    node: Node, fields: dict[str, object], error: type[CorridorError]
) -> None:
    with pytest.raises(error) as refusal:
        Keeper(node, **fields)
    assert refusal.value.hint


def test_a_scenario_is_scheduled_with_its_parameters(node: Node) -> None:
    fields = {"supplier": None, "scenario": "model-withdrawn", "parameters": {"country": "US"}}
    keeper = Keeper(node, **fields, home="IN", worse=True)

    keeper.look()

    [(loss, _)] = keeper.starter.asked
    assert loss.scenario is not None
    assert (loss.scenario.name, loss.parameters) == ("model-withdrawn", {"country": "US"})
    assert (loss.home, loss.worse, loss.supplier) == ("IN", True, None)


def test_a_schedule_is_replaced_by_its_name_and_ended(node: Node) -> None:
    keeper = Keeper(node)
    keeper.look()
    keeper = Keeper(node, every_days=14)
    assert keeper.planned.next == at("2026-12-15 20:30")  # its turns go on

    with node.runtime.store.transaction("test") as tx:
        keeper.scheduling.remove(tx, "nightly")
        with pytest.raises(NoSuchSchedule):
            keeper.scheduling.remove(tx, "nightly")
    with node.runtime.store.view() as view:
        assert keeper.scheduling.planned(view) == []


def test_a_served_node_holds_what_is_due_by_itself(tmp_path: Path) -> None:
    with ExitStack() as stack:
        world = a_world(stack, tmp_path)
        now = wall_clock()
        hours = f"{now - AN_HOUR:%H:%M}-{now + AN_HOUR:%H:%M}"
        words = ("--home", world.node.home, "drill", "schedule")
        what = ("--withdraw", "vendor", "--between", hours, "--zone", "UTC")

        added = corridor_here(*words, "add", "weekly", *what, "--stages", "shadow:1s,canary:1s@5%")

        assert added.returncode == 0, added.stderr
        until(lambda: len(world.ended()) == 1, 120)
        assert world.ended()[0].how == "finished"
        shown = corridor_here(*words, "list")
        assert "held" in shown.stdout
        assert "canary:1s@5%" in shown.stdout
        answer = httpx2.get(
            f"{world.node.address}/drills/schedules",
            headers=world.node.operator,
            trust_env=False,
            timeout=60,
        ).json()
        [turn] = answer[0]["turns"]
        until(world.nothing_is_left)
        with world.node.runtime.store.view() as view:
            assert [(e.id, e.asked_by) for e in view.own(DrillStarted)] == [
                (turn["drill_id"], "schedule weekly")
            ]
        assert corridor_here(*words, "remove", "weekly").returncode == 0
        assert "none yet" in corridor_here(*words, "list").stdout


def test_schedules_over_http_are_the_operators_and_refused_with_the_place(node: Node) -> None:
    node.start()
    address = f"{node.address}/drills/schedules"
    body = {
        "name": "weekly",
        "withdraw": "vendor",
        "opens": "02:00",
        "closes": "04:00",
        "zone": "Asia/Tokyo",
    }
    with httpx2.Client(trust_env=False, headers=node.operator, timeout=60) as web:
        assert web.post(address, json=body, headers={"authorization": "x"}).status_code == 403
        wrong = web.post(address, json={**body, "zone": "Asia/Nowhere"})
        assert (wrong.status_code, wrong.json()["type"]) == (422, "NoSchedule")
        both = web.post(address, json={**body, "scenario": "model-withdrawn"})
        assert (both.status_code, both.json()["type"]) == (422, "NoSchedule")
        made = web.post(address, json=body)
        assert made.status_code == 201, made.text
        assert [stage["kind"] for stage in made.json()["stages"]] == ["shadow", "canary"]
        assert web.delete(f"{address}/weekly").status_code == 200
        assert web.delete(f"{address}/weekly").status_code == 404
