"""`corridor evaluate gap`, `compare` and `report`: evidence read together."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.evaluating import in_english_alone, say
from support.nodes import Node, a_node
from support.quiz import FakeModelServer, a_model_server, an_evaluation

from corridor.evaluation import Evaluator
from corridor.evaluation.adapters.logs import DamagedLog
from corridor.evaluation.service.reading import NothingToRead
from corridor.evaluation.service.runs import Runs

OTHER = "9" * 64


@pytest.fixture
def servers() -> Iterator[tuple[FakeModelServer, FakeModelServer]]:
    with a_model_server() as first, a_model_server() as second:
        second.pupil = in_english_alone
        yield first, second


@pytest.fixture
def node(tmp_path: Path, servers: tuple[FakeModelServer, FakeModelServer]) -> Iterator[Node]:
    first, second = servers
    with a_node(tmp_path) as made:
        made.add_provider("good", first.url)
        made.add_provider("partial", second.url, model="other", sha256=OTHER)
        for name in ("good", "partial"):
            done = say(made, "run", "--provider", name, "--languages", "en,hi,ja")
            assert done.exit_code == 0, done.output
        yield made


def test_the_gap_is_found_by_planting_it(node: Node) -> None:
    found = json.loads(say(node, "gap", "other", "--json").stdout)

    gaps = found["summary"]["gaps"]
    assert found["summary"]["reference"] == "en-Latn"
    assert gaps["hi-Deva"]["value"]["value"] == 1.0
    assert gaps["ja-Jpan"]["value"]["value"] == 0.0
    assert set(found["records"]) == {"en-Latn", "hi-Deva", "ja-Jpan"}
    assert found["without_log"] == []
    said = say(node, "gap", "other").stdout
    assert "behind" in said
    assert "The best may be: en-Latn, ja-Jpan." in said


def test_a_model_is_named_by_its_provider_or_the_beginning_of_its_digest(node: Node) -> None:
    for name in ("other", "partial", OTHER[:8]):
        assert json.loads(say(node, "gap", name, "--json").stdout)["model_sha256"] == OTHER

    missing = say(node, "gap", "unheard-of")
    assert isinstance(missing.exception, NothingToRead)
    assert "other on parallel-facts" in missing.exception.message


def test_two_models_are_compared_language_by_language(node: Node) -> None:
    compared = json.loads(say(node, "compare", "small", "other", "--json").stdout)["compared"]

    assert compared["languages"]["hi-Deva"]["value"]["value"] == 1.0
    assert compared["languages"]["en-Latn"]["value"]["value"] == 0.0
    said = say(node, "compare", "small", "other").stdout
    assert "A is better" in said


def test_without_the_full_logs_items_are_told_by_their_place_and_that_is_said(node: Node) -> None:
    before = json.loads(say(node, "gap", "other", "--json").stdout)["summary"]["gaps"]
    for log in (node.runtime.service(Runs).folder / "logs").iterdir():
        log.unlink()

    result = say(node, "gap", "other", "--json")

    after = json.loads(result.stdout)["summary"]["gaps"]
    assert {tag: gap["value"] for tag, gap in after.items()} == {
        tag: gap["value"] for tag, gap in before.items()
    }
    assert "are not on this node" in result.stderr


def test_a_log_that_was_changed_is_no_ground_for_a_figure(node: Node) -> None:
    for log in (node.runtime.service(Runs).folder / "logs").iterdir():
        log.write_bytes(log.read_bytes()[:-200])

    assert isinstance(say(node, "gap", "other").exception, DamagedLog)


def test_the_report_opens_offline_and_every_figure_leads_to_its_record(
    node: Node, tmp_path: Path
) -> None:
    folder = tmp_path / "report"
    done = say(node, "report", "-o", str(folder))

    assert done.exit_code == 0, done.output
    page = (folder / "report.html").read_text()
    targets = set(re.findall(r'href="#(r-[0-9a-f]{32})"', page))
    assert len(targets) == 6
    assert targets == set(re.findall(r'id="(r-[0-9a-f]{32})"', page))
    assert not re.findall(r'(?:src|href)="(?!#)', page)
    assert page.count("<svg") == 4  # a gap for each of two languages and models
    assert 'lang="hi-Deva" dir="auto"' in page
    for name in ("scores.png", "gaps.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
    data = json.loads((folder / "report.json").read_text())
    assert [chapter["suite"] for chapter in data["chapters"]] == ["parallel-facts"] * 2


def test_a_report_for_others_shows_no_answers(node: Node, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    say(node, "report", "--items", "0", "--model", "other", "-o", str(folder))

    page = (folder / "report.html").read_text()
    assert 'dir="auto"' not in page
    assert "Tokyo" not in page
    assert "<h2>other on parallel-facts</h2>" in page
    assert "<h2>small on parallel-facts</h2>" not in page


def test_an_answer_is_shown_as_text_whatever_it_is(
    node: Node, tmp_path: Path, servers: tuple[FakeModelServer, FakeModelServer]
) -> None:
    servers[0].pupil = lambda _: " <script>alert(1)</script>"
    say(node, "run", "--provider", "good", "--languages", "en", "--again")
    say(node, "report", "--model", "small", "-o", str(tmp_path / "report"))

    page = (tmp_path / "report" / "report.html").read_text()
    assert page.count("<script") <= 1
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_page_is_filtered_by_one_script_and_nothing_else_may_run_or_be_fetched(
    node: Node, tmp_path: Path
) -> None:
    say(node, "report", "-o", str(tmp_path / "report"))

    page = (tmp_path / "report" / "report.html").read_text()
    [script] = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    for name, values in {
        "model": ("small", "other"),
        "language": ("en-Latn", "hi-Deva", "ja-Jpan"),
    }.items():
        options = "".join(f"<option>{value}</option>" for value in sorted(values))
        assert f'<select name="{name}"><option value="">all</option>{options}</select>' in page
        for value in values:
            assert f'data-{name}="{value}"' in page
    assert '<select name="suite"' not in page  # there is one only


def test_a_page_with_nothing_to_choose_has_no_script(node: Node, tmp_path: Path) -> None:
    node.add_provider("alone", "http://127.0.0.1:9/v1", model="third", sha256="7" * 64)
    with node.runtime.store.transaction("test") as tx:
        evidence = an_evaluation(24, sha256="7" * 64, model="third", provider="alone")
        node.runtime.service(Evaluator).publish(tx, evidence)
    say(node, "report", "--model", "third", "-o", str(tmp_path / "report"))

    page = (tmp_path / "report" / "report.html").read_text()
    assert "third on parallel-facts" in page
    assert "<script" not in page


def test_nothing_is_written_about_a_model_that_nobody_measured(node: Node, tmp_path: Path) -> None:
    done = say(node, "report", "--model", "unheard-of", "-o", str(tmp_path / "report"))

    assert isinstance(done.exception, NothingToRead)
    assert not (tmp_path / "report").exists()
