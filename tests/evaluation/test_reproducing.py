"""Making evidence again, and saying within what it agrees."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from support.quiz import (
    FakeModelServer,
    a_model_server,
    an_evaluation,
    kept_of_a_partner,
    knows_all,
    knows_nothing,
    the_dataset,
)
from typer.testing import CliRunner, Result

from corridor.core.errors import CorridorError, NotFound
from corridor.evaluation import Evaluation, Evaluator, Measure
from corridor.evaluation.commands import commands
from corridor.evaluation.rules.agreement import agreement
from corridor.evaluation.service.reproducing import CannotBeRepeated

N = 48


@pytest.fixture
def server() -> Iterator[FakeModelServer]:
    with a_model_server() as running:
        yield running


@pytest.fixture
def node(tmp_path: Path, server: FakeModelServer) -> Iterator[Node]:
    with a_node(tmp_path) as made:
        made.add_provider("own", server.url)
        yield made


def say(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(commands, list(words), obj=node.runtime)


def own(node: Node) -> list[Evaluation]:
    with node.runtime.store.view() as view:
        return list(view.own(Evaluation))


@pytest.fixture
def first(node: Node) -> Evaluation:
    assert say(node, "run", "--provider", "own", "--languages", "en").exit_code == 0
    return own(node)[0]


def test_the_same_model_gives_the_same_and_the_new_evidence_names_the_old(
    node: Node, first: Evaluation, server: FakeModelServer
) -> None:
    result = say(node, "reproduce", first.id[:12])

    assert result.exit_code == 0, result.output
    assert "It agrees: 48 of 48 items judged alike" in result.stdout
    assert "the same to the letter for 48 of 48" in result.stdout
    assert len(server.prompts) == 2 * N
    second = own(node)[1]
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

        assert "did not say how" in say(node, "show", own(node)[0].id).stdout

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

    def test_a_measure_is_shown_with_its_metric_and_is_not_made_again(
        self, node: Node, server: FakeModelServer
    ) -> None:
        server.pupil = lambda _: " The river is cold."
        words = ("--suite", "corridor-into-english", "--languages", "hi")
        assert say(node, "run", "--provider", "own", *words).exit_code == 0
        with node.runtime.store.view() as view:
            [measure] = view.own(Measure)

        shown = say(node, "show", measure.id).stdout
        again = say(node, "reproduce", measure.id)

        assert "chrF" in shown
        assert measure.suite_sha256 in shown
        assert isinstance(again.exception, CannotBeRepeated)
