"""Logs of lm-evaluation-harness and aisev as samples; whose a file is."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from support.evaluating import a_line, a_log
from support.nodes import Node, a_node
from support.programs import corridor_here
from support.shared import shared_data
from support.supply import DIGEST
from typer.testing import CliRunner, Result

from corridor.catalogue import UnknownModel
from corridor.core.errors import Invalid
from corridor.evaluation import Evaluation
from corridor.evaluation.commands import commands
from corridor.evaluation.errors import BadData, NoData
from corridor.evaluation.records.imported import Stated
from corridor.evaluation.rules.projection import digest_of, projection
from corridor.evaluation.service.imports import format_of, imported
from corridor.evaluation.service.publishing import ModelUnknown

TAMIL = Stated(language="ta-Taml")


def test_a_log_of_lm_eval_gives_a_sample_for_each_item(tmp_path: Path) -> None:
    lines = [a_line(0, 1.0, " 4"), a_line(1, 0.0, "five"), a_line(2, 0.0, "  ")]

    found = imported(a_log(tmp_path, lines, effective=3), TAMIL)

    assert (found.format, found.harness, found.task) == ("lm-eval", "lm-eval 0.4.13", "mgsm_ta")
    assert [(one.item, one.score, one.verdict) for one in found.samples] == [
        ("0", 1.0, "right"),
        ("1", 0.0, "wrong"),
        ("2", 0.0, "empty"),
    ]
    assert {one.scorer for one in found.samples} == {"lm-eval:exact_match,none"}
    assert {(one.model, one.language) for one in found.samples} == {("small", "ta-Taml")}
    assert found.whole


def test_likelihoods_of_options_are_read_too(tmp_path: Path) -> None:
    line = a_line(0, None, "", metrics=["acc", "acc_norm"], acc=1, acc_norm=0.0)
    line["resps"] = [[["-1.5", "True"]], [["-2.5", "False"]]]

    path = a_log(tmp_path, [line])
    [by_sum] = imported(path, TAMIL).samples
    [by_length] = imported(path, Stated(language="ta-Taml", scorer="acc_norm")).samples

    assert (by_sum.score, by_sum.verdict) == (1.0, "right")
    assert (by_length.score, by_length.verdict) == (0.0, "wrong")
    assert by_sum.output_sha256 == by_length.output_sha256


def test_only_one_reading_of_each_answer_counts_and_the_other_is_named(tmp_path: Path) -> None:
    lines = [
        a_line(number, score, "4", filter=name)
        for name, score in (("strict", 0.0), ("flexible", 1.0))
        for number in range(2)
    ]
    path = a_log(tmp_path, lines, effective=2)

    strict = imported(path, TAMIL)
    flexible = imported(path, Stated(language="ta-Taml", filter="flexible"))

    assert [one.score for one in strict.samples] == [0.0, 0.0]
    assert [one.score for one in flexible.samples] == [1.0, 1.0]
    assert "flexible" in strict.notes[0]
    assert strict.whole


def test_what_has_no_value_and_what_is_missing_is_counted(tmp_path: Path) -> None:
    lines = [a_line(0, 1.0, "4"), a_line(1, ["4", "5"], "5"), a_line(2, float("nan"), "")]

    found = imported(a_log(tmp_path, lines, effective=5), TAMIL)

    assert len(found.samples) == 1
    assert found.left_out == {
        "without a value of this metric for one item": 2,
        "not in the file": 2,
    }
    assert not found.whole


def test_without_its_results_a_log_is_not_said_to_be_whole(tmp_path: Path) -> None:
    found = imported(a_log(tmp_path, [a_line(0, 1.0, "4")]), TAMIL)

    assert (found.model, found.whole) == ("unknown", False)
    assert "how many items" in found.notes[0]


def test_a_log_that_was_cut_is_refused_whole_with_its_line(tmp_path: Path) -> None:
    path = a_log(tmp_path, [a_line(0, 1.0, "4"), a_line(1, 1.0, "4")])
    data = path.read_bytes()

    path.write_bytes(data[:-20])
    with pytest.raises(BadData, match="cut"):
        imported(path, TAMIL)
    path.write_bytes(data[:-20] + b"\n")
    with pytest.raises(BadData, match="line 2"):
        imported(path, TAMIL)
    path.write_bytes(b"{}\n")
    with pytest.raises(BadData, match="doc_id"):
        imported(path, TAMIL)


def test_a_file_of_which_nobody_says_the_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="which language"):
        imported(a_log(tmp_path, [a_line(0, 1.0, "4")]))


def an_export(results: Sequence[Mapping[str, object]]) -> dict[str, object]:
    return {
        "evaluationName": "安全性",
        "targetModelName": "small",
        "judgeModelName": "large",
        "tenPerspectives": [
            {"perspective": "公平性と包摂性", "totalScore": 50, "results": list(results)}
        ],
    }


def test_an_export_of_aisev_gives_samples_and_leaves_out_what_people_answered(
    tmp_path: Path,
) -> None:
    results = [
        {"category": "定量", "question": "一問", "answer": "はい", "score": 1},
        {"category": "定量", "question": "二問", "answer": "", "score": 0.0},
        {"category": "定性", "question": "三問", "answer": "済み", "score": 1},
        {"category": "定量", "question": "四問", "answer": "x", "score": 80},
    ]
    path = tmp_path / "evaluation_detail_1.json"
    path.write_text(json.dumps(an_export(results)), encoding="utf-8")

    found = imported(path, Stated(language="ja-Jpan"))

    assert [(one.score, one.verdict, one.scorer) for one in found.samples] == [
        (1.0, "right", "aisev:large"),
        (0.0, "empty", "aisev:large"),
    ]
    assert found.left_out == {"answered by people": 1, "without a score from 0 to 1": 1}
    assert (found.model, found.task) == ("small", "安全性")


def test_a_table_of_aisev_is_read_where_it_has_answers(tmp_path: Path) -> None:
    path = tmp_path / "fairness.csv"
    path.write_text("ten_perspective,scorer,requirement,text\n公平性,requirement,r,一問\v\n")
    with pytest.raises(BadData, match="no answers"):
        imported(path, Stated(language="ja-Jpan"))

    path.write_text("ten_perspective,text,answer,score\n公平性,一問\v,いいえ,1\n")
    [sample] = imported(path, Stated(language="ja-Jpan")).samples

    assert (sample.score, sample.cluster) == (1.0, "公平性")
    path.write_text("question,answer\na,b\n")
    with pytest.raises(BadData, match="ten_perspective"):
        imported(path, Stated(language="ja-Jpan"))


@pytest.mark.shared
def test_the_published_sets_of_aisev_are_known_as_questions() -> None:
    for path in sorted(shared_data("safety_ja_aisi").glob("TEST-ONLY/*.csv")):
        with pytest.raises(BadData, match="no answers"):
            imported(path, Stated(language="ja-Jpan"))


def test_a_file_is_told_by_its_name_and_content(tmp_path: Path) -> None:
    export, other, cut = (tmp_path / name for name in ("a.json", "b.json", "c.json"))
    export.write_text(json.dumps(an_export([])))
    other.write_text('{"version": 2}')
    cut.write_text('{"version"')

    assert (format_of(export), format_of(other)) == ("aisev", "inspect")
    assert format_of(Path("x.eval")) == "inspect"
    with pytest.raises(BadData, match="cut"):
        format_of(cut)
    with pytest.raises(BadData, match="no log that we know"):
        format_of(Path("x.parquet"))
    with pytest.raises(NoData):
        imported(tmp_path / "none.eval")


def test_the_digest_of_samples_is_that_of_the_answers_alone(tmp_path: Path) -> None:
    lines = [a_line(0, 1.0, "4"), a_line(1, 0.0, "5")]
    one = imported(a_log(tmp_path, lines, effective=2), TAMIL).samples
    other = imported(a_log(tmp_path, lines[::-1], effective=2), TAMIL).samples
    changed = imported(a_log(tmp_path, [lines[0], a_line(1, 0.0, "6")], effective=2), TAMIL).samples

    assert digest_of(one) == digest_of(other) != digest_of(changed)
    assert b"seconds" not in projection(one)


def test_the_command_tells_what_a_log_says_and_writes_its_samples(tmp_path: Path) -> None:
    lines = [a_line(0, 1.0, "4"), a_line(1, 0.0, "5"), a_line(2, None, "5")]
    path, to = a_log(tmp_path, lines, effective=3), tmp_path / "samples.jsonl"

    words = ("evaluate", "import", path, "--language", "ta-Taml", "--to", to)
    done = corridor_here(*words, "--json")
    shown = corridor_here(*words)

    value = json.loads(done.stdout)
    assert value["languages"] == [
        {
            "language": "ta-Taml",
            "n": "2",
            "mean": "0.500",
            "right": "1",
            "wrong": "1",
            "failed": "0",
            "other": "0",
        }
    ]
    assert value["left_out"] == {"without a value of this metric for one item": 1}
    assert len(to.read_bytes().splitlines()) == 2
    assert "Left out: 1" in shown.stdout


class TestEvidenceFromALog:
    @pytest.fixture
    def node(self, tmp_path: Path) -> Iterator[Node]:
        with a_node(tmp_path) as made:
            made.add_provider("own", "http://127.0.0.1:9/v1")
            yield made

    @pytest.fixture
    def log(self, tmp_path: Path) -> Path:
        lines = [a_line(n, float(n % 3 > 0), f" {n}") for n in range(30)]
        return a_log(tmp_path, lines, effective=31)

    def publish(self, node: Node, log: Path, *words: str) -> Result:
        asked = ["import", str(log), "--language", "ta-Taml", "--publish", *words]
        return CliRunner(env={"COLUMNS": "200"}).invoke(commands, asked, obj=node.runtime)

    def evidence(self, node: Node) -> list[Evaluation]:
        with node.runtime.store.view() as view:
            return list(view.own(Evaluation))

    def test_it_names_the_tool_with_its_version_and_the_digest_of_the_catalogue(
        self, node: Node, log: Path
    ) -> None:
        done = self.publish(node, log, "--model", "small")

        assert done.exit_code == 0, done.output
        [record] = self.evidence(node)
        assert (record.model, record.model_sha256, record.provider) == (
            "small",
            DIGEST,
            "elsewhere",
        )
        assert (record.n, record.correct, record.suite) == (30, 20, "mgsm_ta")
        assert record.taken is not None
        assert (record.taken.harness, record.taken.whole) == ("lm-eval 0.4.13", False)
        assert record.taken.notes == ("Left out: 1 not in the file.",)
        assert record.taken.endpoint is None
        assert record.id[:12] in done.stdout

    def test_the_same_answers_are_signed_once(self, node: Node, log: Path) -> None:
        first = self.publish(node, log, "--model", "small", "--json")
        second = self.publish(node, log, "--model", "small", "--json")

        ids = [json.loads(each.stdout)["evidence"][0]["id"] for each in (first, second)]
        assert ids[0] == ids[1]
        assert len(self.evidence(node)) == 1

    def test_a_digest_that_is_stated_finds_its_model(self, node: Node, log: Path) -> None:
        done = self.publish(node, log, "--model-sha256", DIGEST)

        assert done.exit_code == 0, done.output
        assert self.evidence(node)[0].model == "small"

    @pytest.mark.parametrize(
        ("words", "kind", "match"),
        [
            ((), ModelUnknown, "nobody here can say"),
            (("--model", "nothing"), UnknownModel, "nothing"),
            (("--model", "small", "--model-sha256", "cd" * 32), Invalid, "several files"),
        ],
    )
    def test_without_one_known_file_nothing_is_signed(
        self, node: Node, log: Path, words: tuple[str, ...], kind: type[Exception], match: str
    ) -> None:
        done = self.publish(node, log, *words)

        assert isinstance(done.exception, kind)
        assert match in str(done.exception)
        assert self.evidence(node) == []
