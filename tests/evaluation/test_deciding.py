"""`corridor evaluate decide`: one question, as few calls as it takes, none twice, and a record of it."""

import json
from hashlib import sha256
from typing import Any

import orjson
import pytest
from support.evaluating import (
    DEVANAGARI,
    in_english_alone,
    own_evidence,
    say,
)
from support.nodes import Node
from support.quiz import FakeModelServer, a_model_server, knows_nothing
from support.tiny_gguf import a_tiny_model_in

from corridor.core.errors import Invalid
from corridor.evaluation import Evaluator, Inquiry
from corridor.evaluation.service.runs import Runs

N = 48
OTHER = "9" * 64


def decided(node: Node, *words: str, whom: tuple[str, ...] = ("own",)) -> dict[str, Any]:
    done = say(node, "decide", *whom, *words, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


def inquiries(node: Node) -> list[Inquiry]:
    with node.runtime.store.view() as view:
        return list(view.own(Inquiry))


def test_a_large_gap_is_found_with_a_part_of_the_calls(node: Node, server: FakeModelServer) -> None:
    server.pupil = in_english_alone

    found = decided(node, "--language", "hi", "--gap-under", "0.05")

    assert found["answer"] == "no"
    assert found["calls"] == len(server.prompts) == len(set(server.prompts))
    assert found["full"] == 2 * N
    assert len(server.prompts) < N


def test_a_score_is_shown_to_be_high_enough_or_not(node: Node, server: FakeModelServer) -> None:
    assert decided(node, "--language", "en", "--at-least", "0.6")["answer"] == "yes"
    assert len(server.prompts) < N

    server.pupil = knows_nothing
    assert decided(node, "--language", "hi", "--at-least", "0.6")["answer"] == "no"
    assert "No." in say(node, "decide", "own", "--language", "hi", "--at-least", "0.6").stdout


def test_a_full_run_goes_on_from_what_was_asked(node: Node, server: FakeModelServer) -> None:
    decided(node, "--language", "en", "--at-least", "0.6")
    assert say(node, "run", "--provider", "own", "--languages", "en").exit_code == 0

    assert len(server.prompts) == len(set(server.prompts)) == N
    [record] = own_evidence(node)
    assert record.n == N


def test_a_language_with_evidence_is_not_asked_again(node: Node, server: FakeModelServer) -> None:
    say(node, "run", "--provider", "own", "--languages", "en")
    server.prompts.clear()
    server.pupil = in_english_alone

    found = decided(node, "--language", "hi", "--gap-under", "0.05")

    assert found["answer"] == "no"
    assert found["full"] == N
    assert all(DEVANAGARI.search(prompt) for prompt in server.prompts)


def test_the_better_of_two_models_is_found(node: Node, server: FakeModelServer) -> None:
    with a_model_server(in_english_alone) as second:
        node.add_provider("partial", second.url, model="other", sha256=OTHER)

        better = decided(node, "--language", "hi", "--better-than", "partial")

        assert better["answer"] == "yes"
        assert len(second.prompts) == len(server.prompts) < N
        done = say(node, "decide", "partial", "--language", "hi", "--better-than", "own", "--json")
        assert json.loads(done.stdout)["answer"] == "no"


def test_two_that_are_equal_are_told_apart_by_nothing(node: Node) -> None:
    found = decided(node, "--language", "ja", "--gap-under", "0.0")

    assert found["answer"] == "no"  # equal is not less than no difference at all
    assert found["n"] == N


def test_an_item_that_the_provider_refuses_leaves_the_question_open(
    node: Node, server: FakeModelServer
) -> None:
    server.refusals.append((400, None))

    found = decided(node, "--language", "en", "--at-least", "0.6")

    assert (found["answer"], found["verdict"]) == ("open", "not settled")
    assert "not answered" in found["stopped"]
    assert found["n"] < 4  # of four that are asked together, whichever came first was refused


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
    assert inquiries(node) == []


class TestTheRecord:
    def test_it_says_what_was_asked_of_whom_on_what_and_why_no_more(
        self, node: Node, server: FakeModelServer
    ) -> None:
        server.pupil = in_english_alone
        found = decided(node, "--language", "hi", "--gap-under", "0.05", "--seed", "3")

        [record] = inquiries(node)
        assert record.model_dump(mode="json") == found
        assert record.question == "Is own in hi less than 0.05 behind en on parallel-facts?"
        assert (record.claim, record.threshold, record.error) == ("under", 0.05, 0.05)
        assert record.base is not None
        assert (record.side.language, record.base.language) == ("hi-Deva", "en-Latn")
        assert record.side.model_sha256 == record.base.model_sha256
        assert (record.verdict, record.answer, record.stopped) == ("settled", "no", "settled")
        assert record.n < record.of == N
        assert 0.05 < record.at_least <= record.at_most
        assert (record.order_seed, record.calls) == (3, len(server.prompts))
        assert record.harness.startswith("corridor ")

    def test_its_log_has_each_prompt_and_answer_in_the_order_of_asking(
        self, node: Node, server: FakeModelServer
    ) -> None:
        decided(node, "--language", "en", "--at-least", "0.6")

        [record] = inquiries(node)
        log = node.runtime.service(Runs).folder / "logs" / f"{record.log_sha256}.jsonl"
        data = log.read_bytes()
        assert sha256(data).hexdigest() == record.log_sha256
        head, *lines = [orjson.loads(line) for line in data.splitlines()]
        assert head["question"] == record.question
        assert {line["side"]["prompt"]["text"] for line in lines} == set(server.prompts)
        assert [line["value"] for line in lines[: record.n]] == [1.0] * record.n

    def test_the_same_outcome_is_signed_once(self, node: Node) -> None:
        words = ("--language", "en", "--at-least", "0.6")

        assert decided(node, *words)["id"] == decided(node, *words)["id"]
        assert len(inquiries(node)) == 1
        assert decided(node, *words, "--seed", "1")["id"] != inquiries(node)[0].id

    def test_a_cap_leaves_the_question_open_and_a_higher_one_settles_it(
        self, node: Node, server: FakeModelServer
    ) -> None:
        words = ("--language", "en", "--at-least", "0.6")
        first = decided(node, *words, "--max-calls", "4")
        assert (first["answer"], first["n"]) == ("open", 4)
        assert first["stopped"] == "the cap on calls was reached"

        second = decided(node, *words)

        assert second["answer"] == "yes"
        assert len(server.prompts) == len(set(server.prompts)) == second["calls"]
        capped = say(node, "decide", "own", "--language", "hi", *words[2:], "--max-calls", "1")
        assert "It ended because the cap on calls was reached." in capped.stdout

    def test_what_was_known_names_the_evidence_that_it_rests_on(self, node: Node) -> None:
        say(node, "run", "--provider", "own", "--languages", "en")
        [evidence] = own_evidence(node)

        decided(node, "--language", "hi", "--gap-under", "0.05")

        [record] = inquiries(node)
        assert record.base is not None
        assert (record.side.rests_on, record.base.rests_on) == ("", evidence.id)

    def test_it_is_listed_and_shown(self, node: Node) -> None:
        found = decided(node, "--language", "en", "--at-least", "0.6")

        [listed] = json.loads(say(node, "decisions", "--json").stdout)
        assert listed["decision"] == found
        assert found["id"][:12] in say(node, "decisions").stdout
        shown = say(node, "show", found["id"][:8]).stdout
        assert "its bounds leave no other answer" in shown
        assert found["log_sha256"] in shown
        assert json.loads(say(node, "show", found["id"], "--json").stdout)["decision"] == found

    def test_it_opens_no_door(self, node: Node) -> None:
        decided(node, "--language", "en", "--at-least", "0.6")

        with node.runtime.store.view() as view:
            assert node.runtime.service(Evaluator).standing(view) == {}


class TestAModelInThisProcess:
    def test_a_file_is_decided_on_by_likelihood(self, node: Node) -> None:
        a_tiny_model_in(node)
        words = ("--language", "hi", "--suite", "corridor-kinds", "--style", "likelihood")
        found = decided(node, *words, "--at-least", "0.9", whom=("--model", "tiny"))

        assert (found["answer"], found["side"]["provider"]) == ("no", "here")
        assert found["n"] < found["of"]
        assert "xllamacpp" in found["harness"]

    def test_two_files_are_compared(self, node: Node) -> None:
        for number, name in enumerate(("tiny", "minute")):
            a_tiny_model_in(node, name, seed=number)
        words = ("--language", "en", "--suite", "corridor-kinds", "--style", "likelihood")
        found = decided(node, *words, "--better-than", "minute", whom=("--model", "tiny"))

        assert (found["side"]["model"], found["base"]["model"]) == ("tiny", "minute")
        assert found["answer"] in ("yes", "no", "open")

    def test_a_provider_or_a_model_is_named_and_not_both(self, node: Node) -> None:
        a_tiny_model_in(node)
        words = ("--language", "en", "--at-least", "0.5")
        for whom in ((), ("own", "--model", "tiny")):
            assert isinstance(say(node, "decide", *whom, *words).exception, Invalid)
