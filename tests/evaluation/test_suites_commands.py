"""The data sets on the command line: listed, shown, examined, refused."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from corridor.evaluation.commands import commands
from corridor.evaluation.errors import NotAllowed, UnknownSuite
from corridor.evaluation.service.datasets import listings


def run(*arguments: str) -> str:
    result = CliRunner().invoke(commands, ("suites", *arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_every_set_is_listed_with_its_licence() -> None:
    told = json.loads(run("--json"))

    assert [each["name"] for each in told] == list(listings())
    assert all(each["licence"] and each["languages"] for each in told)
    assert "belebele" in run()


def test_a_set_is_shown_language_by_language() -> None:
    told = json.loads(
        run("show", "corridor-kinds", "--language", "hi-Deva", "--language", "ja-Jpan", "--json")
    )

    assert list(told["languages"]) == ["hi-Deva", "ja-Jpan"]
    assert told["languages"]["hi-Deva"]["items"] == 60
    assert len(told["sha256"]) == len(told["languages"]["ja-Jpan"]["sha256"]) == 64
    assert told["findings"] is None


def test_a_set_is_shown_as_a_table_with_its_notes() -> None:
    shown = run("show", "corridor-lists", "--language", "brx-Deva", "--check")

    assert "brx-Deva" in shown
    assert "unsure of this language" in shown


def test_what_is_found_is_shown_with_what_is_done(tmp_path: Path) -> None:
    (tmp_path / "mgsm_en.tsv").write_text("How many are two?\t2\nHow many are two?\t2\n")
    arguments = ("show", "mgsm", "--folder", str(tmp_path), "--check")

    told = json.loads(run(*arguments, "--json"))

    (duplicate,) = told["findings"]
    assert (duplicate["kind"], duplicate["items"]) == ("duplicate", ["2"])
    assert duplicate["treatment"]
    assert "duplicate" in run(*arguments)


def test_a_text_is_looked_through_for_items(tmp_path: Path) -> None:
    text = tmp_path / "corpus.txt"
    text.write_text(
        "x\nA class has 10 girls and 8 boys. Today 2 children are absent. How many children are present?\n"
    )
    arguments = ("show", "corridor-reckoning", "--language", "en-Latn", "--against", str(text))

    assert "class-1" in json.loads(run(*arguments, "--json"))["contained"]["en-Latn"]
    assert "items are in the text" in run(*arguments)


def test_a_set_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownSuite):
        run("show", "nope")


def test_a_commercial_purpose_is_refused_where_the_licence_excludes_it(tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        run("show", "jmmlu", "--folder", str(tmp_path), "--purpose", "commercial")
