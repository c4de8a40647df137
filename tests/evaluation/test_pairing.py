"""Evidence read together: measures too, and what was taken from other harnesses; only the same items are paired."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.evaluating import (
    a_line,
    a_log,
    in_english_alone,
    own_evidence,
    own_measures,
    say,
)
from support.nodes import Node
from support.quiz import FakeModelServer, a_model_server, an_evaluation, kept_of_a_partner
from support.tiny_gguf import a_tiny_model_in

from corridor.core.errors import CorridorError
from corridor.evaluation import Evaluation, Evaluator, wilson
from corridor.evaluation.adapters.logs import DamagedLog
from corridor.evaluation.service.reading import NothingToRead
from corridor.evaluation.service.runs import Runs

N = 40
OTHER = "9" * 64
Lines = Callable[[int], dict[str, object]]


def told(node: Node, *words: str | Path) -> dict[str, Any]:
    done = say(node, *words, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


def gaps(node: Node, *words: str) -> dict[str, object]:
    summary = told(node, "gap", *words)["summary"]
    return {tag: gap["value"]["value"] for tag, gap in summary["gaps"].items()}


def take(node: Node, folder: Path, language: str, lines: Lines, *words: str) -> None:
    """Import answers of lm-eval in a language, each of which has a task of its own."""
    task = f"mgsm_{language[:2]}"
    log = a_log(folder / language, [lines(n) for n in range(N)], N, task)
    done = say(node, "import", log, "--language", language, "--model", "small", "--publish", *words)
    assert done.exit_code == 0, (done.output, done.exception)


def right(n: int) -> dict[str, object]:
    return a_line(n, 1.0, str(n))


def half(n: int) -> dict[str, object]:
    return a_line(n, float(n % 2), str(n))


def graded(n: int) -> dict[str, object]:
    return a_line(n, 0.25 + 0.5 * (n % 2), str(n))


class TestTakenEvidence:
    def test_items_of_one_name_are_not_the_same_item_unless_that_is_said(
        self, node: Node, tmp_path: Path
    ) -> None:
        for language, lines in (("en-Latn", right), ("ta-Taml", half)):
            take(node, tmp_path, language, lines, "--suite", "mgsm")

        found = told(node, "gap", "small", "--suite", "mgsm")
        assert found["summary"]["gaps"] == {}
        assert found["unpaired"] == ["ta-Taml"]
        assert found["figures"]["ta-Taml"]["value"] == 0.5
        shown = say(node, "gap", "small", "--suite", "mgsm")
        assert "ta-Taml cannot be paired with en-Latn" in shown.stderr

    def test_items_that_are_said_to_be_the_same_are_paired_by_their_names(
        self, node: Node, tmp_path: Path
    ) -> None:
        for language, lines in (("en-Latn", right), ("ta-Taml", half)):
            take(node, tmp_path, language, lines, "--suite", "mgsm", "--parallel")

        assert gaps(node, "small", "--suite", "mgsm") == {"ta-Taml": 0.5}
        assert told(node, "gap", "small")["unpaired"] == []
        said = say(node, "show", own_evidence(node)[0].id).stdout
        assert "the same item in every language" in said

    def test_other_items_are_left_out_of_the_pairs(self, node: Node, tmp_path: Path) -> None:
        words = ("--suite", "mgsm", "--parallel")
        take(node, tmp_path, "en-Latn", right, *words)
        take(node, tmp_path, "ta-Taml", lambda n: half(n + N), *words)

        assert gaps(node, "small") == {}

    def test_its_answers_are_kept_under_the_digest_that_the_record_has_of_them(
        self, node: Node, tmp_path: Path
    ) -> None:
        take(node, tmp_path, "ta-Taml", half)

        [record] = own_evidence(node)
        assert record.taken is not None
        kept = node.runtime.service(Runs).folder / "logs" / f"{record.taken.samples_sha256}.jsonl"
        assert len(kept.read_bytes().splitlines()) == N
        kept.write_bytes(kept.read_bytes()[:-9])
        assert isinstance(say(node, "gap", "small").exception, DamagedLog)

    def test_two_models_are_compared_on_the_same_data_alone(
        self, node: Node, tmp_path: Path, server: FakeModelServer
    ) -> None:
        node.add_provider("second", server.url, model="other", sha256=OTHER)
        take(node, tmp_path, "ta-Taml", lambda n: right(n) | {"doc_hash": f"a{n}"})
        for folder in ("a", "b"):
            lines = [half(n) | {"doc_hash": f"{folder}{n}"} for n in range(N)]
            log = a_log(tmp_path / folder, lines, N)
            words = ("--language", "ta-Taml", "--model", "other", "--publish")
            assert say(node, "import", log, *words).exit_code == 0
            found = told(node, "compare", "small", "other")["compared"]
            if folder == "a":
                assert found["languages"]["ta-Taml"]["value"]["value"] == 0.5
                assert found["languages"]["ta-Taml"]["finding"] == "first"
            else:
                assert found["left_out"]["ta-Taml"] == "they were asked different data"


class TestWithoutTheLog:
    def a_partners(self, node: Node, *records: Evaluation) -> None:
        with node.runtime.store.transaction("test") as tx:
            kept_of_a_partner(tx, *records)

    def test_places_mean_the_same_item_only_in_the_same_list(self, node: Node) -> None:
        self.a_partners(
            node,
            an_evaluation(48, language="en-Latn", items_sha256="a1" * 32),
            an_evaluation(24, language="hi-Deva", items_sha256="a1" * 32),
            an_evaluation(24, language="ja-Jpan", items_sha256="b2" * 32),
        )

        assert gaps(node, "small") == {"hi-Deva": 0.5}
        assert told(node, "gap", "small")["unpaired"] == ["ja-Jpan"]

    def test_a_list_that_nobody_states_is_not_paired(self, node: Node) -> None:
        self.a_partners(
            node, an_evaluation(48, language="en-Latn"), an_evaluation(24, language="hi-Deva")
        )

        found = told(node, "gap", "small")
        assert found["summary"] is None
        assert found["figures"]["hi-Deva"]["value"] == 0.5
        assert "not paired" in say(node, "gap", "small").stdout

    def test_where_items_hang_together_and_nobody_knows_which_there_is_no_gap(
        self, node: Node
    ) -> None:
        def clustered(correct: int, language: str) -> Evaluation:
            return an_evaluation(
                correct,
                language=language,
                items_sha256="a1" * 32,
                interval="Wilson, cluster-robust",
            )

        self.a_partners(node, clustered(48, "en-Latn"), clustered(24, "hi-Deva"))

        assert told(node, "gap", "small")["summary"] is None

    def test_places_of_different_lists_are_no_pairs_of_two_models(
        self, node: Node, server: FakeModelServer
    ) -> None:
        """One item was never answered: the tenth of one list is the ninth of the other."""
        node.add_provider("second", server.url, model="other", sha256=OTHER)
        one = an_evaluation(48, items_sha256="a1" * 32)
        two = an_evaluation(
            24, 47, sha256=OTHER, model="other", items_sha256="b2" * 32, unanswered=("x",)
        )
        self.a_partners(node, one, two)

        found = told(node, "compare", "small", "other")["compared"]
        assert found["left_out"] == {"en-Latn": "too few items that both answered"}

    def test_a_list_is_known_from_the_log_of_another_model(self, node: Node) -> None:
        with a_model_server(in_english_alone) as second:
            node.add_provider("second", second.url, model="other", sha256=OTHER)
            for name in ("own", "second"):
                assert say(node, "run", "--provider", name, "--languages", "hi").exit_code == 0
        theirs = next(each for each in own_evidence(node) if each.model == "other")
        assert theirs.made is not None
        assert theirs.made.log_sha256 is not None
        log = node.runtime.service(Runs).folder / "logs" / f"{theirs.made.log_sha256}.jsonl"
        log.unlink()

        found = told(node, "compare", "small", "other")["compared"]

        assert found["languages"]["hi-Deva"]["value"]["value"] == 1.0


class TestMeasures:
    def test_graded_scores_are_signed_as_a_measure_with_its_interval(
        self, node: Node, tmp_path: Path
    ) -> None:
        take(node, tmp_path, "ta-Taml", graded)

        assert own_evidence(node) == []
        [record] = own_measures(node)
        assert (record.metric, record.n, record.figure.value) == ("graded score", N, 0.5)
        assert record.figure.low is not None
        assert record.figure.low < 0.5
        assert record.higher_is_better
        assert record.taken is not None
        assert record.taken.notes == ()
        assert "graded score" in say(node, "show", record.id).stdout

    def test_a_log_is_graded_in_all_its_languages_or_in_none(
        self, node: Node, tmp_path: Path
    ) -> None:
        words = ("--suite", "mgsm", "--parallel")
        take(node, tmp_path, "en-Latn", lambda n: graded(n) | {"exact_match": 0.75}, *words)
        take(node, tmp_path, "ta-Taml", graded, *words)

        assert gaps(node, "small") == {"ta-Taml": pytest.approx(0.25)}

    def test_points_beyond_a_share_have_no_margin_and_say_so(
        self, node: Node, tmp_path: Path
    ) -> None:
        words = ("--suite", "mgsm", "--parallel")
        for language, points in (("en-Latn", 7.0), ("ta-Taml", 5.0)):
            take(
                node,
                tmp_path,
                language,
                lambda n, points=points: a_line(n, points + n % 2, "x"),
                *words,
            )

        [first, _] = own_measures(node)
        assert (first.metric, first.figure.value) == ("points of graded score", 7.5)
        gap = told(node, "gap", "small")["summary"]["gaps"]["ta-Taml"]
        assert gap["value"]["value"] == 2.0
        assert gap["p_margin_holm"] is None

    def test_a_measure_whose_log_is_elsewhere_has_its_figure_and_no_gap(
        self, node: Node, tmp_path: Path
    ) -> None:
        take(node, tmp_path, "ta-Taml", graded)
        for log in (node.runtime.service(Runs).folder / "logs").iterdir():
            log.unlink()

        found = told(node, "gap", "small")
        assert found["summary"] is None
        assert found["figures"]["ta-Taml"]["value"] == 0.5
        assert isinstance(say(node, "compare", "small", "small").exception, NothingToRead)

    def test_translations_are_compared_by_chrf_with_a_word_of_caution(
        self, node: Node, server: FakeModelServer
    ) -> None:
        server.pupil = lambda prompt: prompt[-40:]
        words = ("run", "--provider", "own", "--suite", "corridor-into-english")
        done = say(node, *words, "--languages", "hi,ta")
        assert done.exit_code == 0, (done.output, done.exception)

        found = told(node, "gap", "small", "--against", "hi-Deva")
        assert found["metric"] == "chrF"
        assert set(found["summary"]["gaps"]) == {"ta-Taml"}
        assert "not the same in two languages" in str(found["caution"])

    def test_parallel_text_shows_what_it_costs_and_models_are_compared_in_bits(
        self, node: Node
    ) -> None:
        for number, name in enumerate(("tiny", "minute")):
            a_tiny_model_in(node, name, seed=number)
            words = ("run", "--model", name, "--suite", "corridor-sentences")
            assert say(node, *words, "--languages", "en,hi").exit_code == 0

        found = told(node, "gap", "tiny")
        hindi = next(e for e in own_measures(node) if e.model == "tiny" and e.parity)
        assert hindi.parity is not None
        assert found["parity"]["hi-Deva"] == hindi.parity.model_dump(mode="json")
        table = say(node, "gap", "tiny").stdout
        assert "information parity" in table
        assert "token premium" in table
        say(node, "report", "-o", node.home / "report")
        page = (node.home / "report" / "report.html").read_text()
        assert "What the same text costs" in page
        assert "are right in every language" not in page  # nothing is right or wrong
        assert "higher</small>" not in page
        compared = told(node, "compare", "tiny", "minute")["compared"]["languages"]
        figures = {e.model: e.figure.value for e in own_measures(node) if e.language == "hi-Deva"}
        first = compared["hi-Deva"]
        assert first["first"] == pytest.approx(figures["tiny"])
        assert first["p_margin_holm"] is None
        if first["finding"] != "open":
            lower = figures["tiny"] < figures["minute"]
            assert first["finding"] == ("first" if lower else "second")


def test_what_is_said_of_right_answers_and_of_a_measure_is_never_compared(
    node: Node, tmp_path: Path, server: FakeModelServer
) -> None:
    node.add_provider("second", server.url, model="other", sha256=OTHER)
    take(node, tmp_path, "ta-Taml", right)
    log = a_log(tmp_path / "b", [graded(n) for n in range(N)], N)
    words = ("--language", "ta-Taml", "--model", "other", "--publish")
    assert say(node, "import", log, *words).exit_code == 0

    done = say(node, "compare", "small", "other")

    assert isinstance(done.exception, CorridorError)
    assert "by accuracy" in done.exception.message


def test_a_score_of_the_reports_is_that_of_its_record(node: Node, tmp_path: Path) -> None:
    take(node, tmp_path, "ta-Taml", graded)
    with node.runtime.store.transaction("test") as tx:
        node.runtime.service(Evaluator).publish(tx, an_evaluation(24))

    done = say(node, "report", "-o", tmp_path / "report")

    assert done.exit_code == 0, (done.output, done.exception)
    page = (tmp_path / "report" / "report.html").read_text()
    assert "small on mgsm_ta, graded score" in page
    low = wilson(24, 48).low
    assert f"0.50 ({low:.2f} to" in page
