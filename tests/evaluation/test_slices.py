"""The items that a source marks as specific to a culture, or not, have figures of their own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from support.evaluating import say
from support.nodes import Node
from support.quiz import FakeModelServer

from corridor.evaluation.service.reading import NothingToRead

EACH = 32


def rows(language: str) -> str:
    """Return rows in the layout of Global-MMLU: as many about a custom as about a planet, all with B."""
    words = {"en": ("custom number", "planet number"), "hi": ("रिवाज संख्या", "ग्रह संख्या")}[language]
    made = [
        _row(f"{kind}/{n}", f"{word} {n * 37}?", kind)
        for kind, word in zip(("CS", "CA"), words, strict=True)
        for n in range(EACH)
    ]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made)


def _row(name: str, question: str, label: str) -> Mapping[str, str]:
    options = {f"option_{letter}": f"{letter}{name}" for letter in "abcd"}
    return {
        "sample_id": name,
        "subject": "astronomy",
        "question": question,
        **options,
        "answer": "B",
        "cultural_sensitivity_label": label,
    }


def knows_no_customs_in_hindi(prompt: str) -> str:
    """Answer B to everything but what is asked in Hindi about a custom."""
    return " C" if "रिवाज" in prompt else " B"


@pytest.fixture
def measured(node: Node, server: FakeModelServer, tmp_path: Path) -> Node:
    server.pupil = knows_no_customs_in_hindi
    folder = tmp_path / "global"
    for code in ("en", "hi"):
        (folder / code).mkdir(parents=True)
        (folder / code / "test.jsonl").write_text(rows(code))
        (folder / code / "dev.jsonl").write_text("")
    words = ("--suite", "global-mmlu", "--folder", folder, "--languages", "en,hi", "--shots", "0")
    done = say(node, "run", "--provider", "own", *words, "--style", "completions")
    assert done.exit_code == 0, (done.output, done.exception)
    return node


def gap_in_hindi(node: Node, *words: str) -> dict[str, Any]:
    done = say(node, "gap", "own", "--json", *words)
    assert done.exit_code == 0, (done.output, done.exception)
    return cast("dict[str, Any]", json.loads(done.stdout)["summary"]["gaps"]["hi-Deva"])


def test_a_gap_that_is_of_a_culture_alone_is_found_there_and_not_elsewhere(measured: Node) -> None:
    whole = gap_in_hindi(measured)
    specific = gap_in_hindi(measured, "--items", "specific")
    agnostic = gap_in_hindi(measured, "--items", "agnostic")

    assert (whole["n"], whole["value"]["value"]) == (2 * EACH, 0.5)
    assert (specific["n"], specific["value"]["value"]) == (EACH, 1.0)
    assert (agnostic["n"], agnostic["value"]["value"]) == (EACH, 0.0)


def test_items_that_nobody_marks_so_are_said_to_be_none(node: Node) -> None:
    done = say(node, "run", "--provider", "own", "--languages", "en,hi")
    assert done.exit_code == 0, done.output

    refused = say(node, "gap", "own", "--items", "specific").exception

    assert isinstance(refused, NothingToRead)
    assert "known here as specific" in refused.message


def test_a_set_says_how_many_of_its_items_are_marked(measured: Node, tmp_path: Path) -> None:
    words = ("suites", "show", "global-mmlu", "--folder", tmp_path / "global")

    told = json.loads(say(measured, *words, "--language", "hi-Deva", "--json").stdout)

    assert told["languages"]["hi-Deva"]["culturally_specific"] == EACH
    assert "specific" in say(measured, *words).output
