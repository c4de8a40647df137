"""A run over real sockets: what is asked, what is signed, and what happens when things go wrong."""

import time
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import cast

import pytest
from support.nodes import Node, a_node
from support.partners import until
from support.programs import a_program, corridor_here
from support.quiz import (
    FakeModelServer,
    a_model_server,
    an_evaluation,
    knows_all,
    knows_nothing,
    the_dataset,
)
from support.shared import shared_data
from support.supply import DIGEST
from typer.testing import CliRunner, Result

from corridor.catalogue import Catalogue
from corridor.core.errors import Invalid
from corridor.evaluation import Evaluation, Measure, NoAnswer, wilson
from corridor.evaluation.adapters import logs
from corridor.evaluation.commands import commands
from corridor.evaluation.errors import CapReached, ModelChanged

N = 48
USAGE = {"prompt_tokens": 90, "completion_tokens": 10}


@pytest.fixture
def server() -> Iterator[FakeModelServer]:
    with a_model_server() as running:
        yield running


@pytest.fixture
def node(tmp_path: Path, server: FakeModelServer) -> Iterator[Node]:
    with a_node(tmp_path) as made:
        made.add_provider("own", server.url)
        yield made


def run(node: Node, *words: str, suite: str = "parallel-facts") -> Result:
    asked = ("run", "--provider", "own", "--suite", suite, *words)
    return CliRunner(env={"COLUMNS": "200"}).invoke(commands, asked, obj=node.runtime)


def evidence(node: Node) -> list[Evaluation]:
    with node.runtime.store.view() as view:
        return list(view.own(Evaluation))


def the_log(node: Node, record: Evaluation) -> list[dict[str, object]]:
    assert record.made is not None
    found = logs.read(node.home / "evaluation" / "logs", str(record.made.log_sha256))
    return [dict(line) for line in found]


class TestWhatIsSigned:
    def test_the_record_says_what_was_asked_of_whom_how_and_for_how_much(
        self, node: Node, server: FakeModelServer
    ) -> None:
        server.declared, server.usage = "upstream-model-0613", USAGE

        run(node, "--languages", "hi")

        [record] = evidence(node)
        assert (record.language, record.n, record.correct, record.score) == (
            "hi-Deva",
            N,
            N,
            wilson(N, N),
        )
        assert record.suite_sha256 == the_dataset().digests["hi-Deva"]
        assert (record.interval, record.scorer) == ("Wilson", "text@1")
        assert record.verdicts == {"right": N}
        ids = "".join(f"{item.id}\n" for item in the_dataset().of("hi-Deva"))
        assert record.items_sha256 == sha256(ids.encode()).hexdigest()
        made = record.made
        assert made is not None
        assert (made.endpoint.address, made.endpoint.served) == (server.url, "upstream-model")
        assert made.endpoint.declared == ("upstream-model-0613",)
        assert not made.endpoint.file_checked
        assert (made.asking.style, made.asking.template) == ("completions", "lines@1")
        assert (made.calls, made.tokens_in, made.tokens_out) == (N, N * 90, N * 10)
        assert made.cost is None
        assert made.licence == "CC0-1.0"
        assert made.where.startswith("in; ")
        assert {subject.sha256 for subject in record.subjects()} == {
            DIGEST,
            record.suite_sha256,
            made.log_sha256,
        }

    def test_the_full_log_lies_under_its_digest_with_every_prompt_and_answer(
        self, node: Node, server: FakeModelServer
    ) -> None:
        run(node, "--languages", "ja")

        [record] = evidence(node)
        head, *answers = the_log(node, record)
        assert head["method"] == record.method
        assert len(answers) == N
        texts = [cast("dict[str, str]", line["prompt"])["text"] for line in answers]
        assert sorted(texts) == sorted(server.prompts)
        assert [line["answer"] for line in answers] == [knows_all(text) for text in texts]

    def test_outcomes_are_in_the_order_of_the_items_however_they_were_answered(
        self, node: Node, server: FakeModelServer
    ) -> None:
        items = list(the_dataset().of("en-Latn"))
        hard = {items[1].question, items[7].question}
        server.pupil = lambda prompt: (
            " Nobody" if any(f": {each}\n" in prompt for each in hard) else knows_all(prompt)
        )

        run(node, "--languages", "en")

        [record] = evidence(node)
        assert [n for n, digit in enumerate(record.outcomes) if digit == "0"] == [1, 7]
        assert record.verdicts == {"right": N - 2, "wrong": 2}

    def test_refusals_and_empty_answers_are_counted_by_what_they_are(
        self, node: Node, server: FakeModelServer
    ) -> None:
        server.pupil = lambda _: (
            "" if len(server.prompts) % 2 else " I'm sorry, I can't help with that."
        )

        run(node, "--languages", "en")

        [record] = evidence(node)
        assert record.verdicts == {"empty": N // 2, "refusal": N // 2}
        assert record.correct == 0

    def test_repeats_are_asked_with_a_seed_each_and_stand_together(
        self, node: Node, server: FakeModelServer
    ) -> None:
        run(node, "--languages", "en", "--repeats", "2", "--temperature", "0.7", "--seed", "5")

        [record] = evidence(node)
        assert (record.n, record.correct, len(server.prompts)) == (2 * N, 2 * N, 2 * N)
        assert record.made is not None
        assert (record.made.asking.repeats, record.made.asking.temperature) == (2, 0.7)
        assert record.seed == 5
        assert "2 times" in record.method
        _, *lines = the_log(node, record)
        seeds = [cast("dict[str, int]", line["prompt"])["seed"] for line in lines]
        assert seeds == [5, 6] * N

    def test_a_price_that_is_known_makes_a_cost(self, node: Node, server: FakeModelServer) -> None:
        server.usage = USAGE
        priced(node, per_million_in=1_000_000, per_million_out=2_000_000)

        run(node, "--languages", "en")

        [record] = evidence(node)
        assert record.made is not None
        assert record.made.cost is not None
        assert (record.made.cost.amount, record.made.cost.currency) == (N * (90 + 20), "INR")


class TestWhatGoesWrong:
    def test_a_storm_of_429_is_waited_out_and_leaves_no_mark_on_the_score(
        self, node: Node, server: FakeModelServer
    ) -> None:
        server.refusals.extend([(429, None), (429, "0"), (429, None), (503, None)])

        result = run(node, "--languages", "en")

        assert result.exit_code == 0, result.output
        [record] = evidence(node)
        assert record.verdicts == {"right": N}
        assert len(server.prompts) == N + 4

    def test_a_provider_that_wants_to_be_left_alone_for_long_ends_the_run_at_once(
        self, node: Node, server: FakeModelServer
    ) -> None:
        server.refusals.extend([(429, "3600")] * 10)

        result = run(node, "--languages", "en")

        assert isinstance(result.exception, NoAnswer)
        assert "same command again" in str(result.exception.hint)
        assert evidence(node) == []
        assert len(server.prompts) <= 4

    def test_what_the_provider_refuses_to_answer_is_counted_and_is_not_wrong(
        self, node: Node, server: FakeModelServer
    ) -> None:
        server.refusals.extend([(400, None), (451, None)])

        result = run(node, "--languages", "en")

        [record] = evidence(node)
        assert (record.n, record.correct) == (N - 2, N - 2)
        assert record.verdicts == {"right": N - 2, "failed": 2}
        assert len(record.unanswered) == 2
        assert "would not answer 2 times" in result.stderr

    def test_a_provider_that_answers_nothing_leaves_no_evidence(
        self, node: Node, server: FakeModelServer
    ) -> None:
        server.refusals.extend([(400, None)] * N)

        assert isinstance(run(node, "--languages", "en").exception, NoAnswer)
        assert evidence(node) == []

    @pytest.mark.parametrize("status", [401, 403, 404])
    def test_a_refusal_that_holds_for_everything_ends_the_run_after_one_try(
        self, node: Node, server: FakeModelServer, status: int
    ) -> None:
        server.refusals.extend([(status, None)] * 100)

        result = run(node, "--languages", "en")

        assert isinstance(result.exception, NoAnswer)
        assert str(status) in result.exception.message
        assert len(server.prompts) <= 4  # as many as are asked at the same time

    def test_a_model_that_changes_in_the_middle_leaves_no_evidence_and_is_begun_anew(
        self, node: Node, server: FakeModelServer
    ) -> None:
        server.declared = "model-1"

        def changing(prompt: str) -> str:
            server.declared = "model-1" if len(server.prompts) < 20 else "model-2"
            return knows_all(prompt)

        server.pupil = changing
        result = run(node, "--languages", "en")
        server.pupil = knows_all
        again = run(node, "--languages", "en")

        assert isinstance(result.exception, ModelChanged)
        assert "'model-1'" in result.exception.message
        assert again.exit_code == 0
        [record] = evidence(node)
        assert record.made is not None
        assert record.made.endpoint.declared == ("model-2",)

    def test_a_provider_that_the_catalogue_changed_meanwhile_leaves_no_evidence(
        self, node: Node, server: FakeModelServer
    ) -> None:
        catalogue = node.runtime.service(Catalogue)

        def moving(prompt: str) -> str:
            if len(server.prompts) == 20:
                with node.runtime.store.transaction("test") as tx:
                    known = catalogue.provider(tx, "own").model_dump(exclude={"id", "made_at"})
                    other = {**known, "model": "other", "model_sha256": "cd" * 32}
                    catalogue.register(
                        tx,
                        type(catalogue.provider(tx, "own")).model_validate(
                            {**other, "made_at": node.clock()}
                        ),
                    )
            return knows_all(prompt)

        server.pupil = moving
        result = run(node, "--languages", "en")

        assert isinstance(result.exception, ModelChanged)
        assert evidence(node) == []


class TestCaps:
    def test_a_cap_on_calls_is_never_passed_and_the_run_goes_on_from_there(
        self, node: Node, server: FakeModelServer
    ) -> None:
        first = run(node, "--languages", "en", "--max-calls", "20")
        asked = len(server.prompts)
        second = run(node, "--languages", "en", "--max-calls", str(N))

        assert isinstance(first.exception, CapReached)
        assert asked == 20
        assert second.exit_code == 0, second.output
        assert Counter(server.prompts).most_common(1)[0][1] == 1
        assert [record.n for record in evidence(node)] == [N]

    def test_a_cap_on_tokens_ends_the_run_once_it_is_reached(
        self, node: Node, server: FakeModelServer
    ) -> None:
        server.usage = USAGE

        result = run(node, "--languages", "en", "--max-tokens", "1000")

        assert isinstance(result.exception, CapReached)
        assert 10 <= len(server.prompts) <= 13  # and those on their way

    def test_a_cap_on_cost_ends_the_run_once_it_is_reached(
        self, node: Node, server: FakeModelServer
    ) -> None:
        server.usage = USAGE
        priced(node, per_million_in=1_000_000, per_million_out=1_000_000)

        result = run(node, "--languages", "en", "--max-cost", "10")

        assert isinstance(result.exception, CapReached)
        assert 10 <= len(server.prompts) <= 13
        assert "INR" in result.exception.message

    def test_a_cap_on_cost_without_a_price_is_refused_before_anyone_is_asked(
        self, node: Node, server: FakeModelServer
    ) -> None:
        result = run(node, "--languages", "en", "--max-cost", "10")

        assert isinstance(result.exception, Invalid)
        assert server.prompts == []

    def test_a_cap_that_cannot_be_kept_because_nobody_counts_ends_the_run(
        self, node: Node, server: FakeModelServer
    ) -> None:
        result = run(node, "--languages", "en", "--max-tokens", "100000")

        assert isinstance(result.exception, CapReached)
        assert "does not count" in result.exception.message
        assert len(server.prompts) <= 4


def priced(node: Node, per_million_in: int, per_million_out: int) -> None:
    words = ("--in", str(per_million_in), "--out", str(per_million_out), "--currency", "INR")
    done = corridor_here("--home", node.home, "gateway", "price", "set", "own", *words)
    assert done.returncode == 0, done.stderr


class TestGoingOn:
    def test_a_run_that_was_killed_goes_on_without_asking_anything_twice(
        self, node: Node, server: FakeModelServer, tmp_path: Path
    ) -> None:
        server.held_at = 25
        words = ("evaluate", "run", "--provider", "own", "--languages", "en,hi")
        log = tmp_path / "said"

        with a_program(log, "--home", node.home, *words) as program:
            until(lambda: len(server.answered) >= 24 and len(server.prompts) >= 25)
            until(lambda: len(server.prompts) > len(server.answered))
            program.kill()
        before = list(server.answered)
        server.letting_go.set()
        result = run(node, "--languages", "en,hi")

        assert result.exit_code == 0, result.output
        assert [(e.language, e.n, e.correct) for e in evidence(node)] == [
            ("en-Latn", N, N),
            ("hi-Deva", N, N),
        ]
        again = Counter(server.prompts)
        on_their_way = [prompt for prompt, times in again.items() if times > 1]
        assert len(on_their_way) <= 4
        assert "requests is not known" in result.stderr
        assert len(before) >= 24
        assert len(again) == 2 * N

    def test_evidence_made_otherwise_is_no_reason_not_to_measure(
        self, node: Node, server: FakeModelServer
    ) -> None:
        with node.runtime.store.transaction("test") as tx:
            tx.append(an_evaluation(1, provider="own", method="by feeling"))
            tx.append(an_evaluation(2, provider="own", suite_sha256="cd" * 32))
            tx.append(an_evaluation(3, provider="own", language="hi-Deva"))
            tx.append(an_evaluation(4, provider="another"))

        run(node, "--languages", "en")

        assert len(server.prompts) == N
        assert [record.correct for record in evidence(node)][-1] == N


def test_a_suite_of_choices_is_asked_with_letters_and_has_a_chance(
    node: Node, server: FakeModelServer, tmp_path: Path
) -> None:
    server.pupil = knows_nothing
    topics = ["sports", "travel", "health", "geography", "politics"]
    folder = tmp_path / "sib"
    rows = [f"{n}\t{topics[n % 5]}\tSentence number {n}." for n in range(40)]
    for code in ("eng_Latn", "hin_Deva"):
        (folder / "data" / code).mkdir(parents=True)
        text = "\n".join(["index_id\tcategory\ttext", *rows]) + "\n"
        (folder / "data" / code / "test.tsv").write_text(text)
        (folder / "data" / code / "train.tsv").write_text(text)

    result = run(node, "--languages", "en,hi", "--folder", str(folder), suite="sib-200")

    assert result.exit_code == 0, result.output
    found = evidence(node)
    assert [record.language for record in found] == ["en-Latn", "hi-Deva"]
    assert found[0].chance == pytest.approx(1 / 7)
    assert found[0].above_chance is not None
    assert "A. " in server.prompts[0]
    with node.runtime.store.view() as view:
        assert list(view.own(Measure)) == []


def test_what_is_wrong_with_the_data_stands_in_the_record_counted_with_what_was_done(
    node: Node, server: FakeModelServer, tmp_path: Path
) -> None:
    server.pupil = lambda _: " 2"
    lines = [f"How many are {n} apples?\t2\n" for n in range(40)]
    lines += ["How many are 0 apples?\t2\n", "Сколько их там, этих яблок?\t2\n"]
    (tmp_path / "mgsm_en.tsv").write_text("".join(lines))

    result = run(node, "--languages", "en", "--folder", str(tmp_path), suite="mgsm")

    assert result.exit_code == 0, result.output
    [record] = evidence(node)
    assert record.made is not None
    assert record.n == 42
    notes = " ".join(record.made.notes)
    assert "duplicate: 1 items in en-Latn; both are asked: they count twice" in notes
    assert "script: 1 items in en-Latn; the item is asked" in notes
    shown = CliRunner(env={"COLUMNS": "300"}).invoke(
        commands, ["show", record.id], obj=node.runtime
    )
    assert "they count twice" in shown.output


@pytest.mark.shared
def test_a_published_data_set_is_run_in_four_languages_and_is_paired(
    node: Node, server: FakeModelServer
) -> None:
    folder = shared_data("sib200")
    server.pupil = lambda prompt: " " + "ABCDEFG"[len(prompt) % 7]

    result = run(node, "--languages", "hi,ta,ja,en", "--folder", str(folder), suite="sib-200")

    assert result.exit_code == 0, result.output
    found = evidence(node)
    assert [each.language for each in found] == ["hi-Deva", "ta-Taml", "ja-Jpan", "en-Latn"]
    assert {each.n for each in found} == {204}
    assert len({each.items_sha256 for each in found}) == 1
    assert len({each.made.run for each in found if each.made}) == 1
    assert all(each.chance == pytest.approx(1 / 7) for each in found)


def test_what_cannot_be_asked_is_refused_before_anyone_is(
    node: Node, server: FakeModelServer
) -> None:
    for words, word in (
        (("--model", "small"), "one of them"),
        (("--languages", "xx"), "xx"),
    ):
        result = run(node, *words)
        assert isinstance(result.exception, Invalid)
        assert word in result.exception.message
    parallel = run(node, suite="corridor-sentences")
    assert isinstance(parallel.exception, Invalid)
    assert server.prompts == []


def test_a_rate_is_kept_by_the_whole_run(tmp_path: Path, server: FakeModelServer) -> None:
    times: list[float] = []

    def noting(prompt: str) -> str:
        times.append(time.monotonic())
        return knows_all(prompt)

    server.pupil = noting
    with a_node(tmp_path, "slow", evaluation={"rates": {"own": 50}}) as node:
        node.add_provider("own", server.url)
        assert run(node, "--languages", "en").exit_code == 0

    assert times[-1] - times[0] >= (N - 1) / 50 * 0.95
