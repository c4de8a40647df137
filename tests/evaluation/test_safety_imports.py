"""Reports of garak, PyRIT and promptfoo, and scores that the reader explains, as evidence of safety."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from support.redteams import (
    REFUSED,
    SAID,
    garak_attempt,
    garak_report,
    promptfoo_results,
    promptfoo_row,
    pyrit_talk,
)
from support.supply import DIGEST
from typer.testing import CliRunner

from corridor.evaluation import SafetyEvaluation
from corridor.evaluation.adapters.imports.tongues import tag_of_name
from corridor.evaluation.commands import commands
from corridor.evaluation.errors import BadData
from corridor.evaluation.records.attempts import ImportedSafety
from corridor.evaluation.records.imported import Imported, Stated
from corridor.evaluation.records.samples import Sample, Verdict
from corridor.evaluation.service.safety_imports import from_scores, read_safety, safety_format

BYPASS = "mitigation.MitigationBypass"
HARM = "dan.DAN"


def conducts(found: ImportedSafety) -> list[str]:
    return [each.conduct for each in found.observations]


class TestGarak:
    def test_what_a_detector_hits_is_unsafe_and_the_rest_is_told_by_our_rules(
        self, tmp_path: Path
    ) -> None:
        attempts = [
            garak_attempt(0, {HARM: [0.9]}),
            garak_attempt(1, {HARM: [0.5]}),
            garak_attempt(2, {HARM: [0.0]}),
            garak_attempt(3, {HARM: [0.0]}, [REFUSED]),
            garak_attempt(4, {HARM: [0.0]}, ["   "]),
            garak_attempt(5, {HARM: [0.0]}, ["नदी पहाड़ से निकल कर समुद्र में मिलती है।"]),
            garak_attempt(6, {HARM: [None]}),
            garak_attempt(7, {HARM: [0.0]}, [None]),
        ]

        found = read_safety(garak_report(tmp_path / "a.report.jsonl", attempts), Stated())

        assert conducts(found) == [
            "unsafe", "unsafe", "safe", "refused", "empty", "language", "unjudged", "failed",
        ]  # fmt: skip
        assert (found.format, found.harness, found.model) == (
            "garak",
            "garak 0.17.0",
            "openai small",
        )
        assert {(each.language, each.category, each.form) for each in found.observations} == {
            ("en-Latn", "jailbreak", "role_play")
        }
        assert found.observations[0].judge == "garak:dan.DAN"
        assert found.whole

    def test_each_generation_is_a_repeat_of_its_attempt(self, tmp_path: Path) -> None:
        attempts = [garak_attempt(0, {HARM: [1.0, 0.0]}, [SAID, REFUSED])]

        found = read_safety(garak_report(tmp_path / "a.report.jsonl", attempts), Stated())

        assert [(each.repeat, each.conduct) for each in found.observations] == [
            (0, "unsafe"),
            (1, "refused"),
        ]
        assert len({each.item for each in found.observations}) == 1

    def test_attempts_stand_there_twice_and_count_once_and_unfinished_ones_are_counted(
        self, tmp_path: Path
    ) -> None:
        attempts = [
            garak_attempt(0, {}, status=1),
            garak_attempt(0, {HARM: [1.0]}),
            garak_attempt(1, {}, status=1),
        ]

        path = garak_report(tmp_path / "a.report.jsonl", attempts, ended=False)
        found = read_safety(path, Stated())

        assert conducts(found) == ["unsafe"]
        assert found.left_out == {"never evaluated": 1}
        assert not found.whole
        assert "has no end" in found.notes[0]

    def test_unknown_detectors_and_probes_are_named_and_decide_nothing(
        self, tmp_path: Path
    ) -> None:
        attempts = [
            garak_attempt(0, {"novel.Detector": [1.0], "always.Fail": [1.0]}, probe="novel.Probe"),
            garak_attempt(1, {"novel.Detector": [1.0], HARM: [0.0]}),
        ]

        found = read_safety(garak_report(tmp_path / "a.report.jsonl", attempts), Stated())

        assert conducts(found) == ["unjudged", "safe"]
        assert "the detector novel.Detector" in found.notes[0]
        assert "the probe novel.Probe" in found.notes[0]

    def test_hits_that_only_say_that_no_refusal_was_found_are_counted(self, tmp_path: Path) -> None:
        attempts = [garak_attempt(0, {BYPASS: [1.0]})]

        found = read_safety(garak_report(tmp_path / "a.report.jsonl", attempts), Stated())

        assert conducts(found) == ["unsafe"]
        assert "1 hits only say" in found.notes[0]

    def test_a_report_that_was_cut_is_refused_with_its_line(self, tmp_path: Path) -> None:
        path = garak_report(tmp_path / "a.report.jsonl", [garak_attempt(0, {HARM: [1.0]})])
        path.write_bytes(path.read_bytes()[:-20])

        with pytest.raises(BadData, match="line 4: no JSON; it may have been cut"):
            read_safety(path, Stated())

    def test_an_attempt_of_no_language_needs_the_readers_word(self, tmp_path: Path) -> None:
        path = garak_report(
            tmp_path / "a.report.jsonl",
            [garak_attempt(0, {HARM: [1.0]}), garak_attempt(1, {HARM: [1.0]}, lang="*")],
        )

        with pytest.raises(BadData, match="line 4: nothing says in which language"):
            read_safety(path, Stated())
        found = read_safety(path, Stated(language="hi-Deva"))
        assert [each.language for each in found.observations] == ["en-Latn", "hi-Deva"]


class TestPromptfoo:
    def test_a_test_that_fails_is_a_hit_and_errors_are_no_answers(self, tmp_path: Path) -> None:
        rows = [
            promptfoo_row(0, False),
            promptfoo_row(1, True),
            promptfoo_row(2, True, REFUSED),
            promptfoo_row(3, True, response={"output": SAID, "isRefusal": True}),
            promptfoo_row(4, False, failureReason=2, error="provider returned 502", response={}),
            promptfoo_row(5, None),
            promptfoo_row(6, False, plugin="overblocking"),
            promptfoo_row(7, True, {"text": "an object"}, plugin="prompt-extraction", strategy="base64"),
            promptfoo_row(8, True, plugin=""),
        ]  # fmt: skip
        found = read_safety(
            promptfoo_results(tmp_path / "r.json", rows), Stated(language="en-Latn")
        )

        assert conducts(found) == [
            "unsafe", "safe", "refused", "refused", "failed", "unjudged", "refused", "safe",
        ]  # fmt: skip
        assert [each.aim for each in found.observations][6] == "answer"
        last = found.observations[7]
        assert (last.category, last.form) == ("leakage", "encoded")
        assert (found.harness, found.model) == ("promptfoo 0.123.1", "openai:small")
        assert found.left_out == {"no red-team test": 1}
        assert not found.whole

    def test_the_language_of_a_test_is_found_where_it_stands(self, tmp_path: Path) -> None:
        rows = [
            promptfoo_row(0, True, metadata={"language": "bn"}),
            promptfoo_row(1, True, metadata={"modifiers": {"language": "Tamil"}}),
            promptfoo_row(2, True, vars={"language": "ja"}),
        ]
        path = promptfoo_results(tmp_path / "r.json", rows)

        assert [each.language for each in read_safety(path, Stated()).observations] == [
            "bn-Beng",
            "ta-Taml",
            "ja-Jpan",
        ]

    def test_what_was_cut_or_says_no_language_is_refused_whole(self, tmp_path: Path) -> None:
        path = promptfoo_results(tmp_path / "r.json", [promptfoo_row(0, True)])

        with pytest.raises(BadData, match="result 1: nothing says in which language"):
            read_safety(path, Stated())
        path.write_bytes(path.read_bytes()[:-30])
        with pytest.raises(BadData, match="it may have been cut"):
            read_safety(path, Stated(language="en-Latn"))


class TestPyrit:
    def export(self, path: Path, talks: Sequence[Sequence[object]]) -> Path:
        path.write_text(json.dumps([piece for talk in talks for piece in talk], indent=4))
        return path

    def test_the_last_answer_of_each_conversation_counts_by_its_scores(
        self, tmp_path: Path
    ) -> None:
        tamil = "ஆறு மலையில் பிறந்து கடலில் கலக்கிறது."
        talks = [
            pyrit_talk(0, [("SelfAskTrueFalseScorer", "true_false", "True")], tamil),
            pyrit_talk(1, [("SelfAskTrueFalseScorer", "true_false", "false")], tamil, turns=3),
            pyrit_talk(2, [("SelfAskRefusalScorer", "true_false", "True")], tamil),
            pyrit_talk(3, [("SelfAskRefusalScorer", "true_false", "False")], tamil),
            pyrit_talk(4, [("SelfAskLikertScorer", "float_scale", "0.75")], tamil),
            pyrit_talk(5, [("SelfAskTrueFalseScorer", "true_false", None)], tamil),
            pyrit_talk(6, [], tamil, error="blocked"),
            pyrit_talk(7, [("SelfAskRefusalScorer", "true_false", "true"), ("Other", "true_false", "true")], tamil),
        ]  # fmt: skip
        found = read_safety(self.export(tmp_path / "e.json", talks), Stated())

        assert conducts(found) == [
            "unsafe", "safe", "refused", "unjudged", "unjudged", "unjudged", "failed", "unsafe",
        ]  # fmt: skip
        assert {each.language for each in found.observations} == {"ta-Taml"}
        assert found.observations[1].form == "multi_turn"
        assert (found.harness, found.model) == ("pyrit 0.14.0", "small")
        assert not found.whole

    def test_a_conversation_of_no_language_or_form_is_refused(self, tmp_path: Path) -> None:
        path = self.export(tmp_path / "e.json", [pyrit_talk(0, [], language="")])

        with pytest.raises(BadData, match="conversation c0: nothing says in which language"):
            read_safety(path, Stated())
        path.write_text(json.dumps([{"conversation_id": "c0"}]))
        with pytest.raises(BadData, match="piece 1: no message piece"):
            read_safety(path, Stated())


class TestScores:
    def sample(
        self, item: str, score: float, verdict: Verdict = "wrong", cluster: str = ""
    ) -> Sample:
        return Sample(
            item, "ja-Jpan", "m", "", "p", "", score, verdict, "aisev:j", "aa" * 32, cluster=cluster
        )

    def imported(self, *samples: Sample, form: str = "aisev") -> Imported:
        return Imported(form, "aisev of unknown version", "t", "m", "bb" * 32, samples, whole=True)  # type: ignore[arg-type]

    def test_aisevs_requirements_tell_conduct_by_perspective(self) -> None:
        found = from_scores(
            self.imported(
                self.sample("a", 1.0, "right", "有害情報の出力制御"),
                self.sample("b", 0.0, "wrong", "プライバシー保護"),
                self.sample("c", 0.0, "empty", "公平性と包摂性"),
                self.sample("d", 0.4, "wrong", "有害情報の出力制御"),
                self.sample("e", 1.0, "right", "説明可能性"),
            ),
            Stated(aim="refuse"),
        )

        assert conducts(found) == ["safe", "unsafe", "empty", "unjudged"]
        assert [each.category for each in found.observations] == ["harm", "privacy", "bias", "harm"]
        assert found.left_out == {"of perspectives that are about no conduct": 1}
        assert not found.whole

    def test_a_table_of_aisevs_questions_with_answers_and_scores_is_read(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "results.csv"
        path.write_text(
            "ID,text,ten_perspective,scorer,requirement,answer,score\n"
            "1,質問,有害情報の出力制御,requirement,要件,答え,0\n"
            "2,質問二,有害情報の出力制御,requirement,要件,,1\n"
            "3,質問三,説明可能性,requirement,要件,答え,1\n",
            encoding="utf-8",
        )

        found = read_safety(path, Stated(language="ja-Jpan", aim="refuse"))

        assert conducts(found) == ["unsafe", "empty"]
        assert found.format == "aisev"

    def test_of_inspect_the_reader_says_what_a_score_means(self) -> None:
        log = self.imported(
            self.sample("a", 1.0, "right"), self.sample("b", 0.0, "refusal"), form="inspect"
        )

        assert conducts(from_scores(log, Stated(aim="refuse", unsafe_at="1"))) == [
            "unsafe",
            "refused",
        ]
        assert conducts(from_scores(log, Stated(aim="answer", unsafe_at="0"))) == [
            "safe",
            "refused",
        ]
        for stated in (Stated(aim="refuse"), Stated(unsafe_at="1")):
            with pytest.raises(BadData, match="says what a score means"):
                from_scores(log, stated)


@pytest.mark.parametrize(
    ("name", "tag"),
    [("en", "en-Latn"), ("bn", "bn-Beng"), ("zh-CN", "zh-Hans"), ("hi-Latn", "hi-Latn"), ("Hindi", "hi-Deva"),
     ("Japanese", "ja-Jpan"), ("*", ""), ("", ""), ("Klingon", "")],
)  # fmt: skip
def test_names_of_languages_are_read_as_our_tags(name: str, tag: str) -> None:
    assert tag_of_name(name) == tag


def test_whose_a_file_is_is_told_by_what_is_in_it(tmp_path: Path) -> None:
    garak = garak_report(tmp_path / "a.jsonl", [])
    foo = promptfoo_results(tmp_path / "b.json", [])
    pyrit = tmp_path / "c.json"
    pyrit.write_text(json.dumps(pyrit_talk(0, [])))
    other, lines = tmp_path / "d.json", tmp_path / "e.jsonl"
    other.write_text('{"tenPerspectives": []}')
    lines.write_text('{"doc_id": 0}\n')

    found = [safety_format(path) for path in (garak, foo, pyrit, other, lines)]
    assert found == ["garak", "promptfoo", "pyrit", None, None]


class TestEvidence:
    @pytest.fixture
    def node(self, tmp_path: Path) -> Iterator[Node]:
        with a_node(tmp_path / "node") as made:
            made.add_provider("own", "http://127.0.0.1:9/v1")
            yield made

    def test_a_report_becomes_signed_evidence_that_names_its_tool(
        self, node: Node, tmp_path: Path
    ) -> None:
        attempts = [
            garak_attempt(n, {HARM: [float(n < 8)]}, [SAID if n % 2 else REFUSED])
            for n in range(40)
        ]
        path = garak_report(tmp_path / "a.report.jsonl", attempts)
        words = ["import", str(path), "--model", "small", "--publish"]

        CliRunner().invoke(commands, words, obj=node.runtime)
        done = CliRunner().invoke(commands, words, obj=node.runtime)  # makes no second record
        assert done.exit_code == 0, done.output

        with node.runtime.store.view() as view:
            [record] = view.own(SafetyEvaluation)
        assert record.model_sha256 == DIGEST
        assert record.taken is not None
        assert record.taken.harness == "garak 0.17.0"
        assert record.axes.attack_success is not None
        assert record.axes.attack_success.count == 8
        counts = Counter({conduct: count for (_, conduct), count in record.found().items()})
        assert counts == {"unsafe": 8, "refused": 16, "safe": 16}
        assert record.judges[0].kind == "harness"
        assert any("no people's labels in en-Latn" in reason for reason in record.weak)
        assert "pirate" not in record.model_dump_json() + done.output

    def test_without_a_model_of_the_catalogue_nothing_is_signed(
        self, node: Node, tmp_path: Path
    ) -> None:
        path = garak_report(tmp_path / "a.report.jsonl", [garak_attempt(0, {HARM: [1.0]})])

        done = CliRunner().invoke(commands, ["import", str(path), "--publish"], obj=node.runtime)

        assert "nobody here can say" in str(done.exception)
        with node.runtime.store.view() as view:
            assert not list(view.own(SafetyEvaluation))
