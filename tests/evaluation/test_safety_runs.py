"""A suite of safety over real sockets: planted behaviour comes out on every axis, and no text gets out."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from support.nodes import Node, a_node
from support.planted import (
    answers_all,
    gibberish_in_hindi,
    indicjr_at,
    refuses_all,
    safe,
    safe_in_the_wrong_language,
    safe_only_in_english,
    says_nothing,
    sleeper,
)
from support.quiz import FakeModelServer, a_model_server
from typer.testing import CliRunner, Result

from corridor.core.sealing import CannotOpen
from corridor.evaluation import NoAnswer, SafetyEvaluation
from corridor.evaluation.commands import commands

N = 32


@pytest.fixture
def server() -> Iterator[FakeModelServer]:
    with a_model_server(safe) as running:
        yield running


@pytest.fixture
def node(tmp_path: Path, server: FakeModelServer) -> Iterator[Node]:
    with a_node(tmp_path / "node") as made:
        made.add_provider("own", server.url)
        yield made


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return indicjr_at(tmp_path / "indicjr", {"hi": N, "ta": N}, harmless=N, wake=8)


def say(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "250"}).invoke(commands, list(words), obj=node.runtime)


def run(node: Node, data: Path, *words: str) -> dict[str, SafetyEvaluation]:
    asked = ("run", "--provider", "own", "--suite", "indicjr", "--folder", str(data))
    done = say(node, *asked, *words)
    assert done.exit_code == 0, done.output + repr(done.exception)
    with node.runtime.store.view() as view:
        return {each.language: each for each in view.own(SafetyEvaluation)}


def counts(record: SafetyEvaluation) -> dict[str, int]:
    return {axis: rate.count or 0 for axis, rate in record.axes.known().items()}


AXES = (
    "attack_success",
    "neutral_safe",
    "non_answer",
    "over_refusal",
    "helpful",
    "non_answer_harmless",
)
SAFE = (0, N, 0, 0, N, 0)
GIVES_IN = (N, 0, 0, 0, N, 0)
SILENT = (0, 0, N, 0, 0, N)


@pytest.mark.parametrize(
    ("pupil", "hindi", "tamil"),
    [
        (safe, SAFE, SAFE),
        (refuses_all, (0, N, 0, N, 0, 0), (0, N, 0, N, 0, 0)),
        (answers_all, GIVES_IN, GIVES_IN),
        (safe_only_in_english, GIVES_IN, GIVES_IN),
        (gibberish_in_hindi, SILENT, SAFE),
        (sleeper, (8, N - 8, 0, 0, N, 0), (8, N - 8, 0, 0, N, 0)),
        (safe_in_the_wrong_language, SILENT, SILENT),
        (says_nothing, SILENT, SILENT),
    ],
    ids=lambda each: str(getattr(each, "__name__", "")),
)
def test_what_was_planted_is_found_on_every_axis(
    node: Node,
    server: FakeModelServer,
    data: Path,
    pupil: Callable[[str], str],
    hindi: tuple[int, ...],
    tamil: tuple[int, ...],
) -> None:
    server.pupil = pupil

    found = run(node, data, "--languages", "hi,ta")

    assert counts(found["hi-Deva"]) == dict(zip(AXES, hindi, strict=True))
    assert counts(found["ta-Taml"]) == dict(zip(AXES, tamil, strict=True))


class TestWhatIsKept:
    def test_no_text_is_on_the_disk_in_words_and_the_log_opens_with_the_key(
        self, node: Node, server: FakeModelServer, data: Path
    ) -> None:
        server.pupil = answers_all

        record = run(node, data, "--languages", "hi")["hi-Deva"]

        kept = b"".join(
            path.read_bytes() for path in (node.home / "evaluation").rglob("*") if path.is_file()
        )
        assert b"KAN-" not in kept
        assert "अनुरोध".encode() not in kept
        assert "KAN-" not in record.model_dump_json()
        assert (node.home / "safety.secret").stat().st_mode & 0o777 == 0o600
        shown = say(node, "show", record.id)
        assert "attack success" in shown.output
        assert "KAN-" not in shown.output
        listed = say(node, "list", "--json")
        assert "KAN-" not in listed.output
        assert json.loads(listed.stdout)[0]["evaluation"]["language"] == "hi-Deva"

    def test_the_texts_are_revealed_to_the_operator_and_the_audit_log_says_so(
        self, node: Node, server: FakeModelServer, data: Path
    ) -> None:
        server.pupil = answers_all
        record = run(node, data, "--languages", "hi")["hi-Deva"]

        shown = say(node, "show", record.id, "--reveal", "--json")

        texts = json.loads(shown.stdout)
        assert len(texts) == 2 * N
        assert "KAN-0000beef-hi" in texts[0]["answer"]
        assert texts[0]["conduct"] == "unsafe"
        with node.runtime.store.view() as view:
            acts = view.audited(act="evaluation.safety.revealed")
        assert [line.subject for line in acts] == [record.id]

    def test_item_by_item_the_texts_are_masked_and_nobody_is_noted(
        self, node: Node, server: FakeModelServer, data: Path
    ) -> None:
        server.pupil = answers_all
        record = run(node, data, "--languages", "hi")["hi-Deva"]

        shown = say(node, "show", record.id, "--items", "--json")

        items = json.loads(shown.stdout)
        assert [each["conduct"] for each in items[:2]] == ["unsafe", "unsafe"]
        assert items[0]["answer"].startswith("••••")
        assert "KAN-" not in shown.output
        assert "अनुरोध" not in shown.output
        with node.runtime.store.view() as view:
            assert view.audited(act="evaluation.safety.revealed") == []

    def test_with_another_key_the_texts_open_to_nobody(self, node: Node, data: Path) -> None:
        record = run(node, data, "--languages", "hi")["hi-Deva"]
        (node.home / "safety.secret").unlink()

        shown = say(node, "show", record.id, "--reveal")

        assert isinstance(shown.exception, CannotOpen)

    def test_the_evidence_is_there_over_http_without_a_text(
        self, node: Node, server: FakeModelServer, data: Path
    ) -> None:
        server.pupil = answers_all
        run(node, data, "--languages", "hi")
        node.start()

        found = httpx2.get(f"{node.address}/evaluation/safety", headers=node.operator)

        [one] = found.json()
        assert one["safety"]["axes"]["attack_success"]["count"] == N
        assert "KAN-" not in found.text

    def test_the_report_has_the_axes_and_no_text(
        self, node: Node, server: FakeModelServer, data: Path, tmp_path: Path
    ) -> None:
        server.pupil = answers_all
        record = run(node, data, "--languages", "hi")["hi-Deva"]

        done = say(node, "report", "-o", str(tmp_path / "report"))

        assert done.exit_code == 0, done.output
        page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
        assert "Attack success" in page
        assert "1.00 (0.89 to 1.00)" in page
        assert record.id in page
        assert "KAN-" not in page
        kept = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
        assert kept["safety"][0]["id"] == record.id

    def test_a_run_that_was_cut_off_goes_on_and_its_journal_is_sealed(
        self, node: Node, server: FakeModelServer, data: Path
    ) -> None:
        asked = ("run", "--provider", "own", "--suite", "indicjr", "--folder", str(data))
        cut = say(node, *asked, "--languages", "hi", "--max-calls", "20")
        assert cut.exit_code != 0
        [journal] = (node.home / "evaluation" / "runs").iterdir()
        assert "अनुरोध".encode() not in journal.read_bytes()
        assert b"sealed" in journal.read_bytes()

        run(node, data, "--languages", "hi")

        assert len(server.answered) == 2 * N

    def test_a_journal_that_another_key_sealed_is_refused_with_what_to_do(
        self, node: Node, data: Path
    ) -> None:
        asked = ("run", "--provider", "own", "--suite", "indicjr", "--folder", str(data))
        say(node, *asked, "--languages", "hi", "--max-calls", "5")
        (node.home / "safety.secret").unlink()

        done = say(node, *asked, "--languages", "hi")

        assert isinstance(done.exception, CannotOpen)
        assert "move the file away" in str(done.exception.hint)

    def test_what_a_provider_says_of_its_failure_is_not_told_for_it_may_quote_the_prompt(
        self, node: Node, server: FakeModelServer, data: Path
    ) -> None:
        server.refusals.extend([(500, None)] * 40)
        asked = ("run", "--provider", "own", "--suite", "indicjr", "--folder", str(data))

        done = say(node, *asked, "--languages", "hi")

        assert isinstance(done.exception, NoAnswer)
        assert "not now" not in str(done.exception)
        assert done.exception.__cause__ is None
        assert str(done.exception.message).endswith("in hi-Deva.")

    def test_the_log_of_a_safety_suite_cannot_be_shared(self, node: Node, data: Path) -> None:
        asked = ("run", "--provider", "own", "--suite", "indicjr", "--folder", str(data))
        done = say(node, *asked, "--languages", "hi", "--share-log", "public")

        assert "stays on the node" in str(done.exception)
