"""A real model is measured in its own process, and the evidence can be made again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from typer.testing import CliRunner, Result

from corridor.catalogue import Catalogue
from corridor.evaluation import Evaluation, Measure
from corridor.evaluation.adapters import logs
from corridor.evaluation.commands import commands

pytestmark = [pytest.mark.models, pytest.mark.timeout(900)]

MODEL = "smollm2-135m-instruct"
UNHURRIED = {"idle_seconds": 900.0}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with a_node(tmp_path_factory.mktemp("models"), catalogue=UNHURRIED) as made:
        catalogue = made.runtime.service(Catalogue)
        with made.runtime.store.transaction("test") as tx:
            catalogue.add_packaged(tx, MODEL)
        yield made


def say(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(commands, list(words), obj=node.runtime)


def test_smollm2_is_measured_by_its_file_and_gives_the_same_to_the_letter_again(
    node: Node,
) -> None:
    first = say(node, "run", "--model", MODEL, "--languages", "en,hi", "--json")

    assert first.exit_code == 0, first.output
    english, hindi = (Evaluation.model_validate(each) for each in json.loads(first.stdout))
    assert (english.language, hindi.language) == ("en-Latn", "hi-Deva")
    assert english.correct > hindi.correct  # it was made for English
    made = english.made
    assert made is not None
    assert (made.endpoint.address, made.endpoint.file_checked) == ("local", True)
    assert "xllamacpp" in made.harness
    assert made.tokens_in
    assert made.tokens_out

    again = say(node, "reproduce", english.id, "--json")

    assert again.exit_code == 0, again.output
    found = json.loads(again.stdout)
    assert found["agrees"]
    assert (found["items"], found["same"], found["identical"]) == (48, 48, 48)


@pytest.fixture(scope="module")
def likely(node: Node) -> list[Evaluation]:
    """Choices by their likelihood, in Hindi and English."""
    words = ("run", "--suite", "corridor-kinds", "--style", "likelihood", "--shots", "1")
    done = say(node, *words, "--model", MODEL, "--languages", "hi,en", "--json")
    assert done.exit_code == 0, done.output
    return [Evaluation.model_validate(each) for each in json.loads(done.stdout)]


def test_smollm2_tells_how_likely_choices_and_parallel_texts_are(
    node: Node, likely: list[Evaluation]
) -> None:
    by_likelihood = ("--model", MODEL, "--languages", "hi,en", "--json")
    texts = say(node, "run", "--suite", "corridor-sentences", *by_likelihood)

    hindi, english = likely
    assert english.correct > hindi.correct
    assert english.above_chance is not None
    assert english.above_chance.low is not None
    assert english.above_chance.low > 0
    assert texts.exit_code == 0, texts.output
    other, known = (Measure.model_validate(each) for each in json.loads(texts.stdout))
    assert 0.2 < known.figure.value < 4
    parity = other.parity
    assert parity is not None
    assert parity.information.high is not None
    assert parity.information.high < 1  # it was made for English
    assert parity.token_premium.value > 2


def test_smollm2_held_to_a_grammar_answers_each_choice_with_a_letter_and_the_record_says_so(
    node: Node, likely: list[Evaluation]
) -> None:
    words = ("run", "--model", MODEL, "--suite", "corridor-kinds", "--languages", "en", "--json")

    held = say(node, *words, "--grammar", "--shots", "1")

    assert held.exit_code == 0, (held.output, held.exception)
    [record] = [Evaluation.model_validate(each) for each in json.loads(held.stdout)]
    beside = likely[1]
    assert record.made is not None
    assert record.made.asking.grammar == "letters@1"
    assert "held to letters@1" in record.method
    assert set(record.verdicts) <= {"right", "wrong"}  # no format, no refusal, no other language
    lines = logs.read(node.home / "evaluation" / "logs", str(record.made.log_sha256))
    answers = [str(line["answer"]) for line in lines if "sample" in line]
    assert len(answers) == record.n == beside.n
    assert {each.strip() for each in answers} <= set("ABCD")
    assert beside.method != record.method
    assert "held to letters@1" in say(node, "show", record.id).stdout


def test_a_model_that_is_not_in_the_catalogue_is_not_found(node: Node, tmp_path: Path) -> None:
    result = say(node, "run", "--model", "no-such-model", "--folder", str(tmp_path))

    assert "no-such-model" in str(result.exception)
