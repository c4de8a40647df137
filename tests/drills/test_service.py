"""A drill step by step, with a clock that stands still and probes that never leave."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.builders import NOON
from support.clocks import StoppedClock
from support.drilled import a_figure, a_probed, a_request
from support.nodes import Node, a_node
from support.quiz import an_evaluation, kept_of_a_partner

from corridor.catalogue import Catalogue
from corridor.core.clock import Steady
from corridor.core.errors import NotFound
from corridor.drills import DrillCosts, DrillResult, Drills, NodeDown, NothingDepends, Requests
from corridor.drills.errors import NoItems
from corridor.drills.ports import Probe, Probed
from corridor.drills.records import Figure, Live
from corridor.drills.rules.continuity import Change, continuities
from corridor.drills.rules.figures import NOTHING, UNKNOWN
from corridor.drills.rules.loss import Taken
from corridor.drills.rules.resampling import Score
from corridor.drills.rules.turns import ALL
from corridor.drills.service.course import Course
from corridor.drills.service.plans import Plan
from corridor.drills.service.recovering import has_recovered
from corridor.drills.service.tally import Tally
from corridor.evaluation import Evaluator
from corridor.gateway import Gateway, Handled, Requirement, UnknownService

VENDORS, PARTNERS = "ab" * 32, "cd" * 32
LASTING = timedelta(seconds=30)


@dataclass
class FakeProber:
    """Answers by a list of providers, then by the last one for ever."""

    providers: list[str | None]
    error: str | None = None
    asked: list[Probe] = field(default_factory=list[Probe])
    turns: list[int] = field(default_factory=list[int])
    on_the_way: int = 0
    most_on_the_way: int = 0

    async def ask(self, probe: Probe, turn: int = 0) -> Probed:
        self.asked.append(probe)
        self.turns.append(turn)
        self.on_the_way += 1
        self.most_on_the_way = max(self.most_on_the_way, self.on_the_way)
        await asyncio.sleep(0)
        self.on_the_way -= 1
        provider = self.providers.pop(0) if len(self.providers) > 1 else self.providers[0]
        return Probed(probe.service, probe.language, 0.0, 0.1, provider, self.error)

    async def close(self) -> None:
        """Do nothing."""


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def node(tmp_path: Path, clock: StoppedClock) -> Iterator[Node]:
    with a_node(
        tmp_path, clock=clock, drills={"probe_pause_seconds": 0.0, "check_seconds": 0.2}
    ) as made:
        made.add_provider("vendor-small", "http://127.0.0.1:9/v1", sha256=VENDORS)
        made.add_provider(
            "partner-small",
            "http://127.0.0.1:9/v1",
            supplier="jp",
            model="other",
            sha256=PARTNERS,
        )
        made.offer("helpline", ["vendor-small", "partner-small"], ["en-Latn", "hi-Deva"])
        made.open_to_drills(granted=False)
        yield made


@pytest.fixture
def drills(node: Node) -> Drills:
    return node.runtime.service(Drills)


def planned(node: Node, supplier: str = "vendor", service: str | None = None) -> Plan:
    drills = node.runtime.service(Drills)
    with node.runtime.store.transaction("test") as tx:
        providers = node.runtime.service(Catalogue).providers(tx).values()
        parts = {each.name: 1.0 for each in providers if each.supplier == supplier}
        plan = drills.plan(tx, Taken(parts, supplier), service)
        return drills.keyed(tx, plan, LASTING)


def concluded(node: Node, *probed: Probed, traffic: tuple[Handled, ...] = ()) -> DrillResult:
    """Hold a drill from noon on: withdrawn after 4 s, restored after 34 s, over after 40 s."""
    plan = planned(node)
    course = Course(NOON, list(probed))
    course.withdrawn_at = NOON + timedelta(seconds=4)
    course.restored_at = NOON + timedelta(seconds=34)
    course.ended_at = NOON + timedelta(seconds=40)
    with node.runtime.store.transaction("test") as tx:
        if traffic:
            node.runtime.service(Gateway).account(tx, traffic)
        return node.runtime.service(Drills).conclude(tx, plan, course)


def of_the_same_items(after: int, before: int, answered: float = 1.0) -> Figure:
    """Return the continuity where so many of 48 are right, and a share of the probes is answered."""
    scores = {
        name: Score("same", (1.0,) * right + (0.0,) * (48 - right))
        for name, right in (("after", after), ("before", before))
    }
    return continuities([Change({"before": 1.0}, {"after": answered})], scores)[0]


def publish(node: Node, correct: int, sha256: str, language: str = "en-Latn") -> None:
    with node.runtime.store.transaction("test") as tx:
        evidence = an_evaluation(correct, sha256=sha256, language=language)
        node.runtime.service(Evaluator).publish(tx, evidence)


class TestPlanning:
    def test_every_service_and_language_that_depends_on_the_supplier_is_watched(
        self, node: Node
    ) -> None:
        node.offer("translator", ["partner-small"])
        node.offer("tutor", ["partner-small", "vendor-small"], ["ja-Jpan"])

        plan = planned(node)

        assert [(p.service, p.language) for p in plan.probes] == [
            ("helpline", "en-Latn"),
            ("helpline", "hi-Deva"),
            ("tutor", "ja-Jpan"),
        ]
        assert plan.services == ("helpline", "tutor")
        assert plan.others == {"helpline": ("partner-small",), "tutor": ("partner-small",)}

    def test_a_number_of_items_is_refused_where_there_are_none_and_is_no_more_than_there_are(
        self, node: Node
    ) -> None:
        assert planned(node).items(0) == 0
        with pytest.raises(NoItems):
            planned(node).items(5)
        publish(node, 24, VENDORS)
        assert [planned(node).items(wanted) for wanted in (0, 5, ALL)] == [0, 5, 48]

    def test_a_probe_is_a_question_in_its_language(self, node: Node) -> None:
        english, hindi = planned(node).probes

        assert english.question == "What colour is milk?"
        assert hindi.question == "दूध किस रंग का होता है?"

    def test_a_route_by_evidence_depends_on_all_that_it_may_lead_to(self, node: Node) -> None:
        for named in (("vendor-small", "partner-small"), ()):
            wanted = Requirement(among=named, without_evidence="last")
            with node.runtime.store.transaction("test") as tx:
                node.runtime.service(Gateway).route(tx, "helpline", requirement=wanted)

            plan = planned(node)

            assert plan.services == ("helpline",)
            assert plan.others == {"helpline": ("partner-small",)}

    def test_it_can_be_confined_to_one_service(self, node: Node) -> None:
        node.offer("tutor", ["vendor-small"], ["ja-Jpan"])

        assert planned(node, service="tutor").services == ("tutor",)

    def test_a_supplier_that_nothing_depends_on_can_not_be_withdrawn(self, node: Node) -> None:
        for supplier in ("nobody", "jp-inc"):
            with pytest.raises(NothingDepends, match=supplier) as refusal:
                planned(node, supplier)
            assert refusal.value.hint

    def test_a_service_that_does_not_depend_on_it_or_is_not_there_is_refused(
        self, node: Node
    ) -> None:
        node.offer("translator", ["partner-small"])

        with pytest.raises(NothingDepends):
            planned(node, service="translator")
        with pytest.raises(UnknownService):
            planned(node, service="nowhere")

    def test_a_drill_has_a_key_for_these_services_that_ends_by_itself(self, node: Node) -> None:
        plan = planned(node)

        key = node.key_of(plan.key)
        assert key.models == ("helpline",)
        assert key.expires_at is not None
        assert LASTING < key.expires_at - NOON <= LASTING + timedelta(hours=24)
        assert plan.key not in repr(plan)

    def test_the_key_is_taken_back_once_however_often_it_is_asked(
        self, node: Node, drills: Drills
    ) -> None:
        plan = planned(node)
        for _ in range(2):
            with node.runtime.store.transaction("test") as tx:
                drills.close(tx, plan)

        assert node.keys_in_force() == []


class TestCourse:
    def test_a_node_that_does_not_answer_is_down(self, node: Node, drills: Drills) -> None:
        with pytest.raises(NodeDown, match="ConnectError") as refusal:
            asyncio.run(drills.check(planned(node), FakeProber([None], "ConnectError")))
        assert refusal.value.hint

    def test_a_gateway_that_answers_is_up_even_if_no_provider_is(
        self, node: Node, drills: Drills
    ) -> None:
        asyncio.run(drills.check(planned(node), FakeProber([None], "status 503")))
        asyncio.run(drills.check(planned(node), FakeProber(["vendor-small"])))

    def test_another_program_in_the_gateways_place_is_told(
        self, node: Node, drills: Drills
    ) -> None:
        prober = FakeProber([None], "status 404")
        with pytest.raises(NodeDown, match="not its gateway"):
            asyncio.run(drills.check(planned(node), prober))
        assert len(prober.asked) > 1  # the gateway may not have read the key's record yet

    def test_all_are_probed_again_and_again_until_told_to_stop(
        self, node: Node, drills: Drills
    ) -> None:
        plan, prober, course = planned(node), FakeProber(["vendor-small"]), Course(NOON)

        async def run() -> None:
            stop = asyncio.Event()
            probing = asyncio.create_task(drills.asking(plan, prober, course).go_on(stop))
            while len(course.probed) < 10:
                await asyncio.sleep(0)
            stop.set()
            await probing

        asyncio.run(run())
        assert {probe.language for probe in prober.asked} == {"en-Latn", "hi-Deva"}
        assert len(course.probed) == len(prober.asked)

    @pytest.mark.parametrize("most", [1, 2])
    def test_no_more_probes_are_on_their_way_together_than_may_be_and_all_languages_have_their_turn(
        self, node: Node, drills: Drills, most: int
    ) -> None:
        plan, prober, course = planned(node), FakeProber(["vendor-small"]), Course(NOON)
        settings = drills.settings.model_copy(update={"probes_at_once": most})

        async def run() -> None:
            stop = asyncio.Event()
            gentle = replace(drills, settings=settings)
            probing = asyncio.create_task(gentle.asking(plan, prober, course).go_on(stop))
            while len(course.probed) < 10:
                await asyncio.sleep(0)
            stop.set()
            await probing

        asyncio.run(run())
        assert prober.most_on_the_way == most
        counts = Counter(probe.language for probe in prober.asked)
        assert set(counts) == {"en-Latn", "hi-Deva"}
        assert abs(counts["en-Latn"] - counts["hi-Deva"]) <= 1

    def test_a_drill_that_rests_waits_for_what_is_on_its_way_and_asks_nothing_more(
        self, node: Node, drills: Drills
    ) -> None:
        plan, prober, course = planned(node), FakeProber(["vendor-small"]), Course(NOON)

        async def run() -> None:
            stop, asking = asyncio.Event(), drills.asking(plan, prober, course)
            probing = asyncio.create_task(asking.go_on(stop))
            while len(course.probed) < 10:
                await asyncio.sleep(0)
            async with asking.resting():
                assert prober.on_the_way == 0
                asked = len(prober.asked)
                for _ in range(50):
                    await asyncio.sleep(0)
                assert len(prober.asked) == asked
            while len(prober.asked) == asked:
                await asyncio.sleep(0)
            stop.set()
            await probing

        asyncio.run(run())

    def test_callers_ask_often_if_each_service_was_asked_some_times_in_each_language_lately(
        self, node: Node, clock: StoppedClock
    ) -> None:
        tally = Tally(node.runtime.service(Gateway), Steady(clock), "drill")
        places = [("helpline", "en-Latn"), ("helpline", "hi-Deva")]
        # old ones, then three in English, then two in Hindi
        moments = [(-60, "hi-Deva"), (-50, "hi-Deva"), *((-4, "en-Latn"),) * 3]
        tally.before.extend(a_request(at, "served", language=tag) for at, tag in moments)
        tally.before.extend(a_request(-1, "served", language="hi-Deva") for _ in range(2))

        assert tally.asks_often(places[:1])
        assert not tally.asks_often(places)
        tally.before.append(a_request(-1, "served", language="hi-Deva"))
        assert tally.asks_often(places)

    def test_the_time_before_lasts_until_each_service_was_asked_in_each_language(
        self, node: Node, drills: Drills
    ) -> None:
        plan, course = planned(node), Course(NOON, [a_probed(1, "vendor-small")])

        assert not drills.asking(plan, FakeProber([None]), course).is_done()
        course.probed.append(replace(a_probed(2, None), language="hi-Deva"))
        assert drills.asking(plan, FakeProber([None]), course).is_done()

    def test_what_answered_before_has_recovered_when_it_has_answered_some_times_again(
        self, node: Node
    ) -> None:
        plan, course = planned(node), Course(NOON, [a_probed(1, "vendor-small")])
        course.withdrawn_at = NOON + timedelta(seconds=4)
        assert not has_recovered(plan, course)
        course.restored_at = NOON + timedelta(seconds=34)
        course.returned_at = NOON + timedelta(seconds=37)
        course.probed += [a_probed(at, "vendor-small") for at in (35, 36, 38, 39)]
        course.probed.append(a_probed(38.5, "partner-small"))
        assert not has_recovered(plan, course)  # two answers since all is open
        course.probed.append(a_probed(40, "vendor-small"))
        assert has_recovered(plan, course)


class TestMeasuring:
    def test_items_asked_before_and_during_are_counted_and_what_failed_is_not_right(
        self, node: Node
    ) -> None:
        def asked(at: float, item: str, provider: str | None, right: bool | None) -> Probed:
            error = None if provider else "status 503"
            return replace(a_probed(at, provider), right=right, error=error, item=item)

        line = concluded(
            node,
            *(asked(at, item, "vendor-small", item in "ab") for at, item in enumerate("abcd", 1)),
            *(asked(at, item, "partner-small", item == "a") for at, item in ((9, "a"), (10, "c"))),
            asked(11, "b", None, None),
        ).lines[0]

        assert line.measured is not None  # d was on its way when the supplier was withdrawn
        assert (line.measured.before_right, line.measured.before_asked) == (2, 3)
        assert (line.measured.after_right, line.measured.after_asked) == (1, 3)
        assert line.measured.both_right == 1
        assert line.measured.continuity.value == pytest.approx(1 / 2)

    def test_without_items_nothing_is_measured(self, node: Node) -> None:
        result = concluded(node, a_probed(1, "vendor-small"), a_probed(10, "partner-small"))

        assert result.lines[0].measured is None

    def test_the_items_are_those_of_the_suite_of_the_evidence(self, node: Node) -> None:
        publish(node, 24, VENDORS)
        english, hindi = planned(node).probes

        assert len(english.items) == 48
        assert hindi.items == ()  # there is no evidence in Hindi
        question = english.items[0]
        assert question.path == "/completions" or "messages" in question.body
        assert not question.is_right("nonsense")

    def test_each_drill_asks_the_items_in_another_order(self, node: Node) -> None:
        publish(node, 24, VENDORS)
        first, second = (
            [question.item for question in planned(node).probes[0].items] for _ in range(2)
        )

        assert sorted(first) == sorted(second)
        assert first != second

    def test_the_time_before_lasts_until_so_many_items_were_asked(
        self, node: Node, drills: Drills
    ) -> None:
        publish(node, 24, VENDORS)
        plan, course = planned(node), Course(NOON)
        course.probed += [a_probed(at, "vendor-small") for at in range(11)]
        course.probed.append(a_probed(1, "vendor-small", language="hi-Deva"))

        assert not drills.asking(plan, FakeProber([None]), course).is_done()
        course.probed.append(a_probed(12, "vendor-small"))
        assert drills.asking(plan, FakeProber([None]), course).is_done()

    def test_items_asked_before_the_loss_are_asked_again_in_it(
        self, node: Node, drills: Drills
    ) -> None:
        publish(node, 24, VENDORS)
        prober, course = FakeProber(["vendor-small"]), Course(NOON)
        plan = planned(node)
        plan = replace(plan, probes=plan.probes[:1])

        async def run() -> None:
            stop = asyncio.Event()
            probing = asyncio.create_task(drills.asking(plan, prober, course).go_on(stop))
            while len(course.probed) < 5:
                await asyncio.sleep(0)
            course.withdrawn_at = NOON
            while len(course.probed) < 20:
                await asyncio.sleep(0)
            stop.set()
            await probing

        asyncio.run(run())
        before = prober.turns.index(0, 1)
        assert before >= 5
        again = [turn % before for turn in range(len(prober.turns) - before)]
        assert prober.turns == [*range(before), *again]


class TestConcluding:
    def test_quality_is_the_evidence_on_who_answered_before_and_after(self, node: Node) -> None:
        publish(node, 24, VENDORS)
        with node.runtime.store.transaction("test") as tx:
            kept_of_a_partner(tx, an_evaluation(12, sha256=PARTNERS))

        result = concluded(node, a_probed(1, "vendor-small"), a_probed(10, "partner-small"))

        line = result.lines[0]
        assert (line.before.provider, line.after.provider) == ("vendor-small", "partner-small")
        assert (line.before.figure, line.after.figure) == (a_figure(24), a_figure(12))
        assert line.continuity == of_the_same_items(12, 24)
        assert line.before.source is not None
        assert line.after.source is not None
        assert (line.before.source.issuer, line.after.source.issuer) == ("in", "jp")
        assert line.switch_seconds == pytest.approx(6.1)

    def test_quality_is_on_the_suite_that_the_services_route_rests_on(self, node: Node) -> None:
        publish(node, 24, VENDORS)
        with node.runtime.store.transaction("test") as tx:
            newer = an_evaluation(
                48, sha256=VENDORS, suite="corridor-kinds", made_at=NOON + timedelta(hours=1)
            )
            node.runtime.service(Evaluator).publish(tx, newer)
        of_any = concluded(node, a_probed(1, "vendor-small"))
        wanted = Requirement(among=("vendor-small", "partner-small"), without_evidence="last")
        with node.runtime.store.transaction("test") as tx:
            node.runtime.service(Gateway).route(tx, "helpline", requirement=wanted)

        of_its_suite = concluded(node, a_probed(1, "vendor-small"))

        assert [line.before.figure.value for line in (of_any.lines[0], of_its_suite.lines[0])] == [
            1.0,
            0.5,
        ]

    def test_probes_that_nobody_answered_count_0_and_others_by_who_answered_them(
        self, node: Node
    ) -> None:
        publish(node, 24, VENDORS)
        publish(node, 12, PARTNERS)
        answered = [a_probed(second, "partner-small") for second in (10, 11, 12)]

        line = concluded(node, a_probed(1, "vendor-small"), *answered, a_probed(13, None)).lines[0]

        assert line.continuity == of_the_same_items(12, 24, answered=0.75)
        assert line.continuity.value == pytest.approx(0.75 * 12 / 24)

    def test_where_nobody_answers_afterwards_continuity_is_zero(self, node: Node) -> None:
        publish(node, 24, VENDORS)

        line = concluded(node, a_probed(1, "vendor-small"), a_probed(10, None)).lines[0]

        assert (line.after.provider, line.after.source) == (None, None)
        assert (line.after.figure, line.continuity) == (NOTHING, NOTHING)
        assert line.switch_seconds is None

    def test_without_evidence_continuity_is_unknown_and_not_a_guess(self, node: Node) -> None:
        publish(node, 24, VENDORS, "hi-Deva")

        result = concluded(node, a_probed(1, "vendor-small"), a_probed(10, "partner-small"))

        assert result.lines[0].continuity == UNKNOWN
        assert result.lines[1].continuity == UNKNOWN  # nobody was probed in Hindi
        assert result.worst_case is None

    def test_evidence_on_other_data_is_not_compared_with(self, node: Node) -> None:
        publish(node, 24, VENDORS)
        with node.runtime.store.transaction("test") as tx:
            other = an_evaluation(40, sha256=PARTNERS, suite_sha256="d" * 64)
            node.runtime.service(Evaluator).publish(tx, other)

        line = concluded(node, a_probed(1, "vendor-small"), a_probed(10, "partner-small")).lines[0]

        assert line.before.figure.value == 0.5
        assert (line.after.provider, line.after.source) == ("partner-small", None)
        assert line.continuity.value is None

    def test_where_nothing_worked_before_continuity_is_unknown(self, node: Node) -> None:
        publish(node, 12, PARTNERS)

        line = concluded(node, a_probed(1, None), a_probed(10, "partner-small")).lines[0]

        assert (line.before.figure, line.continuity) == (NOTHING, UNKNOWN)

    def test_only_probes_during_the_withdrawal_tell_who_answers_after_it(self, node: Node) -> None:
        publish(node, 24, VENDORS)
        publish(node, 12, PARTNERS)
        crossing = [a_probed(3.95, "vendor-small"), a_probed(33.95, "vendor-small")]

        result = concluded(
            node,
            a_probed(1, "vendor-small"),
            *crossing,
            a_probed(10, "partner-small"),
            *(a_probed(second, "vendor-small") for second in range(35, 40)),
        )

        assert result.lines[0].after.provider == "partner-small"
        assert result.recovered_seconds == pytest.approx(0.05)

    def test_a_slow_answer_of_another_that_was_asked_during_the_withdrawal_tells_too(
        self, node: Node
    ) -> None:
        publish(node, 24, VENDORS)
        publish(node, 12, PARTNERS)
        slow = replace(a_probed(33.9, "partner-small"), ended=a_probed(38, None).ended)

        line = concluded(node, a_probed(1, "vendor-small"), slow).lines[0]

        assert line.after.provider == "partner-small"

    def test_an_answer_that_was_on_its_way_does_not_hide_that_nobody_answers_afterwards(
        self, node: Node
    ) -> None:
        publish(node, 24, VENDORS)
        late = a_probed(4.01, "vendor-small")  # the gateway had not noticed the withdrawal yet

        line = concluded(
            node, a_probed(1, "vendor-small"), late, a_probed(10, None), a_probed(11, None)
        ).lines[0]

        assert (line.after.provider, line.continuity) == (None, NOTHING)

    def test_requests_are_those_that_ended_between_start_and_end(self, node: Node) -> None:
        traffic = (
            a_request(-1, "failed"),
            a_request(0, "served"),
            a_request(5, "moved"),
            a_request(6, "moved", language="hi-Deva"),
            a_request(7, "failed"),
            a_request(8, "refused"),
            a_request(9, "left"),
            a_request(40, "served"),
            a_request(41, "failed"),
            a_request(10, "failed").model_copy(update={"target": "another"}),
        )

        result = concluded(node, traffic=traffic)

        assert result.requests == Requests(sent=5, served=2, moved=2, failed=1)
        assert result.lines[0].requests == Requests(sent=4, served=2, moved=1, failed=1)
        assert result.lines[1].requests == Requests(sent=1, served=0, moved=1, failed=0)

    def test_the_drills_own_probes_are_counted_among_what_was_sent(self, node: Node) -> None:
        traffic = (
            a_request(1, "served", caller="drill"),
            a_request(2, "refused", caller="drill"),
            a_request(3, "left", caller="drill"),
        )

        result = concluded(node, traffic=traffic)

        assert (result.requests.sent, result.probes) == (1, 1)

    def test_live_requests_are_counted_by_what_the_evidence_says_of_who_answered(
        self, node: Node
    ) -> None:
        publish(node, 24, VENDORS)
        publish(node, 2, PARTNERS)
        publish(node, 24, VENDORS, "hi-Deva")
        moved = {"provider": "partner-small", "first_choice": "vendor-small", "attempts": 1}
        traffic = (
            a_request(1, "served"),
            a_request(2, "served", caller="drill"),
            a_request(6, "moved").model_copy(update=moved),
            a_request(7, "moved", language="hi-Deva").model_copy(update=moved),
            a_request(8, "failed"),
            a_request(9, "moved", language="und").model_copy(update=moved),
            a_request(39, "served"),
        )

        result = concluded(
            node,
            a_probed(1, "vendor-small"),
            a_probed(1, "vendor-small", language="hi-Deva"),
            traffic=traffic,
        )

        english, hindi = result.lines
        assert english.live == Live(sent=2, served=0, moved=0, degraded=1, failed=1)
        assert hindi.live == Live(sent=1, served=0, moved=1, degraded=0, failed=0, unmeasured=1)
        assert result.live_elsewhere == hindi.live
        assert result.live == Live(sent=4, served=0, moved=2, degraded=1, failed=1, unmeasured=2)
        assert [(t.provider, t.requests, t.worse) for t in english.takers] == [
            ("partner-small", 1, True)
        ]
        assert english.takers[0].source is not None
        assert result.detect_seconds == pytest.approx(1.9)
        assert (english.pace_before, english.pace_during) != (None, None)
        assert english.pace_before is not None
        assert english.pace_before.answered == 1

    def test_what_requests_cost_is_kept_and_never_leaves(self, node: Node) -> None:
        paid = {"cost": 3_000_000, "currency": "INR", "price_id": "ab" * 16}
        traffic = (a_request(1, "served").model_copy(update=paid), a_request(6, "moved"))

        result = concluded(node, traffic=traffic)

        with node.runtime.store.view() as view:
            [costs] = view.own(DrillCosts)
        assert (costs.result_id, costs.visibility) == (result.id, "internal")
        assert costs.before.amounts[0].millionths == 3_000_000
        assert (costs.during.amounts, costs.during.unpriced) == ((), 1)
        assert costs.lines[0].before == costs.before
        assert costs.lines[1].before.answered == 0

    def test_the_slowest_line_tells_the_time_to_switch(self, node: Node) -> None:
        result = concluded(
            node,
            a_probed(5, "partner-small"),
            a_probed(9, "partner-small", language="hi-Deva"),
        )

        assert result.switch_seconds == pytest.approx(5.1)

    def test_an_answer_to_anybody_ends_the_switch(self, node: Node) -> None:
        live = a_request(4.6, "moved").model_copy(update={"provider": "partner-small"})
        before = a_request(3, "moved").model_copy(update={"provider": "partner-small"})

        line = concluded(
            node, a_probed(1, "vendor-small"), a_probed(5, "partner-small"), traffic=(before, live)
        ).lines[0]

        assert line.switch_seconds == pytest.approx(0.6)

    def test_if_one_line_never_switched_there_is_no_time_to_switch(self, node: Node) -> None:
        assert concluded(node, a_probed(5, "partner-small")).switch_seconds is None

    def test_the_result_is_signed_for_partners_and_found_again(
        self, node: Node, drills: Drills
    ) -> None:
        result = concluded(node)

        assert result.visibility == "partners"
        with node.runtime.store.view() as view:
            assert drills.results(view) == [result]
            assert drills.result(view, result.id) == result
            assert drills.result(view, result.id[:8]) == result
            for wrong in ("", "nothing"):
                with pytest.raises(NotFound):
                    drills.result(view, wrong)
