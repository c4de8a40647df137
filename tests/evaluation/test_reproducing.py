"""Making evidence again, and saying within what it agrees."""

import json

import pytest
from support.evaluating import own_evidence, say
from support.nodes import Node
from support.quiz import (
    FakeModelServer,
    an_evaluation,
    kept_of_a_partner,
    knows_all,
    knows_nothing,
    the_dataset,
)
from support.sampled import a_sample
from support.tiny_gguf import a_tiny_model_in

from corridor.core.errors import CorridorError, NotFound
from corridor.evaluation import Evaluation, Evaluator, Measure
from corridor.evaluation.records import Sample
from corridor.evaluation.rules.agreement import agreement, agreement_of_samples
from corridor.evaluation.service.reproducing import CannotBeRepeated

N = 48


@pytest.fixture
def first(node: Node) -> Evaluation:
    assert say(node, "run", "--provider", "own", "--languages", "en").exit_code == 0
    return own_evidence(node)[0]


def test_the_same_model_gives_the_same_and_the_new_evidence_names_the_old(
    node: Node, first: Evaluation, server: FakeModelServer
) -> None:
    result = say(node, "reproduce", first.id[:12])

    assert result.exit_code == 0, result.output
    assert "It agrees: 48 of 48 items judged alike" in result.stdout
    assert "the same to the letter for 48 of 48" in result.stdout
    assert len(server.prompts) == 2 * N
    second = own_evidence(node)[1]
    assert second.made is not None
    assert second.made.reproduces == first.id
    assert (second.method, second.suite_sha256) == (first.method, first.suite_sha256)


def test_another_model_under_the_same_name_does_not_agree(
    node: Node, first: Evaluation, server: FakeModelServer
) -> None:
    server.pupil = knows_nothing

    found = json.loads(say(node, "reproduce", first.id, "--json").stdout)

    assert not found["agrees"]
    assert (found["items"], found["same"], found["identical"]) == (N, 0, 0)
    assert found["difference"]["value"] == -1.0
    assert found["p"] < 1e-9


def test_a_few_items_that_differ_are_no_disagreement_and_are_counted(
    node: Node, first: Evaluation, server: FakeModelServer
) -> None:
    hard = list(the_dataset().of("en-Latn"))[5].question
    server.pupil = lambda prompt: " Nobody" if f": {hard}\n" in prompt else knows_all(prompt)

    found = json.loads(say(node, "reproduce", first.id, "--json").stdout)

    assert found["agrees"]
    assert (found["same"], found["identical"]) == (N - 1, N - 1)
    assert found["difference"]["low"] < -1 / N < found["difference"]["high"]


def test_a_partners_evidence_is_made_again_with_the_same_file_here(
    node: Node, first: Evaluation
) -> None:
    theirs = first.model_copy(update={"id": "ef" * 16, "provider": "own"})
    with node.runtime.store.transaction("test") as tx:
        kept_of_a_partner(tx, theirs)

    result = say(node, "reproduce", theirs.id)

    assert "It agrees" in result.stdout
    assert "The full log" not in result.stdout  # it is the same log


@pytest.mark.parametrize(
    ("changed", "kind", "word"),
    [
        ({"made": None}, CannotBeRepeated, "earlier releases"),
        ({"suite_sha256": "cd" * 32}, CannotBeRepeated, "the data's digest"),
        ({"method": "by feeling"}, CannotBeRepeated, "the method"),
        ({"model_sha256": "cd" * 32}, CannotBeRepeated, "Nobody here has the model"),
    ],
)
def test_what_cannot_be_made_in_the_same_way_is_refused_before_anyone_is_asked(
    node: Node,
    first: Evaluation,
    server: FakeModelServer,
    changed: dict[str, object],
    kind: type[CorridorError],
    word: str,
) -> None:
    other = first.model_copy(update={"id": "ef" * 16, **changed})
    with node.runtime.store.transaction("test") as tx:
        kept_of_a_partner(tx, other)
    asked = len(server.prompts)

    result = say(node, "reproduce", other.id)

    assert isinstance(result.exception, kind)
    assert word in result.exception.message
    assert len(server.prompts) == asked


def test_an_id_that_begins_nothing_is_not_found(node: Node, first: Evaluation) -> None:
    assert isinstance(say(node, "reproduce", "zz").exception, NotFound)
    assert isinstance(say(node, "show", "").exception, NotFound)
    assert first.id[:12] in say(node, "list").stdout


def test_items_that_one_of_two_runs_has_no_answer_to_are_left_out() -> None:
    clusters = {f"q{n}": f"q{n}" for n in range(6)}
    one = an_evaluation(n=5, correct=3, unanswered=("q1",))
    two = an_evaluation(n=5, correct=5, unanswered=("q4",))

    found = agreement(one, two, clusters)

    assert found.items == 4
    assert (found.same, found.difference.value) == (3, 0.25)


class TestShowing:
    def test_all_that_evidence_says_is_shown(self, node: Node, first: Evaluation) -> None:
        shown = say(node, "show", first.id[:10]).stdout

        assert first.made is not None
        assert first.model_sha256 in shown
        assert first.suite_sha256 in shown
        assert str(first.made.log_sha256) in shown
        assert "48: 48 right" in shown
        assert "Wilson" in shown

    def test_evidence_of_earlier_releases_is_shown_too(self, node: Node) -> None:
        with node.runtime.store.transaction("test") as tx:
            tx.append(an_evaluation(24))

        assert "did not say how" in say(node, "show", own_evidence(node)[0].id).stdout

    def test_what_became_of_evidence_is_shown_and_what_is_taken_back_counts_no_more(
        self, node: Node, first: Evaluation
    ) -> None:
        better = an_evaluation(40, provider="own")
        with node.runtime.store.transaction("test") as tx:
            tx.correct(first.id, better, "a wrong key in item 7")

        shown = say(node, "show", first.id).stdout

        assert "a wrong key in item 7" in shown
        assert better.id in shown
        with node.runtime.store.view() as view:
            counts = node.runtime.service(Evaluator).evidence(view, first.model_sha256, "en-Latn")
        assert counts is not None
        assert counts.record.id == better.id

    def test_a_measure_is_shown_with_its_metric(self, node: Node, measure: Measure) -> None:
        shown = say(node, "show", measure.id).stdout

        assert "chrF" in shown
        assert measure.suite_sha256 in shown


def measures(node: Node) -> list[Measure]:
    with node.runtime.store.view() as view:
        return list(view.own(Measure))


@pytest.fixture
def measure(node: Node, server: FakeModelServer) -> Measure:
    server.pupil = lambda prompt: f" The river is cold{'.' * (len(prompt) % 7)}"
    words = ("--suite", "corridor-into-english", "--languages", "hi")
    assert say(node, "run", "--provider", "own", *words).exit_code == 0
    return measures(node)[0]


class TestMeasures:
    def test_a_translation_is_made_again_and_agrees_text_by_text(
        self, node: Node, measure: Measure
    ) -> None:
        result = say(node, "reproduce", measure.id)

        assert result.exit_code == 0, result.output
        assert f"It agrees: {measure.n} of {measure.n} items judged alike" in result.stdout
        assert f"the same to the letter for {measure.n} of {measure.n}" in result.stdout
        second = measures(node)[1]
        assert second.made is not None
        assert second.made.reproduces == measure.id
        assert (second.method, second.figure) == (measure.method, measure.figure)

    def test_worse_translations_do_not_agree(
        self, node: Node, measure: Measure, server: FakeModelServer
    ) -> None:
        server.pupil = lambda _: " xyz"

        found = json.loads(say(node, "reproduce", measure.id, "--json").stdout)

        assert not found["agrees"]
        assert found["difference"]["high"] < 0
        assert found["identical"] == 0

    def test_a_partners_measure_whose_log_is_not_here_is_compared_by_its_figure(
        self, node: Node, measure: Measure
    ) -> None:
        made = measure.made
        assert made is not None
        elsewhere = made.model_copy(update={"log_sha256": "ab" * 32})
        worse = measure.figure.model_copy(update={"value": 90.0, "low": 85.0, "high": 95.0})
        alike = measure.model_copy(update={"id": "ef" * 16, "made": elsewhere})
        other = alike.model_copy(update={"id": "fe" * 16, "figure": worse})
        with node.runtime.store.transaction("test") as tx:
            kept_of_a_partner(tx, alike, other)

        same = json.loads(say(node, "reproduce", alike.id, "--json").stdout)
        apart = json.loads(say(node, "reproduce", other.id, "--json").stdout)

        assert (same["agrees"], same["same"], same["identical"]) == (True, None, None)
        assert same["method"] == "unpaired, from the two intervals"
        assert not apart["agrees"]
        assert apart["difference"]["high"] < 0

    def test_bits_of_a_text_are_told_again_with_what_it_costs_against_english(
        self, node: Node
    ) -> None:
        a_tiny_model_in(node)
        words = ("--model", "tiny", "--suite", "corridor-sentences", "--languages", "hi,en")
        assert say(node, "run", *words).exit_code == 0
        hindi = next(each for each in measures(node) if each.language == "hi-Deva")

        result = say(node, "reproduce", hindi.id)

        assert result.exit_code == 0, result.output
        assert "It agrees" in result.stdout
        assert hindi.parity is not None
        value = f"{hindi.parity.information.value:.3f}"
        assert f"Information parity: {value} in the record, {value} now." in result.stdout

    def test_a_measure_that_a_model_judged_and_one_without_its_making_are_not_made_again(
        self, node: Node, measure: Measure
    ) -> None:
        judged = measure.model_copy(update={"id": "ef" * 16, "judge": "some-model"})
        bare = measure.model_copy(update={"id": "fe" * 16, "made": None})
        with node.runtime.store.transaction("test") as tx:
            kept_of_a_partner(tx, judged, bare)

        for each in (judged, bare):
            assert isinstance(say(node, "reproduce", each.id).exception, CannotBeRepeated)


def test_a_difference_that_is_certainly_within_rounding_is_none() -> None:
    def samples(shift: float) -> list[Sample]:
        return [a_sample(f"q{n}", "hi-Deva", 2.0 + n / 100 + shift) for n in range(40)]

    near = agreement_of_samples(samples(0), samples(0.001), 1, 2.2)
    far = agreement_of_samples(samples(0), samples(0.1), 1, 2.2)

    assert near.difference.p < 0.05
    assert near.agrees
    assert not far.agrees
