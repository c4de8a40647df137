"""Measuring what a model can do, and finding the evidence again."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.builders import NOON
from support.clocks import StoppedClock
from support.nodes import Node, a_node
from support.quiz import (
    FakeConnection,
    an_evaluation,
    completion,
    kept_of_a_partner,
    knows_all,
    knows_nothing,
    question_in,
    the_suite,
)
from support.supply import DIGEST

from corridor.catalogue import Provider
from corridor.core.errors import CorridorError, Invalid
from corridor.evaluation import Evaluation, Evaluator, NoAnswer, wilson
from corridor.evaluation.rules import METHOD
from corridor.evaluation.service import Plan
from corridor.federation import PartnerStanding

SUITE = the_suite()
N = len(SUITE.items)
OTHER = "cd" * 32


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def node(tmp_path: Path, clock: StoppedClock) -> Iterator[Node]:
    with a_node(tmp_path, clock=clock, evaluation={"item_seconds": 0.2}) as made:
        yield made


@pytest.fixture
def evaluator(node: Node) -> Evaluator:
    return node.runtime.service(Evaluator)


@pytest.fixture
def provider(node: Node) -> Provider:
    return node.add_provider("vendor-small", "http://127.0.0.1:9/v1")


def measured(
    evaluator: Evaluator, provider: Provider, way: FakeConnection, language: str = "en-Latn"
) -> Evaluation:
    return asyncio.run(evaluator.measure(provider, way, SUITE, language))


def publish(node: Node, *evidence: Evaluation) -> None:
    with node.runtime.store.transaction("test") as tx:
        for record in evidence:
            node.runtime.service(Evaluator).publish(tx, record)


def missing(node: Node, provider: Provider, *languages: str) -> list[str]:
    with node.runtime.store.view() as view:
        plan = node.runtime.service(Evaluator).plan(view, provider.name, SUITE.name, languages)
    return list(plan.todo)


def issuer_of_the_evidence(node: Node, language: str = "en-Latn") -> tuple[str, float] | None:
    with node.runtime.store.view() as view:
        kept = node.runtime.service(Evaluator).evidence(view, DIGEST, language)
    return kept and (kept.entry.issuer, kept.record.score.value)


class TestMeasuring:
    @pytest.mark.parametrize("language", SUITE.languages)
    def test_a_model_that_knows_all_is_right_in_every_item(
        self, evaluator: Evaluator, provider: Provider, language: str
    ) -> None:
        evidence = measured(evaluator, provider, FakeConnection(knows_all), language)

        assert (evidence.n, evidence.correct, evidence.outcomes) == (N, N, "1" * N)
        assert evidence.score == wilson(N, N)
        assert evidence.language == language

    def test_a_model_that_knows_nothing_has_a_score_of_zero_and_an_interval(
        self, evaluator: Evaluator, provider: Provider
    ) -> None:
        evidence = measured(evaluator, provider, FakeConnection(knows_nothing))

        assert (evidence.correct, evidence.outcomes) == (0, "0" * N)
        assert (evidence.score.low, evidence.score.value) == (0, 0)
        assert 0 < evidence.score.high < 0.1

    def test_outcomes_are_in_the_order_of_the_items(
        self, evaluator: Evaluator, provider: Provider
    ) -> None:
        hard = {SUITE.items[1].by_language["en-Latn"].question}

        evidence = measured(
            evaluator,
            provider,
            FakeConnection(lambda p: "no" if question_in(p) in hard else knows_all(p)),
        )

        assert evidence.outcomes == "10" + "1" * (N - 2)

    def test_the_evidence_names_the_exact_file_data_method_and_time(
        self, evaluator: Evaluator, provider: Provider
    ) -> None:
        evidence = measured(evaluator, provider, FakeConnection())

        assert (evidence.model, evidence.model_sha256) == (provider.model, provider.model_sha256)
        assert (evidence.suite, evidence.suite_version, evidence.suite_sha256) == (
            SUITE.name,
            SUITE.version,
            SUITE.sha256,
        )
        assert (evidence.provider, evidence.method, evidence.made_at) == (
            provider.name,
            METHOD,
            NOON,
        )
        assert evidence.seed == evaluator.settings.seed
        assert {subject.sha256 for subject in evidence.subjects()} == {DIGEST, SUITE.sha256}

    def test_evidence_is_public(self, evaluator: Evaluator, provider: Provider) -> None:
        assert measured(evaluator, provider, FakeConnection()).visibility == "public"

    def test_every_item_is_asked_once_greedily_with_a_seed_and_a_stop(
        self, evaluator: Evaluator, provider: Provider
    ) -> None:
        way = FakeConnection()
        measured(evaluator, provider, way)

        assert [question_in(str(call.body["prompt"])) for call in way.calls] == [
            item.by_language["en-Latn"].question for item in SUITE.items
        ]
        assert {call.path for call in way.calls} == {"/completions"}
        first = way.calls[0].body
        assert (first["temperature"], first["stop"], first["seed"], first["max_tokens"]) == (
            0,
            ["\n"],
            evaluator.settings.seed,
            evaluator.settings.max_answer_tokens,
        )

    def test_progress_is_told_after_each_item(
        self, evaluator: Evaluator, provider: Provider
    ) -> None:
        heard: list[tuple[str, int, int, int]] = []

        def told(language: str, done: int, all_: int, right: int) -> None:
            heard.append((language, done, all_, right))

        asyncio.run(evaluator.measure(provider, FakeConnection(), SUITE, "hi-Deva", told))

        assert heard == [("hi-Deva", done, N, done) for done in range(1, N + 1)]


class TestNoAnswer:
    @pytest.mark.parametrize(
        "way",
        [
            FakeConnection(failing_from=0),
            FakeConnection(failing_from=N - 1),
            FakeConnection(silent=True),
            FakeConnection(data=b"<html>It works!</html>"),
            FakeConnection(data=b""),
            FakeConnection(data=b"[]"),
            FakeConnection(data=b"7"),
            FakeConnection(data=b'{"error": {"message": "out"}}', status=500),
            FakeConnection(data=b'{"choices": []}'),
            FakeConnection(data=b'{"choices": null}'),
            FakeConnection(data=b'{"choices": [{"message": {"content": "Paris"}}]}'),
            FakeConnection(data=completion(None)),
            FakeConnection(data=completion(7)),
            FakeConnection(data=completion("Paris"), status=401),
            FakeConnection(endless=True),
        ],
        ids=[
            "fails at once",
            "fails at the last item",
            "silent",
            "html",
            "empty",
            "a list",
            "a number",
            "an error",
            "no choice",
            "choices are null",
            "a chat answer",
            "text is null",
            "text is a number",
            "a refusal with a text",
            "endless",
        ],
    )
    def test_a_provider_without_a_usable_answer_leaves_no_evidence(
        self, evaluator: Evaluator, provider: Provider, way: FakeConnection
    ) -> None:
        with pytest.raises(NoAnswer, match="item") as refusal:
            measured(evaluator, provider, way)
        assert refusal.value.hint

    def test_what_was_measured_before_the_failure_is_kept_and_the_rest_is_missing(
        self, node: Node, evaluator: Evaluator, provider: Provider
    ) -> None:
        way = FakeConnection(failing_from=N + 3)

        async def both() -> None:
            for language in ("en-Latn", "hi-Deva"):
                publish(node, await evaluator.measure(provider, way, SUITE, language))

        with pytest.raises(NoAnswer):
            asyncio.run(both())
        assert missing(node, provider) == ["hi-Deva", "ja-Jpan"]

    def test_a_language_that_the_suite_has_not_is_refused_before_anyone_is_asked(
        self, node: Node, provider: Provider
    ) -> None:
        with pytest.raises(Invalid, match="ta-Taml") as refusal:
            missing(node, provider, "en-Latn", "ta-Taml")
        assert "hi-Deva" in str(refusal.value.hint)

    def test_a_server_that_nobody_runs_is_no_answer(
        self, evaluator: Evaluator, provider: Provider
    ) -> None:
        plan = Plan(provider, None, SUITE, ("en-Latn",), ("en-Latn",))

        async def run() -> None:
            async for _ in evaluator.measurements(plan):
                raise AssertionError("Somebody answered.")

        with pytest.raises(CorridorError, match=SUITE.items[0].id):
            asyncio.run(run())


class TestUsingEvidenceAgain:
    def test_at_first_everything_is_missing(self, node: Node, provider: Provider) -> None:
        assert missing(node, provider) == list(SUITE.languages)
        assert missing(node, provider, "ja-Jpan") == ["ja-Jpan"]

    def test_what_was_published_is_not_missing(self, node: Node, provider: Provider) -> None:
        publish(node, an_evaluation(language="hi-Deva"))

        assert missing(node, provider) == ["en-Latn", "ja-Jpan"]

    @pytest.mark.parametrize(
        "other",
        [
            {"model_sha256": OTHER},
            {"suite_sha256": OTHER},
            {"method": "by feeling"},
            {"provider": "another"},
        ],
    )
    def test_evidence_made_otherwise_is_not_used_again(
        self, node: Node, provider: Provider, other: dict[str, object]
    ) -> None:
        publish(node, an_evaluation().model_copy(update=other))

        assert missing(node, provider, "en-Latn") == ["en-Latn"]

    def test_a_partners_evidence_is_no_reason_not_to_measure(
        self, node: Node, provider: Provider
    ) -> None:
        with node.runtime.store.transaction("test") as tx:
            kept_of_a_partner(tx, an_evaluation())

        assert missing(node, provider, "en-Latn") == ["en-Latn"]


class TestFindingEvidence:
    def test_none_is_none(self, node: Node) -> None:
        assert issuer_of_the_evidence(node) is None

    def test_a_partners_evidence_is_found_by_the_digest_of_the_file(self, node: Node) -> None:
        with node.runtime.store.transaction("test") as tx:
            kept_of_a_partner(
                tx,
                an_evaluation(12, model="their-name", provider="theirs"),
                an_evaluation(48, sha256=OTHER),
                an_evaluation(48, language="hi-Deva"),
            )

        assert issuer_of_the_evidence(node) == ("jp", 0.25)

    def test_the_newest_counts_and_not_the_last_to_arrive(self, node: Node) -> None:
        publish(
            node,
            an_evaluation(12, made_at=NOON + timedelta(hours=1)),
            an_evaluation(24, made_at=NOON),
        )

        assert issuer_of_the_evidence(node) == ("in", 0.25)

    def test_no_partner_can_put_its_word_in_the_place_of_ours(self, node: Node) -> None:
        publish(node, an_evaluation(12))
        with node.runtime.store.transaction("test") as tx:
            kept_of_a_partner(tx, an_evaluation(48, made_at=NOON + timedelta(hours=1)))

        assert issuer_of_the_evidence(node) == ("in", 0.25)

    def test_what_is_dated_in_the_future_does_not_count(self, node: Node) -> None:
        publish(
            node,
            an_evaluation(12, made_at=NOON),
            an_evaluation(48, made_at=NOON + timedelta(days=2)),
        )

        assert issuer_of_the_evidence(node) == ("in", 0.25)

    def test_the_word_of_a_partner_that_is_suspended_does_not_count(self, node: Node) -> None:
        with node.runtime.store.transaction("test") as tx:
            kept_of_a_partner(tx, an_evaluation(12))
            tx.append(
                PartnerStanding(
                    made_at=NOON, partner="jp", standing="suspended", reason="it was attacked"
                )
            )

        assert issuer_of_the_evidence(node) is None

    def test_what_was_measured_in_another_way_stands_beside(self, node: Node) -> None:
        publish(node, an_evaluation(12), an_evaluation(24, method="by feeling"))

        with node.runtime.store.view() as view:
            [found] = node.runtime.service(Evaluator).standing(view).values()

        assert [each.kept.record.correct for each in found] == [12, 24]

    def test_all_evidence_is_listed_with_where_it_lies(self, node: Node) -> None:
        publish(node, an_evaluation(12))
        with node.runtime.store.transaction("test") as tx:
            kept_of_a_partner(tx, an_evaluation(24))

        with node.runtime.store.view() as view:
            found = node.runtime.service(Evaluator).results(view)

        assert [(kept.entry.issuer, kept.record.correct) for kept in found] == [
            ("in", 12),
            ("jp", 24),
        ]


def test_evidence_is_the_same_after_a_journey_through_json() -> None:
    evidence = an_evaluation(7)

    assert Evaluation.model_validate(json.loads(evidence.model_dump_json())) == evidence
