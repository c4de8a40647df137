"""The `corridor` command."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pytest
import typer
from support.programs import corridor, corridor_here
from typer.testing import CliRunner

from corridor import __version__
from corridor.app.cli import ALIASES, LINES, Parts, cli
from corridor.app.home import NoNode
from corridor.app.settings import Settings


class Command(Protocol):
    """What typer makes of a function; it brings a click of its own, which it does not show."""

    @property
    def params(self) -> Sequence[object]:
        """Its arguments and options."""
        ...


def commands_below(
    command: Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Command]]:
    yield path, command
    below: dict[str, Command] = getattr(command, "commands", {})
    for name, each in below.items():
        yield from commands_below(each, (*path, name))


EVERY = list(commands_below(typer.main.get_command(cli)))


@pytest.mark.parametrize("path", [path for path, _ in EVERY], ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(cli, [*path, "--help"])

    assert shown.exit_code == 0
    words = shown.output.partition("Options")[0].splitlines()
    assert any(len(line.split()) >= 3 for line in words[2:]), shown.output


@pytest.mark.parametrize(("path", "command"), EVERY, ids=lambda value: str(value))
def test_every_option_of_a_command_says_what_it_is_for(
    path: tuple[str, ...], command: Command
) -> None:
    unexplained = [
        name
        for parameter in command.params
        if (name := getattr(parameter, "name", "")) != "help"
        and not getattr(parameter, "help", None)
    ]

    assert unexplained == [], " ".join(path)


def test_all_the_parts_have_commands() -> None:
    names = {path[0] for path, _ in EVERY if path}

    assert names >= {"node", "log", "partner", "catalogue", "evaluate", "gateway", "drill"}
    assert names >= {"verify", "demo", "serve-model", "settings"}
    assert len(EVERY) > 20


def test_an_earlier_name_goes_on_working_and_is_not_shown() -> None:
    runner = CliRunner(env={"COLUMNS": "200"})

    old, new = (runner.invoke(cli, [name, "list", "--help"]) for name in ("evaluation", "evaluate"))

    assert old.exit_code == 0
    assert old.output.replace("evaluation list", "evaluate list") == new.output
    assert "evaluation" not in runner.invoke(cli, ["--help"]).output.partition("Commands:")[2]


def test_the_help_shows_every_part_with_its_line() -> None:
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(cli, ["--help"])

    lines = dict(line.strip().split(maxsplit=1) for line in _commands_in(shown.output))
    assert set(lines) == {path[0] for path, _ in EVERY if path} - ALIASES
    assert all(len(line.split()) >= 3 for line in lines.values())


@pytest.mark.parametrize("name", sorted(LINES))
def test_the_help_says_of_a_part_what_the_part_says_of_itself(name: str) -> None:
    said = " ".join(Parts({})[name].help.partition("\n\n")[0].split())

    assert said == LINES[name]


def _commands_in(shown: str) -> list[str]:
    return shown.partition("Commands:\n")[2].splitlines()


def test_a_part_that_is_not_there_is_refused_with_the_one_that_was_meant() -> None:
    ended = corridor_here("verfy")

    assert ended.returncode == 2
    assert "verify" in ended.stderr


def test_it_says_its_version() -> None:
    assert CliRunner().invoke(cli, ["--version"]).output == f"{__version__}\n"


def test_the_settings_in_force_are_shown_as_json(tmp_path: Path) -> None:
    (tmp_path / "corridor.toml").write_text('[node]\nname = "in"\n')

    shown = corridor_here("--home", tmp_path, "settings", CORRIDOR_NODE__PORT="9001")

    assert shown.returncode == 0, shown.stderr
    settings = Settings.model_validate(json.loads(shown.stdout))
    assert (settings.node.name, settings.node.port) == ("in", 9001)


def test_a_node_is_made_looked_at_and_never_made_twice(tmp_path: Path) -> None:
    home = tmp_path / "in"
    made = corridor_here("--home", home, "node", "init", "--name", "in", "--port", "8800")
    fingerprint = corridor_here("node", "fingerprint", CORRIDOR_HOME=str(home))
    status = corridor_here("--home", home, "node", "status", "--json")
    again = corridor_here("--home", home, "node", "init", "--name", "in")

    assert made.returncode == 0, made.stderr
    assert fingerprint.stdout.strip() in made.stdout
    assert json.loads(status.stdout)["fingerprint"] == fingerprint.stdout.strip()
    assert json.loads(status.stdout)["pid"] is None
    assert again.returncode == 5
    assert "never written over" in again.stderr


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("node", "status"), 4, "There is no node in"),
        (("node", "fingerprint"), 4, "There is no key at"),
        (("node", "init", "--name", "In_"), 2, "The node's name is wrong"),
        (("drill", "list"), 4, "There is no node in"),
        (("serve-model", "nope", "--port", "9", "--folder", "x"), 4, "'nope'"),
    ],
)
def test_an_error_is_one_line_with_the_exit_code_of_its_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)

    ended = corridor_here("--home", tmp_path / "nowhere", *words)

    assert ended.returncode == code
    lines = ended.stderr.splitlines()
    assert message in lines[0]
    assert lines[0].startswith("Error: ")
    assert len(lines) <= 2
    assert ended.stdout == ""


def test_as_a_process_of_its_own_it_fails_in_the_same_way(tmp_path: Path) -> None:
    ended = corridor("--home", tmp_path / "nowhere", "node", "status")

    assert ended.returncode == 4
    assert [line.partition(":")[0] for line in ended.stderr.splitlines()] == ["Error", "What to do"]
    assert ended.stdout == ""


def test_with_verbose_an_error_is_a_traceback_for_whoever_mends_it(tmp_path: Path) -> None:
    with pytest.raises(NoNode):
        corridor_here("--home", tmp_path / "nowhere", "--verbose", "node", "status")


def test_without_a_command_it_says_how_it_is_used(tmp_path: Path) -> None:
    ended = corridor_here("--home", tmp_path)

    assert ended.returncode == 2
    assert "Missing command" in ended.stderr


@pytest.mark.parametrize(
    "words", [("demo", "--stop"), ("serve-model", "gemma-3-270m", "--port", "9")]
)
def test_a_folder_that_can_not_be_made_is_one_line_and_no_traceback(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("a regular file")

    ended = corridor_here(*words, "--folder", tmp_path / "file" / "x")

    assert ended.returncode == 6
    assert "Traceback" not in ended.stderr
    assert str(tmp_path / "file") in ended.stderr


def test_a_hosts_name_with_a_quote_in_it_does_not_break_the_settings(tmp_path: Path) -> None:
    home = tmp_path / "in"
    made = corridor_here("--home", home, "node", "init", "--name", "in", "--host", 'a"b')

    assert made.returncode == 0, made.stderr
    shown = corridor_here("--home", home, "settings")
    assert json.loads(shown.stdout)["node"]["host"] == 'a"b'
