"""`corridor evaluate drift`: a model that answers as it did, and one that does not any more."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, cast

import httpx2
from support.evaluating import in_english_alone, own_evidence, say
from support.nodes import Node
from support.quiz import FakeModelServer, knows_all

from corridor.evaluation.adapters import logs
from corridor.evaluation.service.reading import NothingToRead


def run(node: Node, *words: str, languages: str = "en,hi") -> None:
    done = say(node, "run", "--provider", "own", "--languages", languages, "--again", *words)
    assert done.exit_code == 0, done.output


def drift(node: Node, *words: str) -> dict[str, Any]:
    done = say(node, "drift", "own", "--json", *words)
    assert done.exit_code == 0, (done.output, done.exception)
    return cast("dict[str, Any]", json.loads(done.stdout))


def test_a_model_that_lost_a_language_has_changed_there_and_nowhere_else(
    node: Node, server: FakeModelServer
) -> None:
    run(node)
    first = {record.language: record.id for record in own_evidence(node)}
    server.pupil = in_english_alone
    run(node)

    found = drift(node)

    assert found["before"] == first
    hindi, english = found["changes"]["hi-Deva"], found["changes"]["en-Latn"]
    assert (hindi["finding"], hindi["n"], hindi["other_score"]) == ("changed", 48, 48)
    assert hindi["value"]["value"] == -1.0
    assert hindi["other_text"] == 1.0
    assert (english["value"]["value"], english["other_text"], english["other_score"]) == (0, 0, 0)
    assert english["finding"] != "changed"
    shown = say(node, "drift", "own").output
    assert first["hi-Deva"][:8] in shown
    assert "changed" in shown


def test_a_few_other_answers_are_no_change_that_is_shown(
    node: Node, server: FakeModelServer
) -> None:
    run(node)
    others = iter(range(10_000))
    server.pupil = lambda prompt: " Nobody." if next(others) % 30 == 0 else knows_all(prompt)
    run(node)

    changes = drift(node)["changes"]

    assert {change["finding"] for change in changes.values()} == {"open"}
    assert sum(change["other_score"] for change in changes.values()) == 4


def test_with_a_wide_margin_no_change_is_a_finding(node: Node) -> None:
    run(node)
    run(node)

    found = drift(node, "--margin", "0.2")

    assert {change["finding"] for change in found["changes"].values()} == {"steady"}


def test_a_model_whose_answers_vary_is_reported_with_how_much(
    node: Node, server: FakeModelServer, tmp_path: Path
) -> None:
    asked: Counter[str] = Counter()

    def every_other_time(prompt: str) -> str:
        asked[prompt] += 1
        return knows_all(prompt) if asked[prompt] % 2 else " Nobody."

    server.pupil = every_other_time
    run(node, "--repeats", "2", "--temperature", "0.7", languages="hi")

    words = "hi-Deva: of 48 items that were asked 2 times or more the text varies in 100%"
    assert words in say(node, "gap", "own").output.replace("\n", " ")
    say(node, "report", "-o", tmp_path / "report")
    [page] = (tmp_path / "report").rglob("*.html")
    assert words in page.read_text()


def test_a_language_that_was_run_once_is_named(node: Node) -> None:
    run(node)
    run(node, languages="en")

    found = drift(node)

    assert list(found["changes"]) == ["en-Latn"]
    assert "run once" in found["left_out"]["hi-Deva"]
    assert "hi-Deva was not compared: it was run once" in say(node, "drift", "own").output


def test_runs_that_were_made_otherwise_are_not_compared(node: Node) -> None:
    run(node, "--shots", "0")
    run(node)

    assert drift(node)["changes"] == {}


def test_without_the_full_log_nothing_is_said(node: Node) -> None:
    run(node, languages="en")
    run(node, languages="en")
    made = own_evidence(node)[0].made
    assert made is not None
    logs.path_of(node.home / "evaluation" / "logs", str(made.log_sha256)).unlink()

    assert "not on this node" in drift(node)["left_out"]["en-Latn"]


def test_a_model_that_nobody_measured_is_not_found(node: Node) -> None:
    assert isinstance(say(node, "drift", "own").exception, NothingToRead)


def test_it_is_there_over_http_for_the_operator(node: Node) -> None:
    run(node, languages="en")
    run(node, languages="en")
    expected = drift(node)
    node.start()
    address = f"{node.address}/evaluation/drift?model=own"

    answer = httpx2.get(address, headers=node.operator, trust_env=False, timeout=60)

    assert answer.status_code == 200, answer.text
    assert answer.json() == expected
    assert httpx2.get(address, trust_env=False, timeout=60).status_code == 403
