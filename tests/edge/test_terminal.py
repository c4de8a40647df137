"""What every command shares: its runtime, its tables, its errors."""

import json
from pathlib import Path
from typing import cast

import pytest
import typer
from support.builders import NOON, a_store
from typer.testing import CliRunner

from corridor.core.errors import (
    Conflict,
    CorridorError,
    Forbidden,
    Invalid,
    NotFound,
    Unavailable,
)
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import report_error, runtime_of, show_json, show_table


class NoCapacity(Conflict):
    """An error as a capability derives one."""

    advice = "Free a GPU."


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Invalid, 2),
        (Forbidden, 3),
        (NotFound, 4),
        (Conflict, 5),
        (Unavailable, 6),
        (NoCapacity, 5),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(kind: type[CorridorError], code: int) -> None:
    assert report_error(kind("no")) == code


def test_an_error_is_one_line_and_its_hint_and_not_on_the_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report_error(NoCapacity("No GPU is free."))

    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "Error: No GPU is free.\nWhat to do: Free a GPU.\n"


def test_an_error_without_a_hint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    report_error(Invalid("That makes no sense."))

    assert capsys.readouterr().err == "Error: That makes no sense.\n"


def test_a_long_error_stays_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    report_error(Invalid("word " * 100 + "end"))

    assert len(capsys.readouterr().err.splitlines()) == 1


BRACKETED = ["[bold]", "[/]", "[/red] is no colour", "list[str]", "[link=http://x]here[/link]"]


@pytest.mark.parametrize("text", BRACKETED)
def test_brackets_in_an_error_are_printed_as_they_are(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report_error(Invalid(f"There is no {text} here.", hint=f"Try {text}."))

    assert capsys.readouterr().err == f"Error: There is no {text} here.\nWhat to do: Try {text}.\n"


@pytest.mark.parametrize("text", BRACKETED)
def test_brackets_in_a_table_are_printed_as_they_are(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show_table("Notes", ["text"], [[text]])

    assert text in capsys.readouterr().out


def test_a_table_shows_its_title_its_columns_and_its_rows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_table("Models", ["name", "size"], [["sarvam", 7], ["計算", 13]])

    shown = capsys.readouterr().out
    for word in ("Models", "name", "size", "sarvam", "7", "計算", "13"):
        assert word in shown


def test_what_is_unknown_is_said_and_zero_stays_zero(capsys: pytest.CaptureFixture[str]) -> None:
    show_table("Models", ["name", "size"], [["zero", 0], ["none", None]])

    lines = capsys.readouterr().out.splitlines()
    (zero,) = [line for line in lines if "zero" in line]
    (none,) = [line for line in lines if "none" in line]
    assert "0" in zero
    assert "unknown" in none


def test_an_empty_table_says_so_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    show_table("Models", ["name"], [])

    assert capsys.readouterr().out == "Models: none yet.\n"


def test_json_is_printed_so_that_a_program_and_a_person_can_read_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_json({"text": "भाषा 言語", "at": NOON, "list": [1, None], "markup": "[bold]x[/]"})

    shown = capsys.readouterr().out
    assert "भाषा 言語" in shown
    assert shown.endswith("\n")
    assert json.loads(shown) == {
        "text": "भाषा 言語",
        "at": str(NOON),
        "list": [1, None],
        "markup": "[bold]x[/]",
    }


class Assembly:
    """Puts a runtime together, and counts how often it was asked to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.times = 0

    def __call__(self) -> Runtime:
        self.times += 1
        return Runtime(self.folder, "http://127.0.0.1:8800", a_store(self.folder), {}, {}, "t")


def a_program(assembly: Assembly) -> typer.Typer:
    """A program with a command two levels down, as every capability's is."""
    program, group = typer.Typer(), typer.Typer()

    @program.callback()
    def begin(context: typer.Context) -> None:  # pyright: ignore[reportUnusedFunction]
        context.obj = assembly

    @group.command()
    def show(context: typer.Context) -> None:  # pyright: ignore[reportUnusedFunction]
        first, second = runtime_of(context), runtime_of(context)
        show_json({"home": first.home, "same": first is second})
        first.store.close()

    @group.command()
    def idle() -> None:  # pyright: ignore[reportUnusedFunction]
        show_json("idle")

    program.add_typer(group, name="node")
    return program


def test_the_runtime_is_assembled_once_when_a_command_first_asks_for_it(tmp_path: Path) -> None:
    assembly = Assembly(tmp_path)

    result = CliRunner().invoke(a_program(assembly), ["node", "show"])

    assert result.exit_code == 0
    assert cast("object", json.loads(result.stdout)) == {"home": str(tmp_path), "same": True}
    assert assembly.times == 1


def test_a_command_that_needs_no_runtime_does_not_assemble_one(tmp_path: Path) -> None:
    assembly = Assembly(tmp_path)

    result = CliRunner().invoke(a_program(assembly), ["node", "idle"])

    assert result.exit_code == 0
    assert assembly.times == 0
    assert list(tmp_path.iterdir()) == []
