"""`corridor evaluate run` by likelihood, with a model of random weights that llama.cpp really reads."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import orjson
import pytest
from support.evaluating import say
from support.nodes import Node, a_node
from support.tiny_gguf import a_tiny_model_in, tiny_model
from typer.testing import Result

from corridor.catalogue import DigestMismatch
from corridor.core.errors import Invalid
from corridor.evaluation import Evaluation, Measure
from corridor.evaluation.adapters import logs
from corridor.evaluation.adapters.llama.engine import Model
from corridor.evaluation.adapters.report.page import shown_items
from corridor.evaluation.errors import CapReached
from corridor.evaluation.ports import Likelihood
from corridor.evaluation.rules.likelihood import (
    bits_per_byte,
    information_parity,
    scored,
    token_premium,
)
from corridor.evaluation.service.datasets import load

SENTENCES, KINDS = "corridor-sentences", "corridor-kinds"
BOTH = ("en-Latn", "hi-Deva")


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path) as made:
        a_tiny_model_in(made)
        made.add_provider("far", "http://127.0.0.1:9/v1")
        yield made


def run(node: Node, suite: str, languages: str, *words: str) -> Result:
    asked = ("run", "--model", "tiny", "--suite", suite, "--languages", languages)
    return say(node, *asked, "--json", *words)


def measures(result: Result) -> list[Measure]:
    assert result.exit_code == 0, (result.output, result.exception)
    return [Measure.model_validate(each) for each in json.loads(result.stdout)]


def read_directly(node: Node) -> dict[str, list[tuple[str, Likelihood]]]:
    """Return the texts of both languages with their likelihoods, past everything but the engine."""
    model = Model.load(node.home / "models" / "tiny.gguf", context_tokens=1024)
    dataset = load(SENTENCES, BOTH)
    found: dict[str, list[tuple[str, Likelihood]]] = {}
    for language in BOTH:
        texts = [item.context for item in dataset.of(language)]
        told = [model.score([scored("", text, model.tokens, model.begin)])[0] for text in texts]
        found[language] = list(zip(texts, told, strict=True))
    model.close()
    return found


class TestParallelText:
    def test_each_language_has_its_bits_and_what_it_costs_against_english(self, node: Node) -> None:
        hindi, english = measures(run(node, SENTENCES, "hi,en"))

        assert (hindi.language, english.language) == ("hi-Deva", "en-Latn")
        for each in (hindi, english):
            assert (each.metric, each.higher_is_better) == ("bits per UTF-8 byte", False)
            assert each.made is not None
            assert (each.made.asking.style, each.made.asking.template) == ("likelihood", "bare@1")
            assert (each.scorer, each.verdicts) == ("bits-per-byte@1", {})
            assert each.made.endpoint.file_checked
        expected = read_directly(node)
        told = {tag: [one for _, one in pairs] for tag, pairs in expected.items()}
        rates = [bits_per_byte(text, one) for text, one in expected["hi-Deva"]]
        assert hindi.figure.value == pytest.approx(math.fsum(rates) / len(rates), rel=1e-4)
        parity = hindi.parity
        assert english.parity is None
        assert parity is not None
        assert (parity.against, parity.n) == ("en-Latn", len(rates))
        pair = (told["en-Latn"], told["hi-Deva"])
        assert parity.information.value == pytest.approx(information_parity(*pair), rel=1e-4)
        assert parity.token_premium.value == pytest.approx(token_premium(*pair))
        assert parity.information.low is not None
        assert parity.information.low < parity.information.value
        shown = say(node, "show", hindi.id)
        assert "information parity" in shown.output
        assert "token premium" in shown.output

    def test_english_that_was_measured_before_is_compared_with_and_else_nothing_is(
        self, node: Node
    ) -> None:
        [alone] = measures(run(node, SENTENCES, "ta"))
        run(node, SENTENCES, "en")
        [hindi] = measures(run(node, SENTENCES, "hi"))

        assert alone.parity is None
        assert hindi.parity is not None

    def test_the_samples_in_the_log_say_what_was_measured(self, node: Node) -> None:
        [english] = measures(run(node, SENTENCES, "en"))

        assert english.made is not None
        lines = logs.read(node.home / "evaluation" / "logs", str(english.made.log_sha256))
        samples = list(logs.samples_in(lines))
        assert {each.metric for each in samples} == {"bits per UTF-8 byte"}
        mean = math.fsum(each.score for each in samples) / len(samples)
        assert english.figure.value == pytest.approx(mean)


class TestChoices:
    def test_answers_are_held_to_letters_by_llama_cpp_whatever_the_model_knows(
        self, node: Node
    ) -> None:
        [record] = [
            Evaluation.model_validate(each)
            for each in json.loads(run(node, KINDS, "ta", "--grammar").stdout)
        ]

        assert record.made is not None
        assert record.made.asking.grammar == "letters@1"
        lines = logs.read(node.home / "evaluation" / "logs", str(record.made.log_sha256))
        answers = {str(line["answer"]).strip() for line in lines if "sample" in line}
        assert answers <= set("ABCD")
        assert set(record.verdicts) <= {"right", "wrong"}
        shown = say(node, "reproduce", record.id, "--json")
        assert json.loads(shown.stdout)["identical"] == record.n

    @pytest.mark.parametrize(
        ("words", "word"),
        [
            (("--model", "tiny", "--suite", KINDS, "--style", "likelihood"), "Only an answer"),
            (("--model", "tiny", "--suite", "parallel-facts"), "Only an answer"),
            (("--provider", "far", "--suite", KINDS), "Nobody knows"),
        ],
    )
    def test_what_cannot_be_held_to_letters_is_refused(
        self, node: Node, words: tuple[str, ...], word: str
    ) -> None:
        result = say(node, "run", *words, "--languages", "en", "--grammar")

        assert isinstance(result.exception, Invalid)
        assert word in result.exception.message

    def test_the_likeliest_option_is_judged_and_may_be_made_again_to_the_digit(
        self, node: Node
    ) -> None:
        first = run(node, KINDS, "en,hi", "--style", "likelihood")

        assert first.exit_code == 0, (first.output, first.exception)
        english, hindi = (Evaluation.model_validate(each) for each in json.loads(first.stdout))
        assert english.made is not None
        assert english.made.asking.style == "likelihood"
        assert english.scorer == "likeliest-per-byte@1"
        assert english.verdicts.get("right", 0) == english.correct
        assert english.chance == hindi.chance == pytest.approx(0.25)
        head, line, *_ = logs.read(node.home / "evaluation" / "logs", str(english.made.log_sha256))
        assert head["method"] == english.method
        item = next(iter(load(KINDS, BOTH).of("en-Latn")))
        prompt = cast("dict[str, object]", line["prompt"])
        assert prompt["options"] == [f" {choice}" for choice in item.choices]
        assert str(prompt["text"]).endswith("Answer:")
        assert "A. " not in str(prompt["text"])
        assert line["extracted"] in item.choices
        assert len(orjson.loads(str(line["answer"]))) == 4

        [seen] = shown_items([line], 1)
        assert seen.answer == line["extracted"]
        assert seen.asked == str(prompt["text"]).rsplit("\n\n", 1)[-1]

        again = say(node, "reproduce", english.id, "--json")
        assert again.exit_code == 0, (again.output, again.exception)
        found = json.loads(again.stdout)
        assert (found["items"], found["identical"]) == (english.n, english.n)

    def test_a_run_that_is_cut_off_reads_nothing_twice(self, node: Node) -> None:
        cut = run(node, KINDS, "en", "--style", "likelihood", "--max-calls", "25")
        assert isinstance(cut.exception, CapReached)
        [journal] = (node.home / "evaluation" / "runs").glob("*.jsonl")
        before = [orjson.loads(line) for line in journal.read_bytes().splitlines()]
        assert sum("answered" in line for line in before) == 25

        items = len(load(KINDS, ("en-Latn",)).items["en-Latn"])
        just_enough = run(node, KINDS, "en", "--style", "likelihood", "--max-calls", str(items))

        assert just_enough.exit_code == 0, just_enough.output
        [record] = json.loads(just_enough.stdout)
        assert record["n"] == items


@pytest.mark.parametrize(
    ("suite", "words", "reason"),
    [
        (KINDS, ("--provider", "far", "--style", "likelihood"), "elsewhere"),
        (SENTENCES, ("--provider", "far"), "elsewhere"),
        (SENTENCES, ("--model", "tiny", "--style", "chat"), "No rule judges"),
        ("parallel-facts", ("--model", "tiny", "--style", "likelihood"), "No rule judges"),
        (KINDS, ("--model", "tiny", "--style", "likelihood", "--repeats", "2"), "no repeats"),
        (KINDS, ("--model", "tiny", "--style", "likelihood", "--temperature", "1"), "temperature"),
    ],
)
def test_what_has_no_likelihood_is_refused(
    node: Node, suite: str, words: tuple[str, ...], reason: str
) -> None:
    result = say(node, "run", "--suite", suite, "--languages", "en", *words)

    assert isinstance(result.exception, Invalid)
    assert reason in result.exception.message


def test_a_file_that_was_exchanged_is_not_read(node: Node) -> None:
    tiny_model(node.home / "models" / "tiny.gguf", seed=1)

    result = run(node, SENTENCES, "en")

    assert isinstance(result.exception, DigestMismatch)
