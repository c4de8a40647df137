"""Plans: what a loss is foretold to leave, from records alone, in a world with known scores."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import opening
from support.clocks import StoppedClock
from support.drilled import a_figure, a_line, a_quality, a_result
from support.foretold import PARTNERS, VENDORS, a_world, account, continuity, planned
from support.nodes import Node, a_node
from support.supply import a_provider

from corridor.access import ApiKeys, Decider
from corridor.catalogue import Catalogue
from corridor.core.errors import NotFound
from corridor.drills import Asked, Planning, Prediction
from corridor.drills.errors import (
    NobodyAnswers,
    NoEvidence,
    NoSuchPrediction,
    NothingLive,
    NothingThen,
)
from corridor.drills.records import Foreseen
from corridor.evaluation import Evaluation
from corridor.gateway import Gateway, Requirement, UnknownService
from corridor.supply_chain import BadScenario, Scenario, library

CLOSE = 1e-9


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Node]:
    with a_world(tmp_path) as node:
        yield node


def without(node: Node, supplier: str, service: str | None = None) -> Prediction:
    with node.runtime.store.view() as view:
        node.runtime.service(Decider).refresh(view)
        return node.runtime.service(Planning).plan_without(view, supplier, Asked({}, None, service))


def line(found: Prediction, service: str, language: str) -> Foreseen:
    return next(e for e in found.lines if (e.service, e.language) == (service, language))


def why(found: Foreseen) -> dict[str, tuple[bool, str]]:
    return {each.provider: (each.eligible, each.why) for each in found.choices}


class TestContinuity:
    def test_it_is_the_score_of_what_answers_then_over_that_of_what_answers_now(
        self, world: Node
    ) -> None:
        found = planned(world)

        assert continuity(found) == {
            ("helpline", "ta-Taml"): None,
            ("tutor", "ja-Jpan"): 0.0,
            ("helpline", "hi-Deva"): pytest.approx(12 / 24, abs=CLOSE),
            ("helpline", "en-Latn"): pytest.approx(30 / 36, abs=CLOSE),
        }

    def test_the_worst_case_is_the_least_of_what_is_known_and_the_unknown_is_listed_first(
        self, world: Node
    ) -> None:
        found = planned(world)

        helpline, tutor = found.services
        assert (helpline.service, tutor.service) == ("helpline", "tutor")
        assert helpline.unknown == ("ta-Taml",)
        assert helpline.worst is not None
        assert helpline.worst.language == "hi-Deva"
        assert helpline.worst.continuity.value == pytest.approx(0.5, abs=CLOSE)
        assert helpline.weighted == pytest.approx((12 / 24 + 30 / 36) / 2, abs=CLOSE)
        assert helpline.weighted_of == pytest.approx(2 / 3, abs=CLOSE)
        assert found.overall.worst is not None
        assert (found.overall.worst.service, found.overall.worst.continuity.value) == ("tutor", 0.0)
        assert found.overall.unknown == ("helpline/ta-Taml",)
        assert found.lines[0].language == "ta-Taml"

    def test_every_score_leads_to_its_signed_record(self, world: Node) -> None:
        (before,) = line(planned(world), "helpline", "hi-Deva").before

        assert before.source is not None
        with world.runtime.store.view() as view:
            assert view.entry(before.source.record_id).sha256 == before.source.sha256

    def test_a_better_model_is_shown_above_1_and_capped_in_the_summary(self, world: Node) -> None:
        world.offer("tutor", ["partner-small", "vendor-small"], ["en-Latn"])

        found = without(world, "partner", service="tutor")

        assert continuity(found) == {("tutor", "en-Latn"): pytest.approx(36 / 30, abs=CLOSE)}
        assert found.overall.worst is not None
        assert found.overall.worst.continuity.value == 1.0

    def test_the_interval_is_of_the_same_questions_and_says_so(self, world: Node) -> None:
        found = line(planned(world), "helpline", "en-Latn")

        assert found.paired
        assert found.continuity.low is not None
        assert found.continuity.high is not None
        assert 0.6 < found.continuity.low < 30 / 36 < found.continuity.high < 1.0

    def test_the_same_records_give_the_same_prediction(self, world: Node) -> None:
        assert planned(world).lines == planned(world).lines


class TestCapacity:
    def test_a_fallback_that_can_take_30_per_cent_of_the_traffic_gives_30_per_cent(
        self, tmp_path: Path
    ) -> None:
        with a_world(tmp_path, capacity=0.15) as node:  # of 0.5 requests in a minute
            account(node, [("helpline", "en-Latn", 20), ("helpline", "hi-Deva", 10)])

            found = planned(node, service="helpline")

        assert line(found, "helpline", "en-Latn").after[0].share == pytest.approx(0.3, abs=CLOSE)
        assert continuity(found)["helpline", "en-Latn"] == pytest.approx(0.3 * 30 / 36, abs=CLOSE)
        assert continuity(found)["helpline", "hi-Deva"] == pytest.approx(0.3 * 12 / 24, abs=CLOSE)
        assert found.services[0].weighted == pytest.approx(
            0.3 * (20 * 30 / 36 + 10 * 12 / 24) / 30, abs=CLOSE
        )

    def test_the_share_of_live_traffic_that_is_touched_is_counted_without_probes(
        self, world: Node
    ) -> None:
        account(world, [("helpline", "en-Latn", 6), ("tutor", "ja-Jpan", 2)])
        world.offer("other", ["partner-small"], ["en-Latn"])
        account(world, [("other", "en-Latn", 8)])

        found = planned(world)

        assert line(found, "helpline", "en-Latn").traffic == pytest.approx(6 / 16)
        assert found.overall.touched == pytest.approx(0.5)

    def test_what_is_not_stated_is_said(self, world: Node) -> None:
        assert any(
            "no capacity is stated for partner-small" in each for each in planned(world).notes
        )
        assert any("no requests lately" in each for each in planned(world).notes)


class TestWhoMayTakeOver:
    def test_each_other_provider_is_named_with_the_reason(self, world: Node) -> None:
        world.suspend("partner")

        found = line(planned(world, service="helpline"), "helpline", "en-Latn")

        assert why(found) == {
            "vendor-small": (False, "lost: 100%"),
            "partner-small": (False, "suspended now"),
        }
        assert found.continuity.value == 0.0

    def test_whom_access_refuses_is_no_fallback(self, world: Node) -> None:
        world.offer("helpline", ["vendor-small", "partner-small"], ["en-Latn", "bn-Beng"])

        found = planned(world, service="helpline")

        assert [each.language for each in found.lines] == ["en-Latn"]
        with world.runtime.store.transaction("test") as tx:
            keys = world.runtime.service(ApiKeys)
            for key, _ in keys.keys(tx):
                keys.revoke(tx, key.prefix, "a test")
        with pytest.raises(NobodyAnswers, match="nobody holds a key") as refusal:
            planned(world, service="helpline")
        assert refusal.value.hint

    def test_a_caller_whom_access_refuses_the_fallback_counts_by_its_share_of_the_requests(
        self, world: Node
    ) -> None:
        with world.runtime.store.transaction("test") as tx:
            vendor = world.runtime.service(Catalogue).provider(tx, "vendor-small")
            opening.make_caller(world.runtime, tx, "second")
            opening.open_models(world.runtime, tx, "second", providers=[vendor])
            world.runtime.service(ApiKeys).issue(
                tx, "second", opening.PROJECT, "second", ("helpline",)
            )

        found = line(planned(world, service="helpline"), "helpline", "en-Latn")

        assert found.continuity.value == pytest.approx(0.5 * 30 / 36, abs=CLOSE)
        account(world, [("helpline", "en-Latn", 4)])  # all of the first caller
        found = line(planned(world, service="helpline"), "helpline", "en-Latn")
        assert found.continuity.value == pytest.approx(30 / 36, abs=CLOSE)

    def test_by_requirement_who_is_too_weak_in_a_language_does_not_take_over(
        self, world: Node
    ) -> None:
        wanted = Requirement(min_score=0.2, without_evidence="refuse", suite="capitals")
        suite = suite_of(world)
        wanted = wanted.model_copy(
            update={"suite": suite, "among": ("vendor-small", "partner-small")}
        )
        world.offer("helpline", ["vendor-small"], ["en-Latn", "hi-Deva"])
        with world.runtime.store.transaction("test") as tx:
            world.runtime.service(Gateway).route(tx, "helpline", requirement=wanted)

        found = planned(world, service="helpline")

        assert continuity(found) == {
            ("helpline", "hi-Deva"): 0.0,
            ("helpline", "en-Latn"): pytest.approx(30 / 36, abs=CLOSE),
        }
        partner = why(line(found, "helpline", "hi-Deva"))["partner-small"]
        assert partner[0] is False
        assert partner[1].startswith("below 0.2")

    def test_nobody_who_holds_a_key_means_the_drills_own_caller_is_judged(
        self, tmp_path: Path
    ) -> None:
        with a_node(tmp_path, clock=StoppedClock()) as node:
            node.add_provider("vendor-small", "http://127.0.0.1:9/v1", sha256=VENDORS)
            node.add_provider(
                "other", "http://127.0.0.1:9/v1", supplier="jp", model="o", sha256=PARTNERS
            )
            node.offer("helpline", ["vendor-small", "other"])
            node.open_to_drills()

            found = without(node, "vendor")

        assert continuity(found) == {("helpline", "en-Latn"): pytest.approx(1.0)}
        assert any("access is judged for prober" in each for each in found.notes)


class TestWhatIsLost:
    def test_a_provider_over_http_of_the_country_is_lost_for_certain_another_possibly(
        self, world: Node
    ) -> None:
        gone = {(each.what, each.name): (each.low, each.high) for each in planned(world).gone}

        assert gone["supplier", "vendor"] == gone["provider", "vendor-small"] == (1.0, 1.0)
        assert gone["provider", "partner-small"] == (0.0, 1.0)
        assert gone["model", "frontier-models"] == (0.0, 1.0)

    def test_if_worse_is_shown_where_it_differs(self, world: Node) -> None:
        found = planned(world)

        assert line(found, "helpline", "en-Latn").if_worse is not None
        assert line(found, "tutor", "ja-Jpan").if_worse is None

    def test_those_who_are_at_home_lose_nothing_by_a_stop_of_exports(self, world: Node) -> None:
        with pytest.raises(NothingLive):
            planned(world, home="US")

    def test_a_part_of_what_any_provider_is_assumed_to_need_is_lost_for_certain_to_none(
        self, world: Node
    ) -> None:
        found = planned(world, "cloud-region-lost", country=None)

        gone = {each.name: each for each in found.gone if each.what == "provider"}
        assert gone["vendor-small"].low == 0.0
        assert gone["vendor-small"].high == pytest.approx(0.1)
        assert continuity(found)["tutor", "ja-Jpan"] == 1.0
        worse = line(found, "tutor", "ja-Jpan").if_worse
        assert worse is not None
        assert worse.value == pytest.approx(0.9)

    def test_when_how_long_how_likely_and_who_says_so(self, world: Node) -> None:
        own = Scenario.model_validate(
            {
                "name": "own",
                "title": "Ours",
                "likelihood": {"a_year": 0.2, "source": "a workshop of ours, 2026"},
                "disruptions": (
                    {"kind": "supplier", "actor": "organisation:us-labs", "duration_days": 5,
                     "start_day": 2},
                ),
            }
        )  # fmt: skip

        told = planned(world, own, country=None).scenario

        assert told.likelihood is not None
        assert (told.likelihood.a_year, told.likelihood.source) == (0.2, "a workshop of ours, 2026")
        assert (told.span.begins_day, told.span.lasts_low, told.span.lasts_high) == (2.0, 5.0, 5.0)
        assert planned(world).scenario.span.lasts_low is None

    def test_what_is_lost_says_from_which_day_and_all_of_it_is_foretold_at_once(
        self, world: Node
    ) -> None:
        def lost(country: str, **fields: object) -> dict[str, object]:
            stopped = {"kind": "export-control", "inputs": ("hosted-inference",)}
            return {**stopped, "country": country, **fields}

        def own(*disruptions: dict[str, object]) -> Scenario:
            return Scenario.model_validate(
                {"name": "own", "title": "Ours", "disruptions": disruptions}
            )

        one, other = lost("US", duration_days=5), lost("JP")
        parted = planned(world, own(one, {**other, "start_day": 400}), country=None)
        at_once = planned(world, own(one, other), country=None)

        days = {each.name: (each.begins_day, each.certain_day) for each in parted.gone}
        assert days["vendor"] == days["vendor-small"] == (0.0, 0.0)
        # On day 0 some inference is lost, perhaps this one's; on day 400 its country's.
        assert days["partner"] == days["partner-small"] == (0.0, 400.0)
        assert parted.lines == at_once.lines
        assert any("on days 0 and 400 of the scenario" in each for each in parted.notes)
        assert {each.begins_day for each in at_once.gone} == {0.0}
        assert at_once.notes == parted.notes[1:]

    def test_of_one_day_is_lost_what_has_begun_and_is_not_over(self, world: Node) -> None:
        def lost(country: str, **fields: object) -> dict[str, object]:
            return {
                "kind": "export-control",
                "inputs": ("hosted-inference",),
                "country": country,
                **fields,
            }

        own = Scenario.model_validate(
            {
                "name": "own",
                "title": "Ours",
                "disruptions": (
                    lost("US", duration_days={"low": 5, "high": 9}, recovery_days=2),
                    lost("JP", start_day=400),
                ),
            }
        )

        def on(day: float | None) -> dict[str, tuple[float, float]]:
            found = planned(world, own, country=None, day=day)
            assert found.scenario.day == day
            return {
                each.name: (each.low, each.high) for each in found.gone if each.what == "provider"
            }

        assert on(None)["vendor-small"] == on(4.0)["vendor-small"] == (1.0, 1.0)
        assert on(10.0)["vendor-small"] == (0.0, 1.0)  # over, perhaps, or it comes back just now
        assert on(None)["partner-small"][0] == 1.0
        assert on(4.0).get("partner-small", (0.0, 1.0))[0] == 0.0  # its country's is gone later
        with pytest.raises(
            NothingThen, match="On day 20 nothing of it is gone; it begins on day 0, 400"
        ):
            on(20.0)

    def test_half_of_a_supplier_leaves_half(self, world: Node) -> None:
        own = Scenario.model_validate(
            {
                "name": "half",
                "title": "Half",
                "disruptions": ({"kind": "supplier", "actor": "organisation:us-labs", "part": 50},),
            }
        )

        found = planned(world, own, country=None)

        assert continuity(found)["tutor", "ja-Jpan"] == pytest.approx(0.5, abs=CLOSE)
        assert continuity(found)["helpline", "hi-Deva"] == pytest.approx(
            (0.5 * 24 + 0.5 * 12) / 24, abs=CLOSE
        )


class TestBadInput:
    def test_a_scenario_that_names_nothing_live_says_so_with_the_nearest_names(
        self, world: Node
    ) -> None:
        with pytest.raises(NothingLive, match=r"nearest names here are vendor") as refusal:
            without(world, "vendr")
        assert refusal.value.hint
        with pytest.raises(NothingLive, match="rest on US, vendor, vendor-small"):
            planned(world, country="JP", service="tutor", home="US")

    def test_a_name_that_no_table_has_is_refused_with_the_nearest(self, world: Node) -> None:
        own = Scenario.model_validate(
            {"name": "own", "title": "x", "disruptions": ({"kind": "supplier", "actor": "openia"},)}
        )

        with pytest.raises(BadScenario, match="openai"):
            planned(world, own, country=None)

    def test_a_service_that_is_not_there_or_has_no_route_is_refused(self, world: Node) -> None:
        with world.runtime.store.transaction("test") as tx:
            world.runtime.service(Gateway).offer(tx, "bare", "Bare", ["en-Latn"])

        with pytest.raises(UnknownService):
            planned(world, service="nowhere")
        with pytest.raises(NotFound, match="bare has no route") as refusal:
            planned(world, service="bare")
        assert refusal.value.hint

    def test_a_node_without_any_route_has_nothing_to_plan_for(self, tmp_path: Path) -> None:
        with a_node(tmp_path) as node, pytest.raises(NotFound, match="No service"):
            without(node, "vendor")

    def test_no_evidence_at_all_is_one_clear_answer(self, world: Node) -> None:
        world.offer("only", ["vendor-small", "partner-small"], ["ta-Taml"])
        world.issue_key("only")

        with pytest.raises(NoEvidence, match="only") as refusal:
            without(world, "vendor", service="only")
        assert refusal.value.hint

    def test_a_prediction_that_is_not_kept_is_not_found(self, world: Node) -> None:
        with world.runtime.store.view() as view, pytest.raises(NoSuchPrediction):
            world.runtime.service(Planning).prediction(view, "ff")


class TestTheWholeLibrary:
    def test_it_is_one_table_the_worst_first_with_each_country_in_turn(self, world: Node) -> None:
        with world.runtime.store.view() as view:
            world.runtime.service(Decider).refresh(view)
            planning = world.runtime.service(Planning)
            found = planning.plan_all(view, list(library().values()), Asked({}, "IN"))

        pairs = {(row.scenario, *row.parameters.values()) for row in found.rows}
        assert {("model-withdrawn", "US"), ("model-withdrawn", "JP")} <= pairs
        assert {name for name, *_ in pairs} == set(library())
        values = [row.overall.worst.continuity.value for row in found.rows if row.overall.worst]
        assert values == sorted(values, key=lambda value: value or 0.0)
        assert found.corridor.least is not None
        assert found.corridor.least.continuity.value == 0.0
        assert {each.service for each in found.services} == {"helpline", "tutor"}
        helpline = next(each for each in found.services if each.service == "helpline")
        assert helpline.least is not None
        assert helpline.least.continuity.value == pytest.approx(0.5, abs=CLOSE)


class TestKeptPredictions:
    def test_what_a_drill_contradicts_is_raised(self, world: Node) -> None:
        planning = world.runtime.service(Planning)
        found = planned(world)
        with world.runtime.store.transaction("test") as tx:
            kept = planning.keep(tx, found)
        with world.runtime.store.view() as view:
            assert planning.prediction(view, kept.id[:8]) == kept

        as_foretold = a_line("en-Latn", a_figure(36), a_figure(30))
        nothing = a_line("hi-Deva", a_figure(24), a_figure(24))
        nothing = nothing.model_copy(
            update={"continuity": a_figure(0), "after": a_quality(None, a_figure(0))}
        )
        contradicted = planning.contradictions(kept, a_result(as_foretold, nothing))

        assert [(each.language, each.why) for each in contradicted] == [
            ("hi-Deva", "less continued than was foretold")
        ]

    def test_a_drill_of_what_may_be_lost_is_held_against_what_was_foretold_for_that(
        self, world: Node
    ) -> None:
        perhaps = Scenario.model_validate(
            {
                "name": "perhaps",
                "title": "All inference of some may be lost",
                "disruptions": ({"kind": "input", "inputs": ["hosted-inference"], "part": 50},),
            }
        )
        found = planned(world, perhaps, country=None)
        foretold = line(found, "helpline", "en-Latn")
        assert foretold.continuity.value == 1.0  # for certain nothing is lost
        assert foretold.if_worse is not None
        scenario = {"name": "perhaps", "title": "Perhaps", "sha256": "ab" * 32}
        measured = a_line("en-Latn").model_copy(update={"continuity": foretold.if_worse})

        def contradicted(*, worse: bool) -> int:
            result = a_result(measured, scenario={**scenario, "worse": worse})
            return len(world.runtime.service(Planning).contradictions(found, result))

        assert contradicted(worse=True) == 0
        assert contradicted(worse=False) == 1


def suite_of(node: Node) -> str:
    """Return the suite of the evidence on the vendor's model."""
    with node.runtime.store.view() as view:
        return next(e.suite for e in view.own(Evaluation) if e.model_sha256 == VENDORS)


def test_two_fallbacks_of_one_file_are_one_quality(world: Node) -> None:
    with world.runtime.store.transaction("test") as tx:
        twin = a_provider(
            "partner-twin", supplier="partner", model="partner-file", model_sha256=PARTNERS
        )
        world.runtime.service(Catalogue).register(tx, twin)
    world.offer("helpline", ["partner-small", "partner-twin"], ["en-Latn"])
    own = Scenario.model_validate(
        {
            "name": "half",
            "title": "Half",
            "disruptions": ({"kind": "supplier", "actor": "organisation:jp-labs", "part": 50},),
        }
    )

    found = planned(world, own, country=None, service="helpline")

    assert continuity(found) == {("helpline", "en-Latn"): pytest.approx(0.75, abs=CLOSE)}
