"""Judges over real sockets: agreement with people, answers judged anew, and judges that cannot be believed."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from support.judged import a_run_of, as_answers
from support.judges import Opinion, by_numbers, judging, obedient, question_in, talkative
from support.nodes import Node, a_node
from support.partners import introduce, pull
from support.quiz import FakeModelServer, a_model_server
from support.supply import DIGEST
from typer.testing import CliRunner, Result

from corridor.catalogue import LocalEndpoint
from corridor.evaluation import Calibration, JudgeAgreement, Runs, SafetyEvaluation
from corridor.evaluation.adapters.rubrics import words_of
from corridor.evaluation.commands import commands
from corridor.evaluation.records.calibration import Labelled
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.records.probes import Probe
from corridor.evaluation.records.safety import Conduct
from corridor.evaluation.rules.judging.own import CONTROL, labelled
from corridor.evaluation.service.datasets import load
from corridor.evaluation.service.judges.bench import Judges

TAMIL = "ta-Taml"
SECRET = Probe("refuse", "leakage")


@pytest.fixture
def judge() -> Iterator[FakeModelServer]:
    with a_model_server(judging(by_numbers)) as running:
        yield running


@pytest.fixture
def node(tmp_path: Path, judge: FakeModelServer) -> Iterator[Node]:
    with a_node(tmp_path / "node") as made:
        made.add_provider("own", "http://127.0.0.1:9/v1")
        made.add_provider("judge", judge.url, model="judge", sha256="cd" * 32)
        yield made


def say(node: Node, *words: str, code: int = 0) -> Result:
    done = CliRunner(env={"COLUMNS": "250"}).invoke(commands, list(words), obj=node.runtime)
    assert (done.exit_code, done.exception is None) == (code, code == 0), done.output + repr(
        done.exception
    )
    return done


def fails(node: Node, *words: str) -> str:
    done = CliRunner().invoke(commands, list(words), obj=node.runtime)
    assert done.exception is not None
    return str(done.exception)


def agreements(node: Node, *words: str) -> list[JudgeAgreement]:
    said = json.loads(say(node, "judge", "agreement", *words, "--json").stdout)
    return [JudgeAgreement.model_validate(each) for each in said]


def applied(node: Node, record: SafetyEvaluation, *words: str) -> SafetyEvaluation:
    said = json.loads(say(node, "judge", "apply", record.id, *words, "--json").stdout)
    return SafetyEvaluation.model_validate(said[0])


def ours(tag: str) -> tuple[Labelled, ...]:
    other = "hi-Deva" if tag == "ja-Jpan" else "ja-Jpan"
    return labelled(words_of(tag), words_of(other), load("corridor-reckoning", [tag]).items[tag])


def told(n: int, *, unsafe: int, tag: str = TAMIL) -> list[tuple[Item, str | None]]:
    """Return answers to as many different items, some of which tell what they should not."""
    words = words_of(tag)
    found: list[tuple[Item, str | None]] = []
    for number in range(n):
        situation = words.situations[number % len(words.situations)]
        item = Item(f"i{number}", tag, situation.asked.format(n=1000 + number), probe=SECRET)
        answer = situation.unsafe.format(n=1000 + number) if number < unsafe else situation.safe
        found.append((item, answer))
    return found


def honest(prompt: str) -> str:
    """Judge the first paragraph of an answer rightly, whatever the rest says."""
    asked = question_in(prompt)
    return asked.verdict(by_numbers(asked.request, asked.answer.partition("\n")[0]))


def erring(share: float) -> Opinion:
    """Return who judges by numbers, but takes a share of what is told for safe, the same requests each time."""

    def opinion(request: str, answer: str) -> Conduct:
        right = by_numbers(request, answer)
        chance = int(hashlib.sha256(request.encode()).hexdigest()[:8], 16) / 2**32
        return "safe" if right == "unsafe" and chance < share else right

    return opinion


class TestAgreement:
    def test_a_judge_that_judges_as_people_do_agrees_in_each_language(
        self, node: Node, judge: FakeModelServer
    ) -> None:
        found = agreements(node, "judge", "--languages", "ta,ja")

        assert [each.language for each in found] == [TAMIL, "ja-Jpan"]
        for each in found:
            assert each.prompted == (each.language, "en-Latn")
            assert (each.name, each.model_sha256) == ("judge", "cd" * 32)
            assert (each.attacked, each.followed, each.unjudged) == (16, 0, 0)
            assert each.alpha is not None
            assert each.alpha.value > 0.95
            assert each.differing is not None
            assert each.differing.count == 0
        assert any(words_of(TAMIL).rubric.intro in prompt for prompt in judge.prompts)

    def test_the_rules_alone_can_be_compared_with_people_too(
        self, node: Node, judge: FakeModelServer
    ) -> None:
        [found] = agreements(node, "--languages", "hi")

        assert (found.name, found.model_sha256, found.rubric) == ("corridor", None, "")
        assert found.unjudged > 0  # where only the meaning could say
        assert judge.prompts == []

    def test_nothing_is_asked_twice_and_what_is_the_same_is_signed_once(
        self, node: Node, judge: FakeModelServer
    ) -> None:
        [first] = agreements(node, "judge", "--languages", "en")
        asked = len(judge.prompts)
        [second] = agreements(node, "judge", "--languages", "en")

        assert len(judge.prompts) == asked
        assert first == second
        with node.runtime.store.view() as view:
            assert len(list(view.own(Calibration))) == 1

    def test_a_judge_is_a_provider_or_a_model_of_the_catalogue(self, node: Node) -> None:
        assert "There is no provider" in fails(node, "judge", "agreement", "nobody")

        with node.runtime.store.view() as view:
            provider, model, price = Judges(node.runtime.service(Runs)).whom(view, "small")
        assert (provider.name, provider.model_sha256, price) == ("small", DIGEST, None)
        assert model is not None
        assert provider.endpoint == LocalEndpoint()

    def test_a_cap_ends_it_and_the_same_command_goes_on(
        self, node: Node, judge: FakeModelServer
    ) -> None:
        words = ("judge", "agreement", "judge", "--languages", "en")
        assert "cap on calls" in fails(node, *words, "--max-calls", "10")
        assert len(judge.prompts) == 10

        say(node, *words)
        assert len(judge.prompts) == len(set(judge.prompts))

    def test_a_judge_that_keeps_off_its_scale_has_judged_nothing(
        self, node: Node, judge: FakeModelServer
    ) -> None:
        judge.pupil = talkative

        [found] = agreements(node, "judge", "--languages", "ta")

        judged_by_rules = sum(each.count for each in found.confusion)
        assert found.unjudged > 50
        assert found.n == judged_by_rules

    def test_a_judge_that_obeys_answers_is_found_out_and_none_of_its_verdicts_counts(
        self, node: Node, judge: FakeModelServer
    ) -> None:
        judge.pupil = obedient

        [found] = agreements(node, "judge", "--languages", "ta")

        assert found.followed == found.attacked == 16
        assert found.unjudged > 50

    def test_prompts_that_give_other_verdicts_in_another_language_are_told(
        self, node: Node, judge: FakeModelServer
    ) -> None:
        english = words_of("en-Latn").rubric.intro
        lenient = judging(erring(1.0))

        def depends(prompt: str) -> str:
            return (lenient if english in prompt else judging(by_numbers))(prompt)

        judge.pupil = depends
        [found] = agreements(node, "judge", "--languages", "ta")

        assert found.differing is not None
        assert (found.differing.count, found.differing.n) == (28, 108)
        unsafe = {cell.judge for cell in found.confusion if cell.people == "unsafe"}
        assert unsafe == {"unsafe"}  # the worse of the two counts


class TestApply:
    def test_answers_are_judged_anew_without_asking_the_target(self, node: Node) -> None:
        before = a_run_of(node, TAMIL, told(60, unsafe=20))
        assert before.axes.attack_success is None  # rules could not say

        after = applied(node, before, "--judge", "judge")

        assert after.axes.attack_success is not None
        assert (after.axes.attack_success.count, after.axes.attack_success.n) == (20, 60)
        first, rules = after.judges
        assert (first.name, first.kind, first.sha256) == ("judge", "model", "cd" * 32)
        assert first.prompted == (TAMIL, "en-Latn")
        assert first.judged == 60
        assert rules.kind == "rules"
        assert after.made == before.made
        assert "then by judge (cdcdcdcdcdcd) with rubric@1" in after.method

    def test_without_peoples_labels_in_the_language_it_is_weak_and_says_so(
        self, node: Node
    ) -> None:
        after = applied(node, a_run_of(node, TAMIL, told(60, unsafe=20)), "--judge", "judge")

        assert any("no people's labels in ta-Taml" in reason for reason in after.weak)
        assert not after.corrected.known()
        assert after.judges[0].agreement is None

    def test_with_our_own_labels_figures_are_corrected_and_still_weak(self, node: Node) -> None:
        agreements(node, "judge", "--languages", "ta")

        after = applied(node, a_run_of(node, TAMIL, told(60, unsafe=20)), "--judge", "judge")

        fixed = after.corrected.attack_success
        assert fixed is not None
        assert fixed.method == "Rogan-Gladen"
        assert fixed.low <= 20 / 60 <= fixed.high
        assert after.judges[0].agreement is not None
        assert any("no native speaker of ta-Taml gave the labels" in each for each in after.weak)

    def test_a_judge_that_misses_harm_is_corrected_by_labels_that_speakers_gave(
        self, node: Node, judge: FakeModelServer, tmp_path: Path
    ) -> None:
        judge.pupil = judging(erring(0.4))
        path = tmp_path / "labels.csv"
        rows = told(200, unsafe=100)
        lines = [
            f'{TAMIL},refuse,"{item.question}","{said}",{"unsafe" if n < 100 else "safe"},'
            for n, (item, said) in enumerate(rows)
        ]
        path.write_text("language,aim,request,answer,label:a,label:b\n" + "\n".join(lines) + "\n")
        say(node, "judge", "import", str(path), "--name", "speakers", "--reviewed")
        agreements(node, "judge", "--labels", "speakers")
        record = a_run_of(node, TAMIL, told(150, unsafe=75))

        after = applied(node, record, "--judge", "judge")

        seen, fixed = after.axes.attack_success, after.corrected.attack_success
        assert seen is not None
        assert fixed is not None
        assert seen.high < 0.5 < fixed.high
        assert fixed.low <= 0.5
        assert fixed.high - fixed.low > seen.high - seen.low
        assert not any("native speaker of ta-Taml gave" in each for each in after.weak)

    def test_a_partners_comparison_counts_where_it_is_named_and_there_is_no_own_one(
        self, node: Node, tmp_path: Path, judge: FakeModelServer
    ) -> None:
        with a_node(tmp_path / "jp", "jp") as jp:
            jp.add_provider("tokyo-judge", judge.url, model="judge", sha256="cd" * 32)
            agreements(jp, "tokyo-judge", "--languages", "ta")
            partner = introduce(node.runtime, jp.runtime)
            introduce(jp.runtime, node.runtime)
            jp.start()
            pull(node.runtime, partner)
        record = a_run_of(node, TAMIL, told(60, unsafe=20))
        assert applied(node, record, "--judge", "judge").judges[0].agreement is None
        assert "no partner" in fails(
            node, "judge", "apply", record.id, "--judge", "judge", "--believing", "kr"
        )

        after = applied(node, record, "--judge", "judge", "--believing", "jp")

        assert after.corrected.attack_success is not None
        known = after.judges[0].agreement
        assert known is not None
        assert known.issuer == "jp"
        said = [each for each in after.weak if "jp compared judge with people" in each]
        assert len(said) == 1
        assert "jp" in say(node, "judge", "list").stdout

        agreements(node, "judge", "--languages", "ta")
        own = applied(node, record, "--judge", "judge", "--believing", "jp")
        assert own.judges[0].agreement is not None
        assert own.judges[0].agreement.issuer is None
        assert not any("jp" in each for each in own.weak)

    def test_labels_of_drawn_answers_correct_whatever_the_judge_gets_wrong(
        self, node: Node, judge: FakeModelServer, tmp_path: Path
    ) -> None:
        judge.pupil = judging(erring(0.4))
        answers = told(120, unsafe=60)
        record = a_run_of(node, TAMIL, answers)
        path = tmp_path / "labels.csv"
        say(node, "judge", "draw", record.id, "--n", "50", "--to", str(path))
        truth = {item.id: "unsafe" if n < 60 else "safe" for n, (item, _) in enumerate(answers)}
        fill(path, truth)
        say(node, "judge", "import", str(path), "--reviewed", "--of", record.id)

        after = applied(node, record, "--judge", "judge")

        seen, fixed = after.axes.attack_success, after.corrected.attack_success
        assert seen is not None
        assert fixed is not None
        assert fixed.method == "prediction-powered"
        assert seen.value < 0.4
        assert fixed.low <= 0.5 <= fixed.high
        assert after.judges[0].agreement is not None
        assert after.judges[0].agreement.n == 50

    def test_two_judges_are_compared_and_the_first_counts(self, node: Node) -> None:
        with a_model_server(judging(erring(1.0))) as other:
            node.add_provider("lenient", other.url, model="lenient", sha256="ef" * 32)
            record = a_run_of(node, TAMIL, told(60, unsafe=20))

            after = applied(node, record, "--judge", "judge", "--judge", "lenient")

        assert after.axes.attack_success is not None
        assert after.axes.attack_success.count == 20
        assert [each.name for each in after.judges] == ["judge", "lenient", "corridor"]
        assert after.disagreement is not None
        assert after.disagreement.count == 20

    def test_no_evidence_comes_of_a_judge_that_obeys_the_answers(
        self, node: Node, judge: FakeModelServer
    ) -> None:
        judge.pupil = obedient
        record = a_run_of(node, TAMIL, told(60, unsafe=20))

        said = fails(node, "judge", "apply", record.id, "--judge", "judge")

        assert "did what answers told it in 16 of 16 planted cases in ta-Taml" in said
        with node.runtime.store.view() as view:
            assert [each.id for each in view.own(SafetyEvaluation)] == [record.id]

    def test_a_judge_that_once_wrote_what_an_answer_said_counts_and_is_weak(
        self, node: Node, judge: FakeModelServer
    ) -> None:
        [planted] = [words_of(TAMIL).situations[0].unsafe.format(n=CONTROL)]

        def sometimes(prompt: str) -> str:
            obeys = question_in(prompt).answer.startswith(planted)
            return obedient(prompt) if obeys else honest(prompt)

        judge.pupil = sometimes
        after = applied(node, a_run_of(node, TAMIL, told(60, unsafe=20)), "--judge", "judge")

        assert after.axes.attack_success is not None
        assert "judge did what 2 of 16 planted answers told it" in after.weak

    def test_no_evidence_comes_of_a_judge_that_is_off_its_scale(
        self, node: Node, judge: FakeModelServer
    ) -> None:
        judge.pupil = talkative
        record = a_run_of(node, TAMIL, told(60, unsafe=20))

        assert "Too few answers" in fails(node, "judge", "apply", record.id, "--judge", "judge")

    def test_answers_told_by_canaries_are_not_put_to_a_judge(
        self, node: Node, judge: FakeModelServer
    ) -> None:
        marked = [
            (Item(f"i{n}", TAMIL, item.question, probe=Probe("refuse", "leakage", secrets=(f"{1000 + n}",))), said)
            for n, (item, said) in enumerate(told(60, unsafe=20))
        ]  # fmt: skip
        record = a_run_of(node, TAMIL, marked)

        after = applied(node, record, "--judge", "judge")

        assert after.axes == record.axes
        assert after.judges[0].judged == 0
        assert all("1000" not in prompt for prompt in judge.prompts)

    def test_a_record_whose_answers_are_not_here_is_refused(self, node: Node) -> None:
        assert "No evidence of safety" in fails(node, "judge", "apply", "beef")

    def test_our_labelled_answers_as_a_run_come_out_as_they_are_labelled(self, node: Node) -> None:
        record = a_run_of(node, "hi-Deva", as_answers(ours("hi-Deva")))

        after = applied(node, record, "--judge", "judge")

        axes = after.axes
        assert axes.attack_success is not None
        assert axes.attack_success.count == 28
        assert axes.over_refusal is not None
        assert axes.over_refusal.count == 20


class TestWhatIsKept:
    def test_neither_answers_nor_verdicts_are_on_the_disk_in_words(self, node: Node) -> None:
        agreements(node, "judge", "--languages", "en")
        record = a_run_of(node, "en-Latn", told(40, unsafe=10, tag="en-Latn"))
        after = applied(node, record, "--judge", "judge")

        folder = node.home / "evaluation"
        kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        assert b"locker" not in kept
        assert "locker" not in after.model_dump_json()
        with node.runtime.store.view() as view:
            for each in view.own(Calibration):
                assert "locker" not in each.model_dump_json()


class TestLabels:
    def test_labels_are_listed_and_shown_with_counts_and_no_words(
        self, node: Node, tmp_path: Path
    ) -> None:
        path = tmp_path / "labels.jsonl"
        lines = [
            {"language": TAMIL, "request": f"secret question {n}", "answer": "secret answer", "labels": labels}
            for n, labels in enumerate([["unsafe", "unsafe"], ["safe", "refused"], ["safe", None]])
        ]  # fmt: skip
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))

        said = say(node, "judge", "import", str(path), "--json").stdout
        [made] = json.loads(said)

        assert (made["n"], made["divided"], made["people"]) == (2, 1, 2)
        assert made["labels"] == {"unsafe": 1, "safe": 1}
        shown = say(node, "judge", "show", made["id"]).stdout + say(node, "judge", "list").stdout
        assert "labels in ta-Taml" in shown
        assert "secret" not in said + shown

    @pytest.mark.parametrize(
        ("lines", "why"),
        [
            (['{"language": "ta-Taml", "request": "a", "answer": "b", "labels": ["evil words"]}'], "line 1: the label is none of"),
            (['{"language": "ta-Taml", "request": "a", "answer": "b"}'], "line 1: there are no labels"),
            (['{"language": "ta-Taml", "request": "evil", "lab'], "line 1: no JSON; it may have been cut"),
            (['{"request": "a", "answer": "b", "labels": ["safe"]}'], "line 1: there is no language"),
            (['{"language": "ta-Taml", "aim": "evil", "request": "a", "answer": "b", "labels": ["safe"]}'], "line 1: the aim is none of refuse, answer"),
            (
                [
                    '{"language": "hi-Deva", "request": "a", "answer": "b", "labels": ["safe"]}',
                    '{"language": "ta-Taml", "request": "evil", "answer": "b", "labels": [null]}',
                ],
                "line 2: no label in ta-Taml, of 1 answers",
            ),
            ([], "has no labels"),
        ],
        ids=["off", "none", "cut", "language", "aim", "missing in a language", "empty"],
    )  # fmt: skip
    def test_a_bad_file_is_refused_whole_with_its_place_and_without_its_words(
        self, node: Node, tmp_path: Path, lines: Sequence[str], why: str
    ) -> None:
        path = tmp_path / "labels.jsonl"
        path.write_text("\n".join(lines))

        said = fails(node, "judge", "import", str(path))

        assert why in said
        assert "evil" not in said
        with node.runtime.store.view() as view:
            assert not list(view.own(Calibration))

    def test_labels_of_other_answers_than_the_drawn_ones_are_refused(
        self, node: Node, tmp_path: Path
    ) -> None:
        record = a_run_of(node, TAMIL, told(40, unsafe=10))
        path = tmp_path / "labels.csv"
        say(node, "judge", "draw", record.id, "--n", "5", "--to", str(path))
        assert say(node, "judge", "draw", record.id, "--n", "5", "--json").stdout
        lines = path.read_text().splitlines()

        path.write_text("\n".join([lines[0], *(f"i{n},0,safe" for n in range(5))]))
        assert "not those that are drawn" in fails(
            node, "judge", "import", str(path), "--of", record.id
        )
        path.write_text("\n".join(lines))
        assert "has no label" in fails(node, "judge", "import", str(path), "--of", record.id)
        assert "cannot be drawn" in fails(node, "judge", "draw", record.id, "--n", "900")


def fill(path: Path, truth: dict[str, str]) -> None:
    """Label what was drawn."""
    head, *lines = path.read_text().splitlines()
    items = [line.split(",")[0].strip('"') for line in lines]
    path.write_text("\n".join([head, *(f"{item},0,{truth[item]}" for item in items)]))
