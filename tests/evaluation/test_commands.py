"""Evaluation on the command line."""

import json

import pytest
from support.evaluating import own_evidence, say
from support.nodes import Node
from support.quiz import (
    FakeModelServer,
    an_evaluation,
    kept_of_a_partner,
    question_in,
    the_suite,
)

from corridor.catalogue import UnknownProvider
from corridor.core.errors import Invalid
from corridor.evaluation import Evaluator, NoAnswer, UnknownSuite


def test_a_run_publishes_evidence_and_shows_it_with_its_interval(node: Node) -> None:
    result = say(node, "run", "own", "--language", "hi-Deva")

    assert result.exit_code == 0
    [evidence] = own_evidence(node)
    assert (evidence.language, evidence.correct) == ("hi-Deva", 48)
    assert evidence.id[:12] in result.stdout
    assert "0.93 to 1.00" in result.stdout
    assert "a difference within them is no difference" in result.stdout


def test_without_a_language_all_of_them_are_measured(node: Node) -> None:
    result = say(node, "run", "own", "--json")

    assert [e["language"] for e in json.loads(result.stdout)] == list(the_suite().languages)


def test_evidence_that_is_there_is_used_again_and_shown(
    node: Node, server: FakeModelServer
) -> None:
    say(node, "run", "own", "--language", "en-Latn")
    asked = len(server.prompts)

    result = say(node, "run", "own", "--language", "en-Latn", "--json")

    assert "en-Latn is here already and is used again" in result.stderr
    assert len(server.prompts) == asked
    assert [e["id"] for e in json.loads(result.stdout)] == [e.id for e in own_evidence(node)]


def test_again_measures_anew_and_shows_the_new_evidence_only(
    node: Node, server: FakeModelServer
) -> None:
    say(node, "run", "own", "--language", "en-Latn")
    server.pupil = lambda prompt: question_in(prompt)[:3]

    result = say(node, "run", "own", "--language", "en-Latn", "--again", "--json")

    assert [e["correct"] for e in json.loads(result.stdout)] == [0]
    assert [e.correct for e in own_evidence(node)] == [48, 0]


def test_a_language_named_twice_is_measured_once(node: Node) -> None:
    say(node, "run", "own", "--language", "en-Latn", "--language", "en-Latn")

    assert [e.language for e in own_evidence(node)] == ["en-Latn"]


def test_a_partners_evidence_on_a_provider_of_the_same_name_is_not_shown_as_ours(
    node: Node,
) -> None:
    with node.runtime.store.transaction("test") as tx:
        kept_of_a_partner(tx, an_evaluation(3, provider="own"))

    result = say(node, "run", "own", "--language", "en-Latn", "--json")

    assert [e["correct"] for e in json.loads(result.stdout)] == [48]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("nobody",), UnknownProvider),
        (("own", "--suite", "nothing"), UnknownSuite),
        (("own", "--language", "ta-Taml"), Invalid),
        (("gone",), NoAnswer),
    ],
)
def test_what_can_not_be_measured_is_an_error_and_leaves_no_evidence(
    node: Node, words: tuple[str, ...], kind: type[Exception]
) -> None:
    node.add_provider("gone", "http://127.0.0.1:9/v1")

    result = say(node, "run", *words)

    assert isinstance(result.exception, kind)
    assert own_evidence(node) == []


def test_the_list_shows_partners_evidence_with_its_issuer(node: Node) -> None:
    assert say(node, "list").stdout == "Evidence: none yet.\n"
    with node.runtime.store.transaction("test") as tx:
        node.runtime.service(Evaluator).publish(tx, an_evaluation(24))
        kept_of_a_partner(tx, an_evaluation(12))

    table = say(node, "list").stdout
    rows = json.loads(say(node, "list", "--json").stdout)

    assert "0.50" in table
    assert "0.25" in table
    assert [(r["entry"]["issuer"], r["evaluation"]["correct"]) for r in rows] == [
        ("in", 24),
        ("jp", 12),
    ]


@pytest.mark.parametrize("command", ["run", "list"])
def test_every_command_explains_itself_with_an_example(node: Node, command: str) -> None:
    assert f"Example: corridor evaluate {command}" in say(node, command, "--help").output
