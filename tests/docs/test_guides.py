"""What the guides tell a reader to type exists, and their programs run."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from support.nodes import a_node
from support.supply import an_organisation

from corridor.app.cli import cli

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PARTS = ["Context", "Decision", "Consequences", "What enforces it"]
READING = ROOT / "docs" / "guides" / "reading-a-record.md"


def blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def commands() -> Iterator[tuple[str, list[str]]]:
    """Yield every `corridor` command that a page tells a reader to type."""
    for page in PAGES:
        for block in blocks(page, "sh"):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words and words[0] == "corridor":
                    yield page.name, words[1:]


def options_of(command: Any) -> dict[str, Any]:  # noqa: ANN401  Typer's classes are not public
    return {name: p for p in command.params for name in (*p.opts, *p.secondary_opts)}


@pytest.mark.parametrize(("page", "words"), list(commands()))
def test_a_command_of_the_documentation_exists_with_its_options(
    page: str, words: list[str]
) -> None:
    command: Any = typer.main.get_command(cli)
    rest = iter(words)
    for word in rest:
        if word in (">", "|"):
            break
        if word.startswith("--"):
            assert word in options_of(command), f"{page}: {shlex.join(words)}"
            if not options_of(command)[word].is_flag:
                next(rest)
        elif hasattr(command, "commands"):
            assert word in command.commands, f"{page}: {shlex.join(words)}"
            command = command.commands[word]
    whole = not hasattr(command, "commands") or command.invoke_without_command
    assert whole, f"{page}: {shlex.join(words)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_to_a_file_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    for target in targets:
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda page: page.stem
)
def test_what_enforces_a_decision_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == PARTS
    tests = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests").rglob("test_*.py"))
    for name in re.findall(r"`(test_\w+)`", text):
        assert f"def {name}(" in tests, name


def test_a_stranger_verifies_a_record_and_the_log_as_the_guide_says(tmp_path: Path) -> None:
    record, log = blocks(READING, "python")
    with a_node(tmp_path, "example") as node:
        with node.runtime.store.transaction("test") as tx:
            for number in range(11):
                tx.append(an_organisation(f"acme{number}", visibility="public"))
        node.start()
        for program in (record, log):
            ours = program.replace("http://127.0.0.1:8841", node.address)
            done = subprocess.run(  # noqa: S603  the guide's own program
                [sys.executable, "-c", ours], check=False, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
            assert "example" in done.stdout
