import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from typer.testing import CliRunner, Result

from corridor.core.errors import Invalid, Unavailable
from corridor.gateway import Guarding, UnknownService
from corridor.gateway.commands import commands
from corridor.gateway.rules.guards.files import guards_in
from corridor.gateway.rules.guards.finding import KINDS

GUIDE = (Path(__file__).parents[2] / "docs/guides/guards.md").read_text(encoding="utf-8")
POLICIES = re.findall(r"^```yaml\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path) as node:
        node.add_provider("vendor", "http://127.0.0.1:9/v1")
        node.offer("helpline", ["vendor"])
        yield node


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(commands, ["guard", *words], obj=node.runtime)


def test_the_policy_of_the_guide_is_set_shown_and_taken_away(node: Node, tmp_path: Path) -> None:
    file = tmp_path / "helpline.yaml"
    file.write_text(POLICIES[0])

    assert run(node, "set", str(file)).output == (
        "Requests to helpline go through: size, modalities, banned_tools, pii.\n"
    )
    assert run(node, "set", str(file)).exit_code == 0
    [shown] = json.loads(run(node, "show", "--json").output)
    assert [step["guard"] for step in shown["steps"]] == [
        "size",
        "modalities",
        "banned_tools",
        "pii",
    ]
    assert "kinds: aadhaar pan" in run(node, "show").output
    with node.runtime.store.view() as view:
        assert len(view.audited(act="guard.set")) == 1

    file.write_text("service: helpline\nsteps: []\n")
    assert run(node, "set", str(file)).output == "Requests to helpline go through: nothing.\n"
    assert run(node, "show").output == "Guards: none yet.\n"
    with node.runtime.store.view() as view:
        assert node.runtime.service(Guarding).plans(view) == {}


def test_every_policy_of_the_guide_can_be_read_and_every_kind_is_in_it() -> None:
    assert [guards_in(text).steps[0].guard for text in POLICIES] == ["size", "moderation"]
    assert all(f"`{kind}`" in GUIDE for kind in KINDS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("steps:\n  - guard: pii\n    action: hide\n    kinds: [pan]\n", "Line 3: steps.0.action"),
        (
            "steps:\n  - guard: pii\n    action: flag\n    kinds: [pan, x]\n",
            "Line 4: steps.0.kinds.1",
        ),
        ("service: a b\nsteps:\n  - guard: nothing\n", "Line 3: steps.0"),
        ("steps:\n  - {guard: size, max_byte: 3}\n", "Line 2: steps.0.max_byte"),
        ("steps: [\n", "Line 2 cannot be read"),
        ("- a\n", "Line 1: the file"),
        ("", "Line 1: the file"),
        ("steps: 2024-01-01\n", "Line 1: steps"),
    ],
)
def test_a_policy_that_does_not_fit_is_refused_with_the_line(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=re.escape(said)):
        guards_in(text)


def test_a_policy_for_nobody_or_from_nowhere_is_refused(node: Node, tmp_path: Path) -> None:
    file = tmp_path / "other.yaml"
    assert isinstance(run(node, "set", str(file)).exception, Unavailable)
    file.write_text("service: other\nsteps: []\n")
    assert isinstance(run(node, "set", str(file)).exception, UnknownService)


def test_what_would_be_found_is_shown(node: Node) -> None:
    found = json.loads(run(node, "test", "a@example.org, ９８７６５４３２１０", "--json").output)

    assert found == [
        {"kind": "email", "start": 0, "end": 13},
        {"kind": "phone_in", "start": 15, "end": 25},
    ]
    assert "a@example.org" in run(node, "test", "a@example.org").output
    assert run(node, "test", "hello").output == "Found: none yet.\n"


@pytest.mark.parametrize("command", ["set", "show", "test"])
def test_every_command_explains_itself_with_an_example(node: Node, command: str) -> None:
    assert f"Example: corridor gateway guard {command}" in " ".join(
        run(node, command, "--help").output.split()
    )
