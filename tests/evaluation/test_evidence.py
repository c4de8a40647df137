"""Finding the evidence that counts."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON
from support.clocks import StoppedClock
from support.nodes import Node, a_node
from support.quiz import (
    a_taken,
    an_evaluation,
    kept_of_a_partner,
    the_suite,
)
from support.supply import DIGEST

from corridor.evaluation import Evaluation, Evaluator, that_counts
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


@dataclass(frozen=True)
class Said:
    """Evidence, as far as it is asked whether it counts."""

    issuer: str
    language: str
    made_at: datetime
    withdrawn: bool


issuers = st.sampled_from(["in", "jp", "liar"])
languages = st.sampled_from(["hi-Deva", "en-Latn"])
moments = st.integers(-5, 5).map(lambda days: NOON + timedelta(days=days))


def publish(node: Node, *evidence: Evaluation) -> None:
    with node.runtime.store.transaction("test") as tx:
        for record in evidence:
            node.runtime.service(Evaluator).publish(tx, record)


def issuer_of_the_evidence(node: Node, language: str = "en-Latn") -> tuple[str, float] | None:
    with node.runtime.store.view() as view:
        kept = node.runtime.service(Evaluator).evidence(view, DIGEST, language)
    return kept and (kept.entry.issuer, kept.record.score.value)


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


def counts(node: Node, suite: str = "") -> int | None:
    """Return how many answers were right in the evidence that counts."""
    with node.runtime.store.view() as view:
        kept = node.runtime.service(Evaluator).evidence(view, DIGEST, "en-Latn", suite=suite)
    return kept and kept.record.correct


class TestWhatMayOpenADoor:
    def test_answers_that_were_read_from_a_log_never_do(self, node: Node) -> None:
        publish(node, an_evaluation(48, taken=a_taken()))
        with node.runtime.store.transaction("test") as tx:
            kept_of_a_partner(tx, an_evaluation(48, taken=a_taken()))

        assert (counts(node), counts(node, "parallel-facts")) == (None, None)
        with node.runtime.store.view() as view:
            evaluator = node.runtime.service(Evaluator)
            assert evaluator.standing(view) == {}
            assert len(evaluator.results(view)) == 2  # to be read, compared and reported

    def test_any_task_that_was_run_does_for_who_names_it_and_for_nobody_else(
        self, node: Node
    ) -> None:
        publish(node, an_evaluation(24, suite="capitals", taken=a_taken(asked=True)))

        assert counts(node) is None
        assert counts(node, "capitals") == 24
        assert counts(node, "parallel-facts") is None

    def test_weaker_evidence_that_is_newer_does_not_take_the_place_of_ours(
        self, node: Node
    ) -> None:
        later = NOON + timedelta(hours=1)
        publish(
            node,
            an_evaluation(12),
            an_evaluation(48, taken=a_taken(), made_at=later),
            an_evaluation(47, suite="capitals", taken=a_taken(asked=True), made_at=later),
        )

        assert (counts(node), counts(node, "parallel-facts")) == (12, 12)

    def test_who_names_a_suite_is_told_of_that_however_new_another_is(self, node: Node) -> None:
        later = NOON + timedelta(hours=1)
        publish(
            node,
            an_evaluation(12),
            an_evaluation(48, suite="corridor-kinds", made_at=later),
        )

        assert counts(node, "parallel-facts") == 12
        assert counts(node) == 48


def test_evidence_is_the_same_after_a_journey_through_json() -> None:
    evidence = an_evaluation(7)

    assert Evaluation.model_validate(json.loads(evidence.model_dump_json())) == evidence


class TestTheOneQuestion:
    @given(st.lists(st.builds(Said, issuers, languages, moments, st.booleans()), max_size=8))
    def test_what_counts_is_valid_and_nothing_valid_of_equal_standing_is_newer(
        self, found: list[Said]
    ) -> None:
        counts = that_counts(found, "hi-Deva", NOON, lambda issuer: issuer != "liar", "in")

        valid = [
            each
            for each in found
            if each.language == "hi-Deva"
            and not each.withdrawn
            and each.issuer != "liar"
            and each.made_at < NOON + timedelta(days=1)
        ]
        assert (counts is None) == (not valid)
        if counts is not None:
            assert counts in valid
            rivals = [each for each in valid if each.issuer == "in"] or valid
            assert counts in rivals
            assert counts.made_at == max(each.made_at for each in rivals)

    def test_gateway_and_drills_are_told_the_same(self, node: Node) -> None:
        publish(node, an_evaluation(12, made_at=NOON - timedelta(days=3)), an_evaluation(24))
        with node.runtime.store.transaction("test") as tx:
            kept_of_a_partner(tx, an_evaluation(48, made_at=NOON + timedelta(hours=1)))

        with node.runtime.store.view() as view:
            evaluator = node.runtime.service(Evaluator)
            counts = evaluator.evidence(view, DIGEST, "en-Latn")
            [[standing]] = evaluator.standing(view).values()

        assert counts == standing.kept
        assert counts is not None
        assert counts.record.correct == 24
