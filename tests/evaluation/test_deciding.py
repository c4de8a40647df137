"""`corridor evaluate decide`: one question, as few calls as it takes, and none twice."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from support.quiz import FakeModelServer, a_model_server, knows_all, knows_nothing
from typer.testing import CliRunner, Result

from corridor.core.errors import Invalid
from corridor.evaluation import Evaluation
from corridor.evaluation.commands import commands

N = 48
OTHER = "9" * 64
HINDI = re.compile("[\u0900-\u097f]")


def in_english_alone(prompt: str) -> str:
    """Answer rightly in any script but that of Hindi."""
    return knows_nothing(prompt) if HINDI.search(prompt) else knows_all(prompt)


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


def decided(node: Node, *words: str) -> dict[str, dict[str, object]]:
    done = say(node, "decide", "own", *words, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


def test_a_large_gap_is_found_with_a_part_of_the_calls(node: Node, server: FakeModelServer) -> None:
    server.pupil = in_english_alone

    found = decided(node, "--language", "hi", "--gap-under", "0.05")

    assert found["decision"]["answer"] == "no"
    assert found["calls"] == len(server.prompts) == len(set(server.prompts))
    assert found["full"] == 2 * N
    assert len(server.prompts) < N


def test_a_score_is_shown_to_be_high_enough_or_not(node: Node, server: FakeModelServer) -> None:
    assert decided(node, "--language", "en", "--at-least", "0.6")["decision"]["answer"] == "yes"
    assert len(server.prompts) < N

    server.pupil = knows_nothing
    assert decided(node, "--language", "hi", "--at-least", "0.6")["decision"]["answer"] == "no"
    assert "No." in say(node, "decide", "own", "--language", "hi", "--at-least", "0.6").stdout


def test_a_full_run_goes_on_from_what_was_asked(node: Node, server: FakeModelServer) -> None:
    decided(node, "--language", "en", "--at-least", "0.6")
    assert say(node, "run", "--provider", "own", "--languages", "en").exit_code == 0

    assert len(server.prompts) == len(set(server.prompts)) == N
    with node.runtime.store.view() as view:
        [record] = view.own(Evaluation)
    assert record.n == N


def test_a_language_with_evidence_is_not_asked_again(node: Node, server: FakeModelServer) -> None:
    say(node, "run", "--provider", "own", "--languages", "en")
    server.prompts.clear()
    server.pupil = in_english_alone

    found = decided(node, "--language", "hi", "--gap-under", "0.05")

    assert found["decision"]["answer"] == "no"
    assert found["full"] == N
    assert all(HINDI.search(prompt) for prompt in server.prompts)


def test_the_better_of_two_models_is_found(node: Node, server: FakeModelServer) -> None:
    with a_model_server(in_english_alone) as second:
        node.add_provider("partial", second.url, model="other", sha256=OTHER)

        better = decided(node, "--language", "hi", "--better-than", "partial")

        assert better["decision"]["answer"] == "yes"
        assert len(second.prompts) == len(server.prompts) < N
        done = say(node, "decide", "partial", "--language", "hi", "--better-than", "own", "--json")
        assert json.loads(done.stdout)["decision"]["answer"] == "no"


def test_two_that_are_equal_are_told_apart_by_nothing(node: Node) -> None:
    found = decided(node, "--language", "ja", "--gap-under", "0.0")

    assert found["decision"]["answer"] == "no"  # equal is not less than no difference at all
    assert found["decision"]["asked"] == N


def test_an_item_that_the_provider_refuses_leaves_the_question_open(
    node: Node, server: FakeModelServer
) -> None:
    server.refusals.append((400, None))

    found = decided(node, "--language", "en", "--at-least", "0.6")

    assert found["decision"]["answer"] == "open"
    assert found["unanswered"]


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--at-least", "0.5", "--gap-under", "0.1"),
        ("--at-least", "0.5", "--suite", "corridor-sentences"),
    ],
)
def test_what_is_no_single_question_about_right_and_wrong_is_refused(
    node: Node, server: FakeModelServer, words: tuple[str, ...]
) -> None:
    done = say(node, "decide", "own", "--language", "en", *words)

    assert isinstance(done.exception, Invalid)
    assert server.prompts == []
